from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.core.git import blob_id
from rest import TOKEN, Asked, Rest, Says

Cli = Callable[..., Any]
BETTER = QA["prompts/qa/v2.prompt.yml"].replace("one short sentence", "one sentence")
WRONG = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"
V3 = "prompts/qa/v3.prompt.yml"


@dataclass
class Fork:
    """Pull request 7 from a fork of the repository in ``base``; the API shows the fork's own Git objects."""

    rest: Rest
    base: Path
    folder: Path
    title: str = 'x"; echo INJECTED $(id) `id` #'
    changes: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    extra: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        git(self.base, "clone", "-q", ".", str(self.folder))
        on = self.rest.on
        on("GET", "pulls/7", lambda _: self.pull())
        on("GET", r"compare/(\w+)\.\.\.(\w+)", self._compare)
        on(
            "GET",
            r"git/commits/(\w+)",
            lambda a: {"tree": {"sha": self.git("rev-parse", f"{a.groups[0]}^{{tree}}")}},
        )
        on("GET", r"git/trees/(\w+)", self._tree)
        on("GET", r"git/blobs/(\w+)", self._blob)

    def git(self, *words: str) -> str:
        return git(self.folder, *words)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def push(self, files: dict[str, str | bytes]) -> str:
        write(self.folder, files)
        return commit(self.folder, self.title)

    def pull(self) -> dict[str, Any]:
        made = {"state": "open", "title": self.title, "base": {"ref": "main"}, "head": {"sha": self.head}}
        return made | self.changes

    def _commit(self, asked: Asked) -> dict[str, Any]:
        return {"tree": {"sha": self.git("rev-parse", f"{asked.groups[0]}^{{tree}}")}}

    def _compare(self, asked: Asked) -> dict[str, Any]:
        return {"merge_base_commit": {"sha": self.git("merge-base", *asked.groups)}}

    def _tree(self, asked: Asked) -> dict[str, Any]:
        listed = []
        for line in self.git("ls-tree", "-r", "-t", "-l", "-z", asked.groups[0]).split("\0")[:-1]:
            meta, _, path = line.partition("\t")
            mode, kind, sha, size = meta.split()
            found: dict[str, Any] = {"path": path, "mode": mode, "type": kind, "sha": sha}
            listed.append(found | ({"size": self.sizes.get(path, int(size))} if kind == "blob" else {}))
        return {"tree": [*listed, *self.extra], "truncated": False}

    def _blob(self, asked: Asked) -> Says:
        from subprocess import run

        words = ["git", "-C", str(self.folder), "cat-file", "blob", asked.groups[0]]
        return Says(run(words, check=True, capture_output=True).stdout)


@pytest.fixture
def fork(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fork]:
    commit(registry)
    with Rest() as rest:
        for name, value in {
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": rest.url,
            "GITHUB_OUTPUT": str(tmp_path / "outputs"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }.items():
            monkeypatch.setenv(name, value)
        yield Fork(rest, registry, tmp_path / "fork")


def gate(cli: Cli, fork: Fork, head: str | None = None) -> Any:
    return cli(fork.base, "ci", "gate-fork", "--pull", "7", "--sha", head or fork.head)


def outputs(fork: Fork) -> dict[str, str]:
    path = Path(os.environ["GITHUB_OUTPUT"])
    text = path.read_text() if path.exists() else ""
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_new_version_is_gated_as_bytes(cli: Cli, fork: Fork) -> None:
    fork.push({V3: BETTER})
    ended = gate(cli, fork)
    assert (ended.code, ended.err, ended.out) == (0, "", "qa/3 on qa: pass\n")
    assert outputs(fork) == {"state": "success", "description": "qa/3 on qa: pass"}
    assert not (fork.base / V3).exists()
    assert git(fork.base, "status", "--porcelain", "prompts", "evals") == ""
    assert len(list((fork.base / "build/ledger/evaluations/qa/3/qa").iterdir())) == 1


def test_a_version_that_fails(cli: Cli, fork: Fork) -> None:
    fork.push({V3: WRONG})
    ended = gate(cli, fork)
    assert (ended.code, outputs(fork)["state"]) == (1, "failure")


def test_no_app_runs_for_a_fork_and_the_change_is_not_let_through(cli: Cli, fork: Fork) -> None:
    suite = QA["evals/qa/suite.yml"].replace("prompt: qa\n", "prompt: qa\ntarget: desk\n")
    settings = '[targets.desk]\ncommand = ["sh", "-c", "echo x > was-run"]\n'
    write(fork.base, {"cuebook.toml": settings, "evals/qa/suite.yml": suite})
    commit(fork.base)
    git(fork.folder, "pull", "-q")
    fork.push({V3: BETTER})
    ended = gate(cli, fork)
    assert (ended.code, (fork.base / "was-run").exists()) == (3, False)
    said = "qa/3 on qa: Not evaluated: the suite needs the app desk, and no app runs for a fork."
    assert said in ended.out
    assert outputs(fork)["state"] == "failure"
    assert said in outputs(fork)["description"]


def test_the_default_branch_may_have_moved_on(cli: Cli, fork: Fork) -> None:
    fork.push({V3: BETTER})
    write(fork.base, {"README.md": "news", "evals/qa/suite.yml": QA["evals/qa/suite.yml"] + "# note\n"})
    commit(fork.base)
    git(fork.folder, "fetch", "-q", "origin")
    assert gate(cli, fork).code == 0


def test_a_brand_new_prompt_has_nothing_to_be_evaluated_by(cli: Cli, fork: Fork) -> None:
    fork.push({"prompts/new/v1.prompt.yml": BETTER, "prompts/new/meta.yml": "title: New\n"})
    ended = gate(cli, fork)
    assert ended.code == 0
    assert "Not evaluated: no suite is about" in ended.out


STEALS = BETTER + "modelParameters: {api_base: 'https://evil.example'}\n"
CLIMBING = ["prompts/qa/../../x/v3.prompt.yml", "../prompts/qa/v3.prompt.yml", "/etc/passwd"]
HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("changed workflow", {".github/workflows/gate.yml": "on: push", V3: BETTER}, "may not touch it"),
    ("changed suite threshold", {"evals/qa/suite.yml": "gate: {}", V3: BETTER}, "may not touch it"),
    ("changed dataset", {"evals/qa/dataset.jsonl": "", V3: BETTER}, "may not touch it"),
    ("changed judge alias", {"prompts/qa/aliases.yml": "production: 2\n"}, "may not touch it"),
    ("changed settings", {"cuebook.toml": 'model = "evil/x"\n', V3: BETTER}, "may not touch it"),
    ("changed code", {"tools/cuebook/github/policy.py": "evil", V3: BETTER}, "may not touch it"),
    ("a recorded override", {"overrides/qa-v3.yml": "x", V3: BETTER}, "may not touch it"),
    ("an edited version", {"prompts/qa/v1.prompt.yml": BETTER}, "versions never change"),
    (
        "api_base in a version",
        {V3: STEALS},
        "api_base",
    ),
    ("an endpoint as model", {V3: BETTER.replace("offline/rules", "local/x")}, "no provider is called"),
    ("not UTF-8", {V3: b"message: \xff\xfe"}, "UTF-8"),
    ("two megabytes", {V3: BETTER + "#" * (2 << 20)}, "2,097"),
    ("a folder below a prompt", {"prompts/qa/x/v3.prompt.yml": BETTER}, "may not touch it"),
    ("a name that climbs", {"prompts/..x/v3.prompt.yml": BETTER}, "may not touch it"),
    ("a name of another case", {"prompts/QA/v3.prompt.yml": BETTER}, "may not touch it"),
    ("a number out of turn", {"prompts/qa/v9.prompt.yml": BETTER}, "without gaps"),
    ("YAML tags", {V3: "message: !!python/object/apply:os.system ['id']\n"}, "tags"),
    ("too many files", {f"prompts/p{n}/v1.prompt.yml": BETTER for n in range(51)}, "51 files change"),
]


@pytest.mark.parametrize(("files", "said"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_files_are_refused(cli: Cli, fork: Fork, files: dict[str, Any], said: str) -> None:
    fork.push(files)
    ended = gate(cli, fork)
    assert (ended.code, said in ended.err) == (2, True)
    assert outputs(fork)["state"] == "error"
    assert not (fork.base / "build").exists()
    assert not (fork.base / ".cuebook").exists()


def test_nothing_is_fetched_of_what_is_refused(cli: Cli, fork: Fork) -> None:
    fork.push({V3: BETTER, ".github/workflows/x.yml": "on: push"})
    gate(cli, fork)
    assert fork.rest.asked("GET", "git/blobs/.*") == []


def test_a_file_of_100_megabytes_is_refused_by_its_size_alone(cli: Cli, fork: Fork) -> None:
    fork.push({V3: BETTER})
    fork.sizes[V3] = 100 << 20
    ended = gate(cli, fork)
    assert (ended.code, "104,857,600 bytes" in ended.err) == (2, True)
    assert fork.rest.asked("GET", "git/blobs/.*") == []
    fork.sizes[V3] = 10
    fork.rest.on("GET", r"git/blobs/\w+", Says(b"x" * (2 << 20)))
    ended = gate(cli, fork)
    assert (ended.code, "more than 1,048,576 bytes" in ended.err) == (4, True)


def test_a_symlink_to_a_secret_is_refused(cli: Cli, fork: Fork) -> None:
    (fork.folder / V3).symlink_to("/proc/self/environ")
    commit(fork.folder)
    ended = gate(cli, fork)
    assert (ended.code, "a symbolic link" in ended.err) == (2, True)


def test_a_version_turned_into_a_link_a_program_or_nothing_is_refused(cli: Cli, fork: Fork) -> None:
    (fork.folder / "prompts/qa/meta.yml").chmod(0o755)
    (fork.folder / "prompts/qa/v2.prompt.yml").unlink()
    commit(fork.folder)
    ended = gate(cli, fork)
    assert ended.code == 2
    assert "prompts/qa/meta.yml: error: it is a program" in ended.err
    assert "prompts/qa/v2.prompt.yml: error: it is removed" in ended.err


def test_a_submodule_is_refused(cli: Cli, fork: Fork) -> None:
    git(fork.folder, "update-index", "--add", "--cacheinfo", f"160000,{fork.head},prompts/sub")
    git(fork.folder, "commit", "-q", "-m", "sub")
    ended = gate(cli, fork)
    assert (ended.code, "a submodule" in ended.err) == (2, True)


@pytest.mark.parametrize(
    "path", ["prompts/qa/../../x/v3.prompt.yml", "../prompts/qa/v3.prompt.yml", "/etc/passwd"]
)
def test_a_path_that_climbs_out_is_refused(cli: Cli, fork: Fork, path: str) -> None:
    """Git makes no such tree; an answer that claims one is refused all the same."""
    fork.extra.append({"path": path, "mode": "100644", "type": "blob", "sha": blob_id(b"x"), "size": 1})
    ended = gate(cli, fork)
    assert (ended.code, "may not touch it" in ended.err) == (2, True)


def test_a_force_push_between_approval_and_run_is_refused(cli: Cli, fork: Fork) -> None:
    approved = fork.push({V3: BETTER})
    fork.push({V3: WRONG})
    ended = gate(cli, fork, approved)
    assert (ended.code, "has moved on" in ended.err) == (2, True)
    assert fork.rest.asked("GET", "git/.*") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"state": "closed"}, "is not open"), ({"base": {"ref": "other"}}, "is for other, not main")],
)
def test_a_pull_request_that_is_not_what_it_should_be(
    cli: Cli, fork: Fork, changes: dict[str, Any], said: str
) -> None:
    fork.push({V3: BETTER})
    fork.changes = changes
    ended = gate(cli, fork)
    assert (ended.code, said in ended.err) == (2, True)


@pytest.mark.parametrize("head", ["abc1234", "main", "$(id)", "A" * 40, "a" * 41, "--help"])
def test_what_is_no_whole_sha_is_refused(cli: Cli, fork: Fork, head: str) -> None:
    ended = gate(cli, fork, head)
    assert ended.code == 2
    assert fork.rest.log == []


def test_bytes_that_are_not_what_the_tree_names_are_refused(cli: Cli, fork: Fork) -> None:
    fork.push({V3: BETTER})
    fork.rest.on("GET", r"git/blobs/\w+", Says(WRONG.encode()))
    ended = gate(cli, fork)
    assert (ended.code, "other bytes than the tree names" in ended.err) == (2, True)


def test_a_title_with_a_command_in_it_is_seen_by_nobody(cli: Cli, fork: Fork, tmp_path: Path) -> None:
    fork.push({V3: BETTER})
    ended = gate(cli, fork)
    assert ended.code == 0
    written = (tmp_path / "summary.md").read_text() + (tmp_path / "outputs").read_text()
    assert "INJECTED" not in ended.out + ended.err + written


def test_a_message_in_a_version_cannot_set_an_output(cli: Cli, fork: Fork) -> None:
    fork.push({V3: BETTER.replace("Short answers", "'%0Astate=success ::set-output name=state::success'")})
    assert gate(cli, fork).code == 0
    assert set(outputs(fork)) == {"state", "description"}


def test_a_registry_in_a_folder_of_its_repository(cli: Cli, fork: Fork, tmp_path: Path) -> None:
    (fork.base / "sub").mkdir()
    for name in ("prompts", "evals"):
        git(fork.base, "mv", name, f"sub/{name}")
    commit(fork.base)
    git(fork.folder, "pull", "-q", str(fork.base), "main")
    fork.push({f"sub/{V3}": BETTER})
    ended = cli(fork.base / "sub", "ci", "gate-fork", "--pull", "7", "--sha", fork.head)
    assert (ended.code, ended.out) == (0, "qa/3 on qa: pass\n")
    fork.push({"prompts/qa/v9.prompt.yml": BETTER})
    ended = cli(fork.base / "sub", "ci", "gate-fork", "--pull", "7", "--sha", fork.head)
    assert (ended.code, "may not touch it" in ended.err) == (2, True)

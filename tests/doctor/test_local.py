from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.calls.reply_store import ReplyStore
from cuebook.doctor import local
from cuebook.doctor.finding import Check
from cuebook.doctor.local import repository_of
from cuebook.doctor.workflows import read_workflows
from cuebook.jobs.workspace import Workspace
from plugged import installed

SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"
OWNERS = "/prompts/*/aliases.yml @r\n/overrides/ @r\n/evals/ @r\n/.github/ @r\n/site/ @r\n"
OWNERS += "/cuebook.toml @r\n/pyproject.toml @r\n"


def workflow(
    on: str, *, permissions: str = "{}", uses: str = f"actions/checkout@{SHA}", env: str = ""
) -> str:
    return (
        f"on: {on}\npermissions: {permissions}\njobs:\n  gate:\n    name: gate\n    steps:\n"
        f"      - uses: {uses}\n        env: {{{env}}}\n"
    )


GOOD = (
    QA
    | {
        "cuebook.toml": (
            'site_url = "https://ada.github.io/r/"\nrepo_url = "https://github.com/ada/r"\n'
            'models = ["offline/rules"]\n'
        ),
        ".github/CODEOWNERS": OWNERS,
        ".github/workflows/publish.yml": workflow("{push: {branches: [main]}}"),
    }
    | {
        f".github/workflows/{name}.yml": workflow("pull_request")
        for name in ("check", "gate", "report", "gate-fork", "promote", "propose", "nightly")
    }
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A clone in which nothing is wrong."""
    source = write(tmp_path / "source", GOOD)
    commit(source)
    git(tmp_path, "clone", "-q", str(source), "clone")
    git(tmp_path / "clone", "remote", "set-url", "origin", "git@github.com:ada/r.git")
    return tmp_path / "clone"


def examined(root: Path, environ: Mapping[str, str] | None = None) -> list[Check]:
    workspace = Workspace(root)
    return local.examine(workspace, read_workflows(workspace.tree), environ or {})


def bad(root: Path, environ: Mapping[str, str] | None = None) -> list[Check]:
    """What is not ok, apart from extras that the machine of the tests may lack."""
    return [item for item in examined(root, environ) if item.state != "ok" and "the extra" not in item.what]


def test_where_all_is_well_nothing_is_said_to_be_wrong(place: Path) -> None:
    assert bad(place) == []
    areas = [item.area for item in examined(place)]
    assert list(dict.fromkeys(areas)) == ["machine", "checkout", "registry", "workflows", "owners", "keys"]


@pytest.mark.parametrize(
    ("path", "data", "state", "what", "cure"),
    [
        ("prompts/qa/aliases.yml", "production: 9\n", "problem", "check finds 1 error", "cuebook check"),
        ("cuebook.toml", "site_ulr = 1\n", "problem", "check finds", "cuebook check"),
        (
            "cuebook.toml",
            'site_url = "https://a.b/"\n',
            "warning",
            "the repository's address",
            "github.com/ada/r",
        ),
        (
            "cuebook.toml",
            'repo_url = "https://github.com/bob/r"\n',
            "warning",
            "repo_url says bob/r",
            "clone",
        ),
        (
            "cuebook.toml",
            'default_branch = "trunk"\n',
            "problem",
            "origin's default branch is main",
            "'main'",
        ),
        ("cuebook.toml", 'default_branch = "trunk"\n', "problem", "never to trunk", "[trunk]"),
        ("cuebook.toml", 'site_url = "http://a.b/"\n', "warning", "does not begin with https", "https"),
        (
            "cuebook.toml",
            'site_url = "https://ada.github.io/x/"\nrepo_url = "https://github.com/ada/r"\n',
            "warning",
            "Pages puts the site at https://ada.github.io/r/",
            "ada.github.io/r/",
        ),
        (
            ".github/workflows/gate.yml",
            workflow("push", uses="a/b@v1"),
            "problem",
            "gate.yml: a/b@v1",
            "40 hex",
        ),
        (
            ".github/workflows/gate.yml",
            workflow("push", permissions="write-all"),
            "problem",
            "gate.yml",
            "{}",
        ),
        (".github/workflows/gate.yml", "on: [", "unknown", "gate.yml cannot be read", "GitHub"),
        (
            ".github/CODEOWNERS",
            OWNERS.replace("/overrides/ @r", ""),
            "problem",
            "overrides have no",
            "/overrides/",
        ),
        (
            ".github/CODEOWNERS",
            OWNERS.replace("/*/", "/qa/"),
            "problem",
            "prompts/a-new-one/al",
            "/*/aliases",
        ),
        (".github/CODEOWNERS", OWNERS.replace("/evals/ @r", ""), "problem", "evals/qa/suite.yml", "/evals/"),
        (".github/CODEOWNERS", OWNERS.replace("/site/ @r", ""), "problem", "guides have no", "/site/"),
        (
            ".github/CODEOWNERS",
            OWNERS.replace("/pyproject.toml @r", ""),
            "problem",
            "settings have no",
            "/pyproject.toml @who",
        ),
        (
            "prompts/qa/meta.yml",
            "# yaml-language-server: $schema=../../schemas/meta.json\ntitle: Q\n",
            "warning",
            "prompts/qa/meta.yml: the first line names no schema",
            "cuebook init",
        ),
        ("schemas/meta.json", "{}", "warning", "schemas of another Cuebook: meta", "cuebook init"),
        (".cuebook/replies.sqlite", "no database" * 100, "problem", "the store of replies", "move it away"),
    ],
)
def test_what_is_wrong_is_found_with_its_cure(
    place: Path, path: str, data: str, state: str, what: str, cure: str
) -> None:
    write(place, {path: data})
    found = [item for item in bad(place) if what in item.what]
    assert [(item.state, cure in item.cure) for item in found] == [(state, True)], bad(place)


@pytest.mark.parametrize(
    ("path", "state", "what"),
    [
        (".github/CODEOWNERS", "problem", "there is no CODEOWNERS"),
        (".github/workflows/gate.yml", "problem", "missing: gate.yml"),
        (".github/workflows/nightly.yml", "warning", "missing: nightly.yml"),
    ],
)
def test_what_is_missing_is_found(place: Path, path: str, state: str, what: str) -> None:
    (place / path).unlink()
    assert [(item.state, item.what.startswith(what)) for item in bad(place)] == [(state, True)]


def test_on_another_server_than_githubs_no_workflow_is_missed(place: Path) -> None:
    settings = GOOD["cuebook.toml"].replace("https://github.com/", "https://gitlab.example.com/")
    assert settings != GOOD["cuebook.toml"]
    shutil.rmtree(place / ".github")
    write(place, {"cuebook.toml": settings})
    ci, owners = bad(place)
    assert (ci.state, ci.what.startswith("the repository is on GitLab")) == ("unknown", True)
    assert (owners.state, owners.cure.startswith("write CODEOWNERS; ")) == ("problem", True)
    lines = OWNERS.replace("/.github/", "/.gitlab-ci.yml")
    write(place, {"CODEOWNERS": lines})
    assert [item.what for item in bad(place)] == [ci.what]


def test_who_calls_the_action_needs_no_check_and_gate_of_these_names(place: Path) -> None:
    for name in ("check", "gate"):
        (place / f".github/workflows/{name}.yml").unlink()
    own = workflow("pull_request", uses=f"cuebook/cuebook/.github/workflows/reusable.yml@{SHA}")
    write(place, {".github/workflows/own.yml": own})
    assert bad(place) == []


def test_a_scorer_of_the_repository_without_an_owner_is_found(place: Path) -> None:
    settings = GOOD["cuebook.toml"] + 'scorers = ["evals/_scorers/polite.py", "lib/kind.py"]\n'
    score = "def score(): ...\n"
    write(place, {"cuebook.toml": settings, "evals/_scorers/polite.py": score, "lib/kind.py": score})
    (found,) = bad(place)
    assert found.what == "scorers of the repository have no owner: lib/kind.py"
    assert "/lib/kind.py" in found.cure


def test_a_judge_without_an_owner_is_found(place: Path) -> None:
    suite = QA["evals/qa/suite.yml"].replace("gate:", "  - judge: {prompt: grader/1}\ngate:")
    write(
        place, {"prompts/grader/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"], "evals/qa/suite.yml": suite}
    )
    assert "judges have no owner: prompts/grader/v1.prompt.yml" in [item.what for item in bad(place)]


def test_each_judge_without_an_owner_has_a_line_that_gives_it_one(place: Path) -> None:
    pins = "  - judge: {prompt: grader/1}\n  - judge: {prompt: tone/1, as: tone}\ngate:"
    version = QA["prompts/qa/v1.prompt.yml"]
    write(
        place,
        {
            "prompts/grader/v1.prompt.yml": version,
            "prompts/tone/v1.prompt.yml": version,
            "evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("gate:", pins),
        },
    )
    cures = [item.cure.partition(": ")[2] for item in bad(place) if item.area == "owners"]
    assert cures == ["/prompts/grader/ @who", "/prompts/tone/ @who"]


@pytest.mark.parametrize(
    ("line", "said"), [("budget = \n", ":2: "), ('mode = "x"\n', ":2: unknown key 'mode'")]
)
def test_by_settings_that_cannot_be_read_nothing_is_judged(place: Path, line: str, said: str) -> None:
    branch = 'default_branch = "master"\n'
    publish = GOOD[".github/workflows/publish.yml"].replace("[main]", "[master]")
    write(place, {"cuebook.toml": branch + line, ".github/workflows/publish.yml": publish})
    found = bad(place)
    (problem,) = [item for item in found if "the settings cannot be read" in item.what]
    assert (problem.state, f"cuebook.toml{said}" in problem.what) == ("problem", True)
    assert [item.state for item in found] == ["problem", "problem", "unknown"], found  # the first is check's
    assert "not looked at" in found[2].what
    assert not any("key" in item.what for item in examined(place) if item.area == "keys")


def test_a_shallow_clone_is_a_problem(place: Path, tmp_path: Path) -> None:
    write(place, {"README.md": "x"})
    commit(place)
    git(tmp_path, "clone", "-q", "--depth=1", place.as_uri(), "shallow")
    git(tmp_path / "shallow", "remote", "set-url", "origin", "https://github.com/ada/r")
    (found,) = bad(tmp_path / "shallow")
    assert (found.state, found.cure) == ("problem", "git fetch --unshallow")


def test_outside_git_and_without_prompts(tmp_path: Path) -> None:
    found = {item.what: item for item in bad(tmp_path)}
    assert found["there is no folder 'prompts' here"].cure == "cuebook init"
    assert found["not a Git repository: there is no history"].cure == "git init"


def test_a_model_needs_the_library_that_asks_it_and_one_of_a_plug_in_none_of_ours(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "find_spec", lambda _: None)

    def problems(model: str, more: str = "") -> list[str]:
        version = QA["prompts/qa/v2.prompt.yml"].replace("offline/rules", model)
        write(place, {"prompts/qa/v2.prompt.yml": version, "cuebook.toml": GOOD["cuebook.toml"] + more})
        found = [item for item in examined(place) if item.code in {"extra", "plugin", "variable"}]
        return [f"{item.what.partition(' (')[0]}: {item.cure}" for item in found if item.state != "warning"]

    (line,) = problems("openai/gpt-4o")
    assert line.startswith("the extra 'direct' is not installed: ")
    (line,) = problems("bedrock/m")
    assert line.startswith("the extra 'eval' is not installed: ")
    named = '[plugins]\nacme = "acme-models>=1"\n'
    assert problems("acme/m", named) == ["no plug-in offers acme/m: pip install 'acme-models>=1'"]
    acme = {"acme-models": "1.2", "cuebook.models": "acme = acme_models:PLUGIN", "acme_models.py": ""}
    with installed(tmp_path / "packages", acme):
        assert problems("acme/m", named) == ["which key acme/m needs is not known here: see acme-models 1.2"]


def test_a_key_is_named_and_its_value_never_shown(place: Path) -> None:
    config = GOOD["cuebook.toml"] + 'model = "openai/gpt-4o"\n'
    env = "OPENAI_API_KEY: '${{ secrets.OPENAI_API_KEY }}'"
    gate = workflow("pull_request", env=env)
    write(place, {"cuebook.toml": config})
    first = [(item.state, item.what) for item in bad(place) if item.area == "keys"]
    assert first == [
        ("warning", "OPENAI_API_KEY is not set here (openai/gpt-4o)"),
        ("problem", "no workflow hands OPENAI_API_KEY to a job"),
    ]
    write(place, {".github/workflows/gate.yml": gate})
    found = examined(place, {"OPENAI_API_KEY": "sk-very-secret"})
    assert [(item.state, item.what) for item in found if item.area == "keys"] == [
        ("ok", "OPENAI_API_KEY is set")
    ]
    assert "sk-very-secret" not in repr(found)


@pytest.mark.parametrize(
    ("more", "variables", "said"),
    [
        ("", ["OPENAI_BASE_URL"], ["OPENAI_BASE_URL is set and not used"]),
        ("", ["OPENAI_API_BASE", "GROQ_BASE_URL"], ["OPENAI_API_BASE is set and not used"]),
        ('[endpoints.openai]\nbase_url = "https://proxy.example/v1"\n', ["OPENAI_BASE_URL"], []),
    ],
)
def test_an_address_in_the_environment_that_nothing_uses_is_named(
    place: Path, more: str, variables: list[str], said: list[str]
) -> None:
    write(place, {"cuebook.toml": f'{GOOD["cuebook.toml"]}model = "openai/gpt-4o"\n{more}'})
    found = examined(place, dict.fromkeys(variables, "https://proxy.example/v1"))
    assert [item.what.partition(":")[0] for item in found if "not used" in item.what] == said


def test_a_model_nobody_knows_is_unknown(place: Path) -> None:
    write(place, {"cuebook.toml": GOOD["cuebook.toml"] + 'judge_model = "mystery/m"\n'})
    by_check, by_doctor = bad(place)
    assert by_check.what.startswith("check finds 1 error")
    assert (by_doctor.state, "mystery/m" in by_doctor.what) == ("unknown", True)


def test_without_a_known_default_branch_it_is_unknown(place: Path) -> None:
    git(place, "remote", "set-head", "origin", "--delete")
    (found,) = bad(place)
    assert (found.state, found.cure) == ("unknown", "git remote set-head origin --auto")


@pytest.mark.parametrize(
    ("line", "states"),
    [
        ("cuebook[all]==0.1.0\n", ["problem"]),
        ("cuebook[all]==0.1.0 --hash=sha256:00\n", []),
        ("cuebook[all]==0.1.0 \\\n    --hash=sha256:00\n", []),
        ("./.github/wheels/cuebook-0.1.0-py3-none-any.whl[all]\n", ["problem"]),
        ("./.github/wheels/cuebook-0.1.0-py3-none-any.whl[all] --hash=sha256:00\n", []),
        ("other==1 --hash=sha256:00\n", []),
    ],
)
def test_a_lock_file_without_cuebooks_hash_is_told(place: Path, line: str, states: list[str]) -> None:
    write(place, {".github/cuebook-requirements.txt": f"{line}zipp==4 --hash=sha256:00\n"})
    found = bad(place)
    assert [item.state for item in found] == states
    assert all("has no hash for Cuebook" in item.what and "pip hash" in item.cure for item in found)


def test_without_a_remote_that_alone_is_said(place: Path) -> None:
    git(place, "remote", "remove", "origin")
    found = [item.what for item in bad(place) if item.area == "checkout"]
    assert found == ["there is no remote 'origin'"]


def test_stored_replies_are_counted(place: Path) -> None:
    ReplyStore(place / ".cuebook/replies.sqlite").close()
    assert "0 replies are stored" in [item.what for item in examined(place)]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/ada/r", "ada/r"),
        ("https://github.com/ada/r.git", "ada/r"),
        ("https://github.com/ada/r/", "ada/r"),
        ("https://token@github.com/ada/r.js.git", "ada/r.js"),
        ("git@github.com:ada/r.git", "ada/r"),
        ("ssh://git@github.com/ada/r.git", "ada/r"),
        ("https://github.com.evil.example/ada/r", ""),
        ("https://evil.example/github.com/ada/r", ""),
        ("https://gitlab.com/ada/r", ""),
        ("https://github.com/ada", ""),
        ("/srv/git/r", ""),
        ("", ""),
    ],
)
def test_the_repository_of_an_address(url: str, name: str) -> None:
    assert repository_of(url) == name


def test_another_server_than_githubs_own() -> None:
    assert repository_of("https://git.example.org/ada/r", "https://git.example.org") == "ada/r"

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from build import commit, git, write
from cuebook import load_prompt
from cuebook.cli._surroundings import web_address
from cuebook.core.errors import HOW_TO_PIN
from cuebook.core.git import show

Cli = Callable[..., Any]
HASH = f"sha256:{'0a' * 32}"
LOCK = ".github/cuebook-requirements.txt"
VERSION = metadata.version("cuebook")
GRADED = {"answer", "first", "second"}


@pytest.fixture(autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of Git but the test's own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))


def _repository(root: Path, remote: str = "", branch: str = "main", **settings: str) -> Path:
    git(root, "init", "-q", "-b", branch)
    if remote:
        git(root, "remote", "add", "origin", remote)
    for name, value in settings.items():
        git(root, "config", name.replace("_", "."), value)
    return root


def _settings(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "cuebook.toml").read_text("utf-8"))


def test_what_init_writes_is_checked_and_gated(cli: Cli, tmp_path: Path) -> None:
    assert cli(tmp_path, "init").code == 0
    checked = cli(tmp_path, "check", "--strict")
    assert checked.code == 0, checked.out
    gated = cli(tmp_path, "gate", "example", "--format", "json")
    assert gated.code == 0, gated.out[:500]


def test_the_example_shows_a_judge_and_decides_at_the_margin_that_its_cases_support(
    cli: Cli, tmp_path: Path
) -> None:
    said = " ".join(cli(tmp_path, "init").out.split())
    (row,) = json.loads(cli(tmp_path, "plan", "example/2", "--json").out)["comparisons"]
    suite = yaml.safe_load((tmp_path / "evals/example/suite.yml").read_text("utf-8"))
    margin = suite["gate"]["metrics"]["contains"]["margin"]
    assert (row["proposal"], row["margins"]) == ("", {"contains": margin})
    assert f"{row['cases']} cases of right or wrong can rule out a loss of {margin:g}" in said
    judged = cli(tmp_path, "judge", "judge-example")
    assert judged.code == 0
    assert "warning" not in judged.out
    assert "another colour, in nearly the same words" in judged.out, "what the toy cannot tell is shown"
    gated = " ".join(cli(tmp_path, "gate", "example").out.split())
    assert "Judge judge-example/1: kappa 0." in gated
    assert "on 102 labels" in gated


def test_thirty_cases_lead_from_init_to_a_promotion_at_the_margin_they_support(
    cli: Cli, tmp_path: Path
) -> None:
    assert cli(tmp_path, "init", "--no-workflows").code == 0
    dataset, suite = tmp_path / "evals/example/dataset.jsonl", tmp_path / "evals/example/suite.yml"
    dataset.write_text("".join(dataset.read_text().splitlines(keepends=True)[:30]))
    asked = suite.read_text().replace("margin: 0.17", "margin: 0.05")
    suite.write_text(asked)
    said = " ".join(cli(tmp_path, "check").out.split())
    assert "30 cases are too few for a margin of 0.05: a version that is only as good" in said
    same = (tmp_path / "prompts/example/v1.prompt.yml").read_text()
    equal = same.replace("Answer from the context", "As good", 1).replace("one short", "a short")
    write(tmp_path, {"prompts/example/v3.prompt.yml": equal})
    first = cli(tmp_path, "gate", "example/3")
    assert first.code == 3
    assert "Too few cases to show that nothing is lost; no loss was seen." in " ".join(first.out.split())
    assert "0 of 30 cases broke: a break rate above 9.5% is ruled out." in " ".join(first.out.split())
    (tmp_path / ".cuebook").rename(tmp_path / "kept")
    (row,) = json.loads(cli(tmp_path, "plan", "example/3", "--json").out)["comparisons"]
    proposed = row["margins"]["contains"]
    assert (proposed, str(proposed) in row["proposal"]) == (0.32, True)
    suite.write_text(asked.replace("0.05", str(proposed)))
    assert "warning" not in cli(tmp_path, "check").out
    assert cli(tmp_path, "gate", "example/3").code == 0
    promoted = cli(tmp_path, "promote", "example/3")
    assert promoted.code == 0, promoted.out + promoted.err
    assert yaml.safe_load((tmp_path / "prompts/example/aliases.yml").read_text()) == {"production": 3}
    assert cli(tmp_path, "check", "--strict").code == 0


def test_files_keep_their_line_ends_on_every_system(cli: Cli, tmp_path: Path) -> None:
    assert cli(tmp_path, "init").code == 0
    lines = (tmp_path / ".gitattributes").read_text("utf-8").splitlines()
    assert "prompts/** text eol=lf" in lines


def test_git_keeps_the_bytes_of_images_and_the_line_ends_of_cases(cli: Cli, tmp_path: Path) -> None:
    _repository(tmp_path)
    assert cli(tmp_path, "init").code == 0
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    (tmp_path / "evals/example/a.png").write_bytes(picture)
    (tmp_path / "evals/example/dataset.jsonl").write_bytes(b"{}\r\n")
    sha = commit(tmp_path, "start")
    assert show(tmp_path, sha, "evals/example/a.png") == picture
    assert show(tmp_path, sha, "evals/example/dataset.jsonl") == b"{}\n"


def test_outside_git_it_is_said_what_works_and_how_to_begin_one(cli: Cli, tmp_path: Path) -> None:
    assert "this is not a Git repository: check, gate, all and site work" in cli(tmp_path, "init").out
    assert "this is not a Git repository; run git init" in cli(tmp_path, "check").out
    git(tmp_path, "init", "-q", "-b", "main")
    assert "not a Git repository" not in cli(tmp_path, "init").out
    assert "nothing is committed yet" in cli(tmp_path, "check").out
    commit(tmp_path, "start")
    assert "'main', the default branch, has no upstream here" in cli(tmp_path, "check").out


def test_dry_run_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    ended = cli(tmp_path, "init", "--dry-run")
    assert "would write prompts/example/v1.prompt.yml" in ended.out
    assert "would write .github/workflows/check.yml" in ended.out
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_and_prompts_are_left_alone(cli: Cli, registry: Path) -> None:
    mine = {
        "cuebook.toml": 'site_url = "https://mine.example"\n',
        ".gitignore": "build/\n",
        ".github/workflows/check.yml": "mine\n",
        "CODEOWNERS": "* @me\n",
        LOCK: "mine\n",
    }
    write(registry, mine)
    _repository(registry, github_user="ada")
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}
    ended = cli(registry, "init")
    assert ended.code == 0
    for path in ("cuebook.toml", ".gitignore", ".github/workflows/check.yml", LOCK, ".github/CODEOWNERS"):
        assert f"kept  {path}\n" in ended.out
    assert {path: path.read_bytes() for path in before} == before
    assert not (registry / "prompts/example").exists()
    assert not (registry / ".github/CODEOWNERS").exists(), "GitHub would stop reading the one at the root"
    assert (registry / ".github/workflows/publish.yml").is_file()
    assert "note  .gitignore: add .cuebook/\n" in ended.out


@pytest.mark.parametrize("kind", ["empty folder", "notes only", "dangling link"])
def test_any_prompts_folder_is_left_alone(cli: Cli, tmp_path: Path, kind: str) -> None:
    if kind == "dangling link":
        (tmp_path / "prompts").symlink_to("elsewhere")
    else:
        (tmp_path / "prompts").mkdir()
    if kind == "notes only":
        write(tmp_path, {"prompts/README.md": "ours\n"})
    before = sorted(tmp_path.glob("prompts/*"))
    assert cli(tmp_path, "init").code == 0
    assert sorted(tmp_path.glob("prompts/*")) == before
    assert not (tmp_path / "evals").exists()


def test_settings_in_pyproject_stay_the_settings(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": '[tool.cuebook]\nsite_url = "https://mine.example"\n'})
    assert "kept  cuebook.toml\n" in cli(tmp_path, "init").out
    assert not (tmp_path / "cuebook.toml").exists()


def test_a_second_time_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    _repository(tmp_path, github_user="ada")
    cli(tmp_path, "init")
    ended = cli(tmp_path, "init")
    assert "wrote" not in ended.out
    assert "note" not in ended.out


def test_what_git_knows_is_not_asked(cli: Cli, tmp_path: Path) -> None:
    _repository(tmp_path, "git@github.com:Acme/prompts.git", "trunk", github_user="ada")
    assert cli(tmp_path, "init", "--hash", HASH).code == 0
    found = _settings(tmp_path)
    assert found["repo_url"] == "https://github.com/Acme/prompts"
    assert found["site_url"] == "https://acme.github.io/prompts/"
    assert found["default_branch"] == "trunk"
    publish = yaml.load((tmp_path / ".github/workflows/publish.yml").read_text("utf-8"), yaml.BaseLoader)
    assert publish["on"] == {"push": {"branches": ["trunk"]}}
    owners = (tmp_path / ".github/CODEOWNERS").read_text("utf-8")
    for path in ("/prompts/*/aliases.yml", "/overrides/"):
        assert any(line.split() == [path, "@ada"] for line in owners.splitlines())
    looked = cli(tmp_path, "doctor").out
    assert "judges have owners" in looked
    assert "no owner" not in looked


def test_the_remotes_default_branch_wins_over_the_one_checked_out(cli: Cli, tmp_path: Path) -> None:
    _repository(tmp_path, "https://git.example.org/a/b", "idea")
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release/next")
    cli(tmp_path, "init", "--no-workflows")
    assert _settings(tmp_path)["default_branch"] == "release/next"


def test_a_branch_that_would_be_a_pattern_is_not_taken(cli: Cli, tmp_path: Path) -> None:
    _repository(tmp_path, branch="a+b")
    cli(tmp_path, "init", "--no-workflows")
    assert _settings(tmp_path)["default_branch"] == "main"


@pytest.mark.parametrize(
    ("settings", "owner"),
    [
        ({"github_user": "ada", "user_email": "a@b.example"}, "@ada"),
        ({"user_email": "a@b.example"}, "a@b.example"),
        ({"github_user": "x @eve", "user_email": "not an address"}, ""),
        ({}, ""),
    ],
)
def test_the_owner(cli: Cli, tmp_path: Path, settings: dict[str, str], owner: str) -> None:
    ended = cli(_repository(tmp_path, **settings), "init", "--hash", HASH)
    file = tmp_path / ".github/CODEOWNERS"
    assert file.exists() is bool(owner)
    assert ("note  no CODEOWNERS" in ended.out) is not bool(owner)
    if owner:
        assert file.read_text("utf-8").count(f" {owner}\n") == 9


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@github.com:acme/prompts.git", "https://github.com/acme/prompts"),
        ("https://github.com/acme/prompts", "https://github.com/acme/prompts"),
        ("https://ada:s3cret@git.example.org:8443/a/b/c.git", "https://git.example.org:8443/a/b/c"),
        ("ssh://git@git.example.org:2222/a/b.git", "https://git.example.org/a/b"),
        ("http://git.example.org:8080/a/b", "http://git.example.org:8080/a/b"),
        ("https:///a/b", ""),
        ("/srv/git/prompts.git", ""),
        ("file:///srv/git/prompts.git", ""),
        ("../prompts", ""),
        ("https://git.example.org/a/b?x=<script>", "https://git.example.org/a/b"),
        ('git@host:a/b"; x = "', ""),
        ("https://[::1/a/b", ""),
        ("https://host:99999/a/b", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_remote(remote: str, address: str) -> None:
    assert web_address(remote) == address


def test_no_workflows(cli: Cli, tmp_path: Path) -> None:
    assert cli(_repository(tmp_path, github_user="ada"), "init", "--no-workflows").code == 0
    assert not (tmp_path / ".github").exists()
    assert (tmp_path / "prompts/example/v1.prompt.yml").is_file()


def test_a_folder_inside_a_repository_gets_its_workflows_at_the_top(cli: Cli, tmp_path: Path) -> None:
    top = _repository(tmp_path, github_user="ada")
    ended = cli(top, "init", "--root", "services/ai", "--hash", HASH)
    assert ended.code == 0
    assert "next: cd services/ai\nnext: cuebook all\n" in ended.out
    assert (top / "services/ai/prompts/example/v1.prompt.yml").is_file()
    assert not (top / "services/ai/.github").exists()
    assert "/services/ai/evals/" in (top / ".github/CODEOWNERS").read_text("utf-8")
    for path in (top / ".github/workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text("utf-8"))
        assert workflow["defaults"] == {"run": {"working-directory": "services/ai"}}
        assert "-r .github/" not in path.read_text("utf-8")


def test_the_keys_of_the_settings_reach_the_workflows(cli: Cli, tmp_path: Path) -> None:
    settings = (
        'model = "groq/m"\njudge_model = "openai/j"\n'
        '[endpoints.mine]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "MY_KEY"\n'
    )
    root = write(_repository(tmp_path), {"cuebook.toml": settings})
    assert cli(root, "init", "--hash", HASH).code == 0
    gate = yaml.safe_load((root / ".github/workflows/gate.yml").read_text("utf-8"))
    given = [step["env"] for job in gate["jobs"].values() for step in job["steps"] if "env" in step]
    keyed = [env for env in given if "OPENAI_API_KEY" in env]
    assert keyed
    for env in keyed:
        assert env["GROQ_API_KEY"] == "${{ secrets.GROQ_API_KEY }}"
        assert env["MY_KEY"] == "${{ secrets.MY_KEY }}"


def test_a_foreign_workflow_of_one_of_our_names_is_told_of(cli: Cli, tmp_path: Path) -> None:
    root = write(_repository(tmp_path), {".github/workflows/check.yml": "name: check\non: push\njobs: {}\n"})
    ended = cli(root, "init", "--hash", HASH)
    assert ".github/workflows/check.yml is a workflow of your own and was left alone" in ended.out
    assert ".github/workflows/gate.yml is" not in ended.out


def test_prompts_that_are_no_registry_are_left_alone_and_that_is_said(cli: Cli, tmp_path: Path) -> None:
    root = write(_repository(tmp_path), {"prompts/README.md": ""})
    ended = cli(root, "init", "--hash", HASH)
    assert "so the example was left out" in ended.out
    assert "write in the settings: prompts_dir =" in ended.out
    assert 'next: cuebook new NAME -m "Why this prompt"' in ended.out


def test_where_prompts_holds_other_files_nothing_is_written_and_another_folder_named(
    cli: Cli, tmp_path: Path
) -> None:
    root = write(_repository(tmp_path), {"prompts/a b/frage.txt": "Hi"})
    ended = cli(root, "init")
    assert (ended.code, ended.out) == (2, "")
    assert "prompts/a b/frage.txt is no prompt of Cuebook; nothing was written" in ended.err
    assert not (root / "cuebook.toml").exists()
    apart = re.search(r"cuebook (init --prompts-dir \S+ --evals-dir [^\s;]+)", ended.err)
    assert apart
    assert cli(root, *apart[1].split()).code == 0
    assert cli(root, "check").code == 0


def test_on_gitlab_no_workflow_of_github_is_written(cli: Cli, tmp_path: Path) -> None:
    root = _repository(tmp_path)
    git(root, "remote", "add", "origin", "git@gitlab.example.com:team/shop.git")
    git(root, "config", "user.email", "ada@example.com")
    ended = cli(root, "init")
    assert ended.code == 0
    assert not (root / ".github").exists()
    assert "the repository is on GitLab, and the workflows are made for GitHub" in ended.out
    assert "/.gitlab-ci.yml" in (root / "CODEOWNERS").read_text()


def test_owners_of_a_folder_with_a_space_in_its_name_are_found(cli: Cli, tmp_path: Path) -> None:
    root = _repository(tmp_path)
    git(root, "config", "github.user", "ada")
    assert cli(root, "init", "--root", "our prompts").code == 0
    assert "/our\\ prompts/evals/" in (root / ".github/CODEOWNERS").read_text()
    said = cli(root / "our prompts", "doctor").out
    assert "suites have owners" in said
    assert "no owner" not in said


def test_a_hash_that_is_none_is_refused(cli: Cli, tmp_path: Path) -> None:
    ended = cli(tmp_path, "init", "--hash", "sha256:abc --index-url http://evil.example")
    assert ended.code == 2
    assert "is not a hash" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_is_named(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, {"schemas": "a file\n"})
    ended = cli(tmp_path, "init")
    assert ended.code == 2
    assert "schemas/prompt-version.json cannot be written" in ended.err


@pytest.mark.parametrize(
    ("told", "pinned"),
    [
        ({"archive_info": {"hashes": {"sha256": "0a" * 32}}}, True),
        ({"archive_info": {"hashes": {"sha256": "0a\n--index-url http://evil.example"}}}, False),
        ({"dir_info": {"editable": True}}, False),
        ({}, False),
        ("no record", False),
    ],
)
def test_the_hash_comes_from_what_pip_recorded_and_else_it_is_said_how_to_add_it(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Any, pinned: bool
) -> None:
    record = SimpleNamespace(read_text=lambda _: json.dumps(told), version=VERSION)
    monkeypatch.setattr(metadata, "distribution", lambda _: record)
    ended = cli(tmp_path, "init")
    assert ended.code == 0
    line = (tmp_path / LOCK).read_text("utf-8").splitlines()[1]
    assert line == f"cuebook[all]=={VERSION}" + (f" --hash={HASH}" if pinned else "")
    assert (HOW_TO_PIN in ended.out) is not pinned


def test_the_lock_file_pins_everything(cli: Cli, tmp_path: Path) -> None:
    cli(tmp_path, "init", "--hash", HASH)
    text = (tmp_path / LOCK).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) > 20
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


def test_the_snippet_for_pre_commit_is_printed_and_not_written(cli: Cli, tmp_path: Path) -> None:
    ended = cli(tmp_path, "init")
    start = ended.out.index("  - repo:")
    (repo,) = yaml.safe_load(ended.out[start : ended.out.index("next:")])
    offered = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert repo["hooks"] == [{"id": item["id"]} for item in offered]
    assert not (tmp_path / ".pre-commit-config.yaml").exists()


@pytest.mark.parametrize("kind", ["correctness", "groundedness", "preference"])
def test_a_starter_judge_comes_with_labels_and_can_be_measured(cli: Cli, tmp_path: Path, kind: str) -> None:
    write(tmp_path, {"cuebook.toml": 'judge_model = "offline/judge"\n'})
    ended = cli(tmp_path, "init", "--judge", kind, "--no-workflows")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == f"next: cuebook judge judge-{kind}"
    said = " ".join(ended.out.split())
    assert "holds only for the model it was measured with" in said
    assert "Written by the Cuebook contributors" in said
    assert "they share no task" in said
    assert ("at least 100 labels are needed to rely on it" in said) is (kind == "preference")
    checked = cli(tmp_path, "check")
    assert (checked.code, "warning" in checked.out) == (0, False)
    (row,) = json.loads(cli(tmp_path, "plan", f"judge-{kind}", "--json").out)["comparisons"]
    assert row["proposal"] == "", "its cases are enough for the margin that it comes with"
    measured = cli(tmp_path, "judge", f"judge-{kind}")
    assert measured.code == 0
    assert "kappa" in measured.out
    folder = tmp_path / f"evals/judge-{kind}"
    tasks = [
        {
            json.dumps({key: text for key, text in json.loads(line)["inputs"].items() if key not in GRADED})
            for line in (folder / file).read_text("utf-8").splitlines()
        }
        for file in ("labels.jsonl", "dataset.jsonl")
    ]
    assert tasks[0]
    assert tasks[1]
    assert not tasks[0] & tasks[1], "what chooses a judge does not measure it"


def test_a_judge_joins_a_registry_without_anything_else(cli: Cli, registry: Path) -> None:
    before = {path for path in registry.rglob("*") if path.is_file()}
    write(registry, {"cuebook.toml": 'model = "mine/m"\n'})
    assert cli(registry, "init", "--judge", "correctness", "--dry-run").code == 0
    assert cli(registry, "init", "--judge", "correctness").code == 0
    new = {path.relative_to(registry).as_posix() for path in registry.rglob("*") if path.is_file()} - {
        path.relative_to(registry).as_posix() for path in before
    }
    assert {path.split("/")[1] for path in new if "/" in path} == {"judge-correctness"}
    text = (registry / "prompts/judge-correctness/v1.prompt.yml").read_text()
    assert "\nmodel: mine/m\n" in text
    write(registry, {"prompts/judge-correctness/v1.prompt.yml": "mine"})
    again = cli(registry, "init", "--judge", "correctness")
    assert "nothing of the starter judge was written" in again.out
    assert (registry / "prompts/judge-correctness/v1.prompt.yml").read_text() == "mine"


def test_the_example_asks_nothing_that_the_models_of_the_settings_refuse(cli: Cli, tmp_path: Path) -> None:
    models = 'model = "openai/gpt-6-luna"\njudge_model = "anthropic/claude-sonnet-5-5"\n'
    write(tmp_path, {"cuebook.toml": models})
    assert cli(tmp_path, "init", "--no-workflows").code == 0
    assert "takes no temperature" not in cli(tmp_path, "check").out


@pytest.mark.parametrize(
    ("model", "kept"),
    [("anthropic/claude-sonnet-5-5", False), ("toy/judge", False), ("mistral/mistral-small-latest", True)],
)
def test_a_starter_judge_leaves_out_the_temperature_that_its_model_refuses(
    cli: Cli, tmp_path: Path, model: str, kept: bool
) -> None:
    write(tmp_path, {"cuebook.toml": f'judge_model = "{model}"\n'})
    assert cli(tmp_path, "init", "--judge", "correctness", "--no-workflows").code == 0
    text = (tmp_path / "prompts/judge-correctness/v1.prompt.yml").read_text("utf-8")
    assert ("temperature: 0" in text) is kept
    assert "maxTokens: 200" in text


def test_a_registry_may_have_folders_of_its_own_in_a_larger_repository(cli: Cli, tmp_path: Path) -> None:
    top = _repository(tmp_path, "https://github.com/acme/mono.git", github_user="ada")
    root = write(top / "services/ai", {"prompts/__init__.py": "x = 1\n"})
    folders = ["--prompts-dir", "llm/prompts", "--evals-dir", "llm/evals"]
    said = cli(root, "init", "--root", str(root), *folders).out
    assert "files: '^services/ai/(llm/prompts/|llm/evals/|overrides/)" in said
    assert "llm/evals/** text=auto eol=lf" in (root / ".gitattributes").read_text("utf-8")
    assert "/services/ai/llm/prompts/*/aliases.yml" in (top / ".github/CODEOWNERS").read_text("utf-8")
    commit(top, "start")
    assert cli(root, "check", "--strict").code == 0
    assert cli(root, "gate", "example").code == 0
    assert "wrote llm/prompts/example/v3.prompt.yml" in cli(root, "new", "example", "-m", "x").out
    refused = cli(root, "check")
    assert "llm/prompts/example/v3.prompt.yml: error: says the same" in refused.out
    (root / "llm/prompts/example/v3.prompt.yml").unlink()
    assert "llm/prompts/example/aliases.yml: production 1 -> 2" in cli(root, "promote", "example", "2").out
    doctor = cli(root, "doctor").out
    assert "missing: check.yml" not in doctor
    assert "aliases have owners" in doctor
    assert load_prompt("example@production", registry=str(root)).version == 2


def test_folders_that_the_settings_name_already_are_used(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, {"cuebook.toml": 'prompts_dir = "llm/prompts"\n'})
    assert "wrote llm/prompts/example/v1.prompt.yml" in cli(tmp_path, "init", "--no-workflows").out
    other = cli(tmp_path, "init", "--prompts-dir", "other")
    assert other.code == 2
    assert 'write there: prompts_dir = "other"' in other.err
    assert "beside each other" in cli(tmp_path / "llm", "init", "--prompts-dir", "a", "--evals-dir", "a").err


SKILL = "skills/cuebook/SKILL.md"


def test_coding_agents_are_told_how_a_prompt_is_changed(cli: Cli, tmp_path: Path) -> None:
    assert f"wrote {SKILL}" in cli(tmp_path, "init", "--agents", "--no-workflows").out
    head = yaml.safe_load((tmp_path / SKILL).read_text("utf-8").split("---\n")[1])
    assert head["name"] == "cuebook"
    assert 0 < len(head["description"]) <= 1024
    (tmp_path / SKILL).write_text("mine")
    again = cli(tmp_path, "init", "--agents")
    assert (again.code, again.out) == (0, f"kept  {SKILL}\n")
    assert (tmp_path / SKILL).read_text() == "mine"
    assert not (tmp_path / ".github").exists()


def test_the_skill_names_the_folders_of_this_registry(cli: Cli, tmp_path: Path) -> None:
    folders = ["--prompts-dir", "llm/prompts", "--evals-dir", "llm/evals"]
    cli(tmp_path, "init", *folders, "--agents", "--no-workflows")
    text = (tmp_path / SKILL).read_text("utf-8")
    assert "(llm/prompts/, llm/evals/)" in text
    assert "`llm/prompts/NAME/vN.prompt.yml`" in text


def test_no_skill_is_written_unless_asked_for(cli: Cli, tmp_path: Path) -> None:
    cli(tmp_path, "init", "--no-workflows")
    assert not (tmp_path / "skills").exists()


def test_the_settings_that_are_shown_as_comments_can_be_used(cli: Cli, tmp_path: Path) -> None:
    cli(tmp_path, "init", "--no-workflows")
    written = (tmp_path / "cuebook.toml").read_text("utf-8")
    tables = [block for block in written.split("\n\n") if "\n# [" in block]
    lines = [line.removeprefix("# ") for block in tables for line in block.splitlines()[1:]]
    assert [line for line in lines if line.startswith("[")] == ["[endpoints.local]", "[targets.desk]"]
    (tmp_path / "cuebook.toml").write_text(written + "\n".join(lines), encoding="utf-8")
    write(tmp_path, {"app/desk.py": ""})  # of which they speak
    assert cli(tmp_path, "check").code == 0

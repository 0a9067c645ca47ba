from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write

Cli = Callable[..., Any]


def test_a_good_registry_passes(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "check")
    found, compared = ended.out.splitlines()
    assert (ended.code, found) == (0, "1 prompt, 2 versions, 1 suite: all good")
    assert compared.startswith("not compared with published versions: ")


def test_problems_are_printed_with_place_and_cure(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/aliases.yml": "production: 9\n"})
    ended = cli(registry, "check")
    assert ended.code == 1
    assert (
        "prompts/qa/aliases.yml:1: error: production: version 9 does not exist\n    its versions: 1, 2"
        in ended.out
    )


def test_warnings_stop_nothing_unless_strict(cli: Cli, registry: Path) -> None:
    (registry / "prompts/qa/meta.yml").unlink()
    assert cli(registry, "check").code == 0
    assert cli(registry, "check", "--strict").code == 1


def test_json(cli: Cli, registry: Path) -> None:
    write(registry, {"prompts/qa/aliases.yml": "production: 9\n"})
    (problem,) = json.loads(cli(registry, "check", "--json").out)
    assert (problem["file"], problem["line"], problem["severity"]) == ("prompts/qa/aliases.yml", 1, "error")


def test_base_refuses_an_edited_version(cli: Cli, registry: Path) -> None:
    commit(registry)
    path = registry / "prompts/qa/v1.prompt.yml"
    path.write_text(path.read_text().replace("Answer", "Reply to"))
    assert cli(registry, "check").code == 0
    ended = cli(registry, "check", "--base", "main")
    assert ended.code == 1
    assert "prompts/qa/v1.prompt.yml:4: error: a published version was edited" in ended.out


EDIT = ("prompts/qa/v1.prompt.yml", "Answer", "Reply to")


def edit(root: Path) -> None:
    path = root / EDIT[0]
    path.write_text(path.read_text("utf-8").replace(*EDIT[1:]), "utf-8")


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("branch", ["main", "draft"])
def test_the_default_branch_is_compared_with_unasked(
    cli: Cli, registry: Path, tmp_path: Path, branch: str, committed: bool
) -> None:
    commit(registry)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(registry), str(clone))
    git(clone, "switch", "-q", "-C", branch, "--track", "origin/main")
    write(clone, {"prompts/qa/v3.prompt.yml": (clone / "prompts/qa/v2.prompt.yml").read_text() + "# x\n"})
    edit(clone)
    if committed:
        commit(clone)
    ended = cli(clone, "check")
    assert ended.code == 1
    assert "prompts/qa/v1.prompt.yml:4: error: a published version was edited" in ended.out
    assert "v3" not in ended.out.replace("v3.prompt.yml: error: says the same", "")


def test_a_local_branch_is_compared_with_the_local_default_branch(cli: Cli, registry: Path) -> None:
    commit(registry)
    git(registry, "switch", "-q", "-c", "draft")
    edit(registry)
    assert cli(registry, "check").code == 1


def test_settings_that_cannot_be_read_hide_no_edit_of_a_published_version(cli: Cli, registry: Path) -> None:
    commit(registry)
    git(registry, "switch", "-q", "-c", "draft")
    edit(registry)
    write(registry, {"cuebook.toml": "default_branch = main\n"})
    ended = cli(registry, "check")
    assert (
        'cuebook.toml:1: error: not TOML: a text needs quotes\n    write default_branch = "main"' in ended.out
    )
    assert "a published version was edited" in ended.out
    assert "not compared" not in ended.out


def test_what_no_other_branch_holds_is_a_draft(cli: Cli, registry: Path) -> None:
    commit(registry)
    edit(registry)
    ended = cli(registry, "check")
    assert ended.code == 0
    assert "not compared" in ended.out


def test_a_clone_as_git_for_windows_makes_it_is_good(cli: Cli, registry: Path, tmp_path: Path) -> None:
    commit(registry)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", str(registry), str(clone))
    assert b"\r\n" in (clone / "prompts/qa/v1.prompt.yml").read_bytes()
    ended = cli(clone, "check", "--base", "origin/main")
    assert (ended.code, ended.out.rpartition(": ")[2]) == (0, "all good\n")


def test_an_unknown_base_says_how_to_get_it(cli: Cli, registry: Path) -> None:
    commit(registry)
    ended = cli(registry, "check", "--base", "origin/main")
    assert ended.code == 2
    assert "git fetch origin main" in ended.err


def cures(out: str) -> list[str]:
    """What is printed below the problems, a command each where one begins it."""
    return [line.strip().partition(";")[0] for line in out.splitlines() if line.startswith("    ")]


@pytest.mark.parametrize(
    "gone",
    [["prompts/qa/v1.prompt.yml"], ["prompts/qa"], ["prompts/qa/v1.prompt.yml", "prompts/qa/v3.prompt.yml"]],
)
@pytest.mark.parametrize("committed", [True, False])
def test_a_published_version_that_is_gone_is_said_once_with_the_command_that_brings_it_back(
    cli: Cli, registry: Path, gone: list[str], committed: bool
) -> None:
    text = (registry / "prompts/qa/v2.prompt.yml").read_text()
    write(registry, {"prompts/qa/v3.prompt.yml": text.replace("short", "clear")})
    write(registry, {"prompts/desk/v1.prompt.yml": text, "prompts/desk/meta.yml": "title: Desk\n"})
    commit(registry)
    git(registry, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(registry, "switch", "-qc", "work")
    git(registry, "rm", "-qr", *gone)
    if committed:
        commit(registry)
    said = [item for item in json.loads(cli(registry, "check", "--json").out) if "removed" in item["code"]]
    assert len(said) == len(gone)
    for command in cures(cli(registry, "check").out):
        if command.startswith("git "):
            git(registry, *command.split()[1:])
    assert cli(registry, "check").code == 0


def test_a_committed_version_that_is_gone_comes_back_where_no_branch_is_compared_with(
    cli: Cli, registry: Path
) -> None:
    commit(registry)
    (registry / "prompts/qa/v1.prompt.yml").unlink()
    said = cli(registry, "check").out
    assert "prompts/qa/v2.prompt.yml: error: a lower version, which HEAD has, is missing\n" in said
    assert ": 1 error, " in said  # and not also of the alias that points to it
    compared = cli(registry, "check", "--base", "HEAD").out
    assert "a published version was removed" in compared
    assert ": 1 error, " in compared
    (command,) = (cure for cure in cures(said) if cure.startswith("git "))
    git(registry, *command.split()[1:])
    assert cli(registry, "check").code == 0


def test_a_renumbered_version_is_said_once(cli: Cli, registry: Path) -> None:
    commit(registry)
    git(registry, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(registry, "switch", "-qc", "work")
    git(registry, "mv", "prompts/qa/v2.prompt.yml", "prompts/qa/v4.prompt.yml")
    (command,) = cures(cli(registry, "check").out)
    git(registry, *command.split()[1:])
    assert cli(registry, "check").code == 0


@pytest.mark.parametrize(
    ("former", "cure"),
    [("nothing", "take 'nothing' out of 'formerly'"), ("desk", "take 'desk' out of 'formerly'")],
)
def test_a_name_that_a_prompt_never_had_is_to_be_taken_out(
    cli: Cli, registry: Path, former: str, cure: str
) -> None:
    text = (registry / "prompts/qa/v1.prompt.yml").read_text()
    write(registry, {"prompts/desk/v1.prompt.yml": text, "prompts/desk/meta.yml": "title: Desk\n"})
    commit(registry)
    write(registry, {"prompts/qa/meta.yml": f"title: Questions\nformerly: [{former}]\n"})
    assert cure in cures(cli(registry, "check", "--base", "HEAD").out)


def test_a_prompt_that_was_copied_to_be_renamed(cli: Cli, registry: Path) -> None:
    files = {path.name: path.read_text() for path in (registry / "prompts/qa").iterdir()}
    commit(registry)
    write(registry, {f"prompts/ask/{name}": text for name, text in files.items()})
    write(registry, {"prompts/ask/meta.yml": "title: Questions\nformerly: [qa]\n"})
    out = cli(registry, "check", "--base", "HEAD").out
    assert "if it was copied to be renamed: git rm -r prompts/qa" in out
    git(registry, "rm", "-qr", "prompts/qa")
    suite = registry / "evals/qa/suite.yml"
    suite.write_text(suite.read_text().replace("prompt: qa", "prompt: ask"))
    assert cli(registry, "check", "--base", "HEAD").code == 0


def test_a_default_branch_that_git_does_not_know_is_named(cli: Cli, registry: Path) -> None:
    write(registry, {"cuebook.toml": 'default_branch = "master"\n'})
    commit(registry)
    ended = cli(registry, "check")
    assert "cuebook.toml:1: warning: Git has no branch 'master', so nothing is compared" in ended.out
    assert "    known: main\n" in ended.out
    assert "'master', the default branch, is not one that Git knows" in ended.out
    assert "Git has no branch" not in cli(registry, "check", "--base", "HEAD").out
    write(registry, {"cuebook.toml": 'default_branch = "main"\n'})
    ended = cli(registry, "check")
    assert "all good" in ended.out
    assert "'main', the default branch, has no upstream here" in ended.out
    git(registry, "branch", "-m", "trunk")
    (registry / "cuebook.toml").unlink()
    ended = cli(registry, "check")
    assert "all good" in ended.out
    assert "'main', the default branch, is not one that Git knows" in ended.out


@pytest.mark.parametrize("key", ["prompts_dir", "evals_dir"])
def test_a_folder_of_the_settings_that_is_not_there_is_all_that_is_said(
    cli: Cli, registry: Path, key: str
) -> None:
    commit(registry)
    git(registry, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(registry, "switch", "-qc", "work")
    usual = key.removesuffix("_dir")
    write(registry, {"cuebook.toml": f'{key} = "llm/{usual}"\n'})
    ended = cli(registry, "check")
    assert ended.code == 1
    errors = [line for line in ended.out.splitlines() if "error:" in line]
    assert errors == [f"cuebook.toml:1: error: there is no folder llm/{usual}, which {key} names"]
    assert f"git mv {usual} llm/{usual}" in ended.out
    (registry / "llm").mkdir()
    git(registry, "mv", usual, f"llm/{usual}")
    assert cli(registry, "check").code == 0


def test_a_registry_that_has_nothing_yet_misses_no_folder(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, {"cuebook.toml": 'prompts_dir = "llm/prompts"\n'})
    assert cli(tmp_path, "check").code == 0

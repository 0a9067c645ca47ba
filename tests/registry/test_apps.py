from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, write
from cuebook.core import git
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import FixedTree, Folder, ReadOnce
from cuebook.registry.apps import AppUnderTest, app_of
from cuebook.registry.settings import load_config
from cuebook.wording.named import NamedCode, named_problem

SETTINGS = '[targets.desk]\ncommand = ["sh", "desk.sh"]\ncwd = "app"\n'
FILES = {
    "cuebook.toml": SETTINGS,
    "app/desk.sh": "echo hi",
    "lib/words.txt": "hi",
    "prompts/qa/v1.prompt.yml": "template: x",
    ".gitignore": "*.log\n",
}


def desk(files: dict[str, str]) -> AppUnderTest:
    """The app of a tree with these files."""
    found = app_of(FixedTree({path: text.encode() for path, text in files.items()}), "desk")
    assert found is not None
    return found


def test_a_tree_without_the_target_has_no_app() -> None:
    assert app_of(FixedTree({}), "desk") is None
    assert app_of(FixedTree({"cuebook.toml": b"[targets.desk"}), "desk") is None


@pytest.mark.parametrize(
    ("path", "text", "same"),
    [
        ("app/desk.sh", "echo bye", False),
        ("lib/words.txt", "bye", False),
        ("prompts/qa/v2.prompt.yml", "template: y", True),
        ("cuebook.toml", f"{SETTINGS}workers = 2\n", True),
        ("cuebook.toml", f'{SETTINGS}env = ["KEY"]\n', False),
        ("cuebook.toml", SETTINGS.replace("desk.sh", "x.sh"), False),
    ],
)
def test_what_answers_may_depend_on_makes_another_fingerprint(path: str, text: str, *, same: bool) -> None:
    assert (desk(FILES).fingerprint == desk({**FILES, path: text}).fingerprint) is same


def test_files_that_are_named_count_and_no_others() -> None:
    named = {**FILES, "cuebook.toml": f'{SETTINGS}files = ["app/**"]\n'}
    assert list(desk(named).blobs) == ["app/desk.sh"]
    assert sorted(desk(FILES).blobs) == [".gitignore", "app/desk.sh", "lib/words.txt"]


def test_a_clean_checkout_has_the_fingerprint_of_its_commit(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    sha = commit(tmp_path)
    there, here = app_of(git.Snapshot(tmp_path, sha), "desk"), app_of(ReadOnce.of(Folder(tmp_path)), "desk")
    assert there
    assert here
    assert (there.fingerprint, there.home, here.home) == (here.fingerprint, None, tmp_path)
    write(tmp_path, {"app/desk.log": "ignored", "app/.env": "kept"})
    (tmp_path / "app/link").symlink_to(tmp_path / "lib/words.txt")
    dirty = app_of(Folder(tmp_path), "desk")
    assert dirty
    assert sorted(dirty.blobs.keys() - here.blobs.keys()) == ["app/.env"]


def test_the_files_of_a_commit_are_written_as_they_are_there(tmp_path: Path) -> None:
    write(tmp_path / "repo", FILES | {"app/.gitattributes": "* text eol=crlf\n", "app/two.txt": "a\nb\n"})
    (tmp_path / "repo/app/desk.sh").chmod(0o755)
    found = app_of(git.Snapshot(tmp_path / "repo", commit(tmp_path / "repo")), "desk")
    assert found
    write(tmp_path / "repo", {"app/desk.sh": "another"})
    found.write(tmp_path / "there")
    assert (tmp_path / "there/app/desk.sh").read_text() == "echo hi"
    assert (tmp_path / "there/app/two.txt").read_bytes() == b"a\nb\n"
    assert (tmp_path / "there/app/desk.sh").stat().st_mode & 0o111
    assert not (tmp_path / "there/prompts").exists()


@pytest.mark.parametrize(("files", "left"), [('["app/**"]', ""), ('["lib/**"]', "app/desk.sh"), ("[]", "")])
def test_a_file_of_the_command_that_would_not_be_there_is_named(files: str, left: str) -> None:
    assert desk({**FILES, "cuebook.toml": f"{SETTINGS}files = {files}\n"}).left_out == left


@pytest.mark.parametrize(
    ("settings", "absent"),
    [
        (f'{SETTINGS}files = ["app/**"]\n', []),
        (SETTINGS.replace('"app"', '"ap"'), [("cwd", "there is no folder ap")]),
        (SETTINGS.replace("desk.sh", "dsk.sh"), [("command", "there is no file app/dsk.sh")]),
        (SETTINGS.replace('"sh", "desk.sh"', '"./run"'), [("command", "there is no file app/run")]),
        (SETTINGS.replace('"sh", "desk.sh"', '"no-program-here", "-c", "x.y"'), []),
        (f'{SETTINGS}files = ["app/**", "src/**"]\n', [("files", "no file matches 'src/**'")]),
    ],
)
def test_what_the_settings_of_an_app_name_and_nobody_has(
    settings: str, absent: list[tuple[str, str]]
) -> None:
    def said(code: NamedCode, facts: dict[str, str]) -> str:
        return named_problem(code, "f", target="desk", **facts).message.partition(": ")[2]

    found = desk({**FILES, "cuebook.toml": settings})
    assert [(key, said(code, facts)) for key, code, facts in found.absent] == absent


def test_a_pattern_is_one_that_can_be_looked_for() -> None:
    many = FixedTree({"cuebook.toml": f'{SETTINGS}files = ["**/**/**/**/x"]\n'.encode()})
    with pytest.raises(InvalidFiles, match="more than 3 times"):
        load_config(many)

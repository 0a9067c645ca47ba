from __future__ import annotations

import os
from pathlib import Path

import pytest

from build import commit, git, write
from cuebook.core.errors import UsageError
from cuebook.core.places import OwnedFolder, covers, owned, setting_problem, tracked_in


@pytest.fixture
def mine(tmp_path: Path) -> OwnedFolder:
    (tmp_path / "root").mkdir()
    return owned(tmp_path / "root", ".cuebook", "CUEBOOK_STATE")


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (".cuebook", ".cuebook/evaluations/qa/1/qa.json"),
        (".cuebook", ".cuebook"),
        (".cuebook/out", ".cuebook"),
        (".cuebook", ".Cuebook/x"),
        (".cuebook", ".cue\u200bbook/x"),
        (".cuebook", "CUEBOO~1/x"),
        (".cuebook", ".cuebook. /x"),
        (".cuebook", ".cuebook::$INDEX_ALLOCATION/x"),
        ("build", "BUILD/docs"),
        ("build", "\uff42uild/docs"),
        ("team/build", "team/build/docs"),
        ("out/\u00fc", "out/u\u0308/x"),
    ],
)
def test_a_file_in_a_place_on_it_or_in_its_way(place: str, path: str) -> None:
    assert covers(place, path)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (".cuebook", ".cuebook2/x"),
        (".cuebook", "docs/.cuebook/x"),
        ("build", "builder/x"),
        ("build", "b~x/y"),
        (".cuebook/out", ".cuebook/in"),
        ("team/build", "build/x"),
    ],
)
def test_a_file_that_is_elsewhere(place: str, path: str) -> None:
    assert not covers(place, path)


@pytest.mark.parametrize("output", ["build", ".cuebook/out", "public", "a/b c"])
def test_folders_that_the_setting_may_name(output: str) -> None:
    assert setting_problem(output) is None


@pytest.mark.parametrize(
    "output",
    [
        *("", ".", "..", "../x", "a/../b", "/tmp/x", "C:/x", "a\\b", "a//b", "a/", "..."),
        *("prompts", "EVALS/x", "site", ".git/x", "overrides"),
        *(".cuebook", ".Cuebook", ".cuebook/evaluations", ".cuebook/judges/x"),
    ],
)
def test_folders_that_the_setting_may_not_name(output: str) -> None:
    assert setting_problem(output)


@pytest.mark.parametrize("named", [".", "..", "prompts/x", "../root", ".git", "/"])
def test_the_environment_cannot_name_the_registrys_own_folders(tmp_path: Path, named: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(UsageError, match="CUEBOOK_STATE"):
        owned(root, named, "CUEBOOK_STATE")


def test_a_place_outside_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    found = owned(tmp_path / "root", str(tmp_path / "state"), "CUEBOOK_STATE")
    assert found.emptied("x") == tmp_path / "state/x"


@pytest.mark.parametrize("at", [".cuebook", ".cuebook/a", ".cuebook/a/b", ".cuebook/a/b/c"])
def test_no_link_is_followed_wherever_it_is(mine: OwnedFolder, tmp_path: Path, at: str) -> None:
    victim = write(tmp_path / "victim", {"thesis.txt": "precious", "c/thesis.txt": "precious"})
    link = mine.above / at
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(victim, target_is_directory=True)
    for act in (mine.folder, mine.emptied):
        with pytest.raises(UsageError, match=r"\.cuebook.* is a link") as caught:
            act("a/b")
        assert "CUEBOOK_STATE" in caught.value.hint
    assert (victim / "thesis.txt").read_text() == "precious"


@pytest.mark.parametrize("name", ["replies.sqlite", "replies.sqlite-wal", "replies.sqlite-journal"])
def test_a_file_and_those_that_sqlite_opens_beside_it_are_no_links(
    mine: OwnedFolder, tmp_path: Path, name: str
) -> None:
    mine.path.mkdir()
    (mine.path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=f"{name} is not a regular file"):
        mine.file("replies.sqlite")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_device_is_refused(mine: OwnedFolder) -> None:
    (mine.path / "a").mkdir(parents=True)
    os.mkfifo(mine.path / "a" / "pipe")
    with pytest.raises(UsageError, match="pipe is a link or a device"):
        mine.folder("a")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners on this system")
def test_a_folder_of_another_user_is_refused(mine: OwnedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    (mine.path / "a").mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(UsageError, match="belongs to another user"):
        mine.folder("a")
    (mine.above / ".git").mkdir()
    assert mine.folder("a")  # who owns the checkout owns what is in it


def test_a_file_where_a_folder_belongs(mine: OwnedFolder) -> None:
    mine.path.write_text("x")
    with pytest.raises(UsageError, match="is not a folder"):
        mine.folder("a")


def test_emptied_takes_away_what_was_there(mine: OwnedFolder) -> None:
    write(mine.path, {"a/old/x.txt": "x", "b/x.txt": "x"})
    assert list(mine.emptied("a").iterdir()) == []
    assert (mine.path / "b/x.txt").is_file()


def test_what_git_tracks_is_found_in_a_registry_below_the_top_too(tmp_path: Path) -> None:
    top = write(tmp_path, {"team/.cuebook/x": "x", "team/a": "a", "build/x": "x", ".cuebook/x": "x"})
    commit(top)
    git(top, "add", "-f", "-A")
    assert set(tracked_in(top / "team", [Path(".cuebook"), Path("build")])) == {".cuebook/x"}
    assert set(tracked_in(top / "team", [Path("../build")])) == {"../build/x"}
    assert tracked_in(top / "team", [Path("/elsewhere")]) == {}


@pytest.mark.parametrize(
    "path",
    [
        ".CueBook/x",
        ".cuebook./x",
        ".cuebook:s/x",
        "CUEBOO~1/x",
        ".cuebook",
        ".cu\u200bebook/x",
        "\uff0ecuebook/x",
    ],
)
def test_what_a_file_system_takes_for_the_folder_is_found_among_many(path: str) -> None:
    assert covers(".cuebook", path)
    assert covers(".cuebook/x", path)
    assert not covers("a/.cuebook", path)

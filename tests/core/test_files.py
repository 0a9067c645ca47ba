from __future__ import annotations

import json
import os
import stat
from enum import StrEnum
from pathlib import Path

import pytest

from build import write
from cuebook.core import files
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import Folder, dump_json, write_inside


def test_json_is_written_in_the_order_given() -> None:
    assert dump_json({"b": "é", "a": [1]}) == '{\n  "b": "é",\n  "a": [\n    1\n  ]\n}\n'.encode()
    with pytest.raises(ValueError):
        dump_json(float("nan"))


def test_a_folder_lists_and_reads_its_files(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.txt": "b", "a/c/d.txt": "d", "e.txt": "e", ".git/config": "x"})
    folder = Folder(tmp_path)
    assert folder.paths() == ["a/b.txt", "a/c/d.txt", "e.txt"]
    assert folder.paths("a") == ["a/b.txt", "a/c/d.txt"]
    assert folder.paths("nothing") == []
    assert folder.read("a/b.txt") == b"b"
    assert folder.read("a") is None
    assert folder.read("nothing") is None


def test_a_folder_never_follows_links_or_climbs(tmp_path: Path) -> None:
    write(tmp_path, {"secret": "s", "root/a": "a"})
    (tmp_path / "root/link").symlink_to(tmp_path / "secret")
    (tmp_path / "root/up").symlink_to(tmp_path)
    folder = Folder(tmp_path / "root")
    assert folder.paths() == ["a", "link", "up"]
    for path in ("link", "up/secret", "../secret", str(tmp_path / "secret"), "a/../../secret"):
        assert folder.read(path) is None
        assert folder.is_link(path)
    assert not folder.is_link("a")


def test_writing_is_atomic_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    files.write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    blocked = tmp_path / "folder"
    blocked.mkdir()
    with pytest.raises(OSError):
        files.write_atomic(blocked, b"two")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "new"]


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert files.write_if_changed(path, b"one")
    os.utime(path, ns=(1, 1))
    assert not files.write_if_changed(path, b"one")
    assert path.stat().st_mtime_ns == 1
    assert files.write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


@pytest.mark.parametrize("path", ["a/b/c.yml", "a/c.yml", "a"])
def test_no_file_of_the_registry_is_written_through_a_link(tmp_path: Path, path: str) -> None:
    victim = tmp_path / "victim"
    (victim / "b").mkdir(parents=True)
    (tmp_path / "root").mkdir()
    (tmp_path / "root/a").symlink_to(victim, target_is_directory=True)
    with pytest.raises(InvalidFiles, match="in the way"):
        write_inside(tmp_path / "root", path, b"x")
    assert [item.name for item in victim.rglob("*")] == ["b"]
    write_inside(tmp_path / "root", "other/c.yml", b"x")
    assert (tmp_path / "root/other/c.yml").read_bytes() == b"x"


def test_many_looks_read_each_file_and_list_each_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a/b/c.yml": "1", "a/b.yml": "2", "a/bc/d.yml": "3", "e.yml": "4"})
    (tmp_path / "a/link").symlink_to("b.yml")
    tree, once = files.Folder(tmp_path), files.ReadOnce(files.Folder(tmp_path))
    asked: list[str] = []

    def noted(self: files.Folder, path: str) -> bytes | None:
        asked.append(path)
        return real(self, path)

    real = files.Folder.read
    monkeypatch.setattr(files.Folder, "read", noted)
    for _ in range(2):
        for prefix in ("", "a", "a/b", "a/b/", "a/none", "none", "e.yml"):
            assert once.paths(prefix) == tree.paths(prefix)
        assert [once.read(path) for path in ("a/b.yml", "a/none")] == [b"2", None]
        assert [once.is_link(path) for path in ("a/link", "a/b.yml")] == [True, False]
    assert asked == ["a/b.yml", "a/none"]


def test_a_file_that_was_written_is_read_and_listed_again(tmp_path: Path) -> None:
    once = files.ReadOnce(files.Folder(write(tmp_path, {"a/b.yml": "1", "c.yml": "2"})))
    assert [once.read("a/b.yml"), once.paths(), once.paths("a")] == [b"1", ["a/b.yml", "c.yml"], ["a/b.yml"]]
    write(tmp_path, {"a/b.yml": "3", "a/d.yml": "4"})
    assert [once.read("a/b.yml"), once.paths("a")] == [b"1", ["a/b.yml"]]
    once.forget("a/b.yml")
    assert [once.read("a/b.yml"), once.paths("a")] == [b"3", ["a/b.yml", "a/d.yml"]]
    assert once.paths() == ["a/b.yml", "a/d.yml", "c.yml"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        (),
        {"a": {}, "b": [], "c": [[]], "d": ({"e": None},)},
        {"text": 'é"\\\n\t\x00\x7f\u2028😀', "é": True, "": False},
        [0, -1, 10**30, 0.1, 1e16, 1e-7, -0.0, 1e22, 5e-324],
        {"deep": {1: {"b": [None]}, None: "x"}, "next": [1]},
        StrEnum("Kind", ["ONE"]).ONE,
    ],
)
def test_json_files_are_those_of_the_standard_library(value: object) -> None:
    expected = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    assert dump_json(value) == expected.encode()
    assert (
        dump_json({"in": [value]})
        == (json.dumps({"in": [value]}, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    )


@pytest.mark.parametrize("value", [float("nan"), {"a": [float("inf")]}])
def test_json_has_no_other_numbers(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump_json(value)

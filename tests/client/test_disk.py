from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from build import write
from cuebook.client import disk as module
from cuebook.client.disk import Disk
from cuebook.core.refs import Ref

PRODUCTION = Ref("qa", alias="production")
posix = pytest.mark.skipif(os.name == "nt", reason="modes and owners are of POSIX")


def body(disk: Disk, ref: Ref = PRODUCTION) -> bytes | None:
    kept = disk.read(ref)
    return kept.body if kept else None


def test_copies_on_disk(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path / "cache"), "https://a")
    assert disk.read(PRODUCTION) is None
    disk.write(PRODUCTION, b"one")
    disk.write(PRODUCTION, b"two\nlines")
    disk.write(Ref("qa", 1), b"three")
    assert (body(disk), body(disk, Ref("qa", 1))) == (b"two\nlines", b"three")
    assert Disk(str(tmp_path / "cache"), "https://b").read(PRODUCTION) is None
    names = [name for _, _, found in os.walk(tmp_path) for name in found]
    assert sorted(names) == ["qa@1.json", "qa@production.json"]
    disk.remove(PRODUCTION)
    disk.remove(PRODUCTION)
    assert (body(disk), body(disk, Ref("qa", 1))) == (None, b"three")


def test_an_app_that_is_upgraded_finds_the_copies_that_it_has(tmp_path: Path) -> None:
    """They are where clients have kept them since 2026-11-30, and as these wrote them."""
    kept = tmp_path / "cache" / "44f833239a3830c0"
    kept.mkdir(mode=0o700, parents=True)
    (kept / "qa@production.json").write_bytes(b"cuebook-copy/1 1764547200.000\nbody")
    assert body(Disk(str(tmp_path / "cache"), "https://a")) == b"body"


def test_a_copy_says_itself_how_old_it_is(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path / "cache"), "https://a")
    disk.write(PRODUCTION, b"one")
    (path,) = tmp_path.rglob("*production.json")
    os.utime(path, (4e9, 4e9))
    kept = disk.read(PRODUCTION)
    assert kept
    assert kept.age < 60
    path.write_bytes(b"cuebook-copy/1 1000\none")
    kept = disk.read(PRODUCTION)
    assert kept
    assert kept.age > 1e9
    disk.confirm(PRODUCTION)
    kept = disk.read(PRODUCTION)
    assert kept
    assert (kept.age < 60, kept.body) == (True, b"one")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"cuebook-copy/1 x\none", b"cuebook-copy/1 nan\none", b"cuebook-copy/1 9e9\none"]
)
def test_what_no_client_wrote_is_no_copy(tmp_path: Path, data: bytes) -> None:
    disk = Disk(str(tmp_path / "cache"), "https://a")
    disk.write(PRODUCTION, b"one")
    (path,) = tmp_path.rglob("*production.json")
    path.write_bytes(data)
    assert disk.read(PRODUCTION) is None
    disk.confirm(PRODUCTION)
    assert disk.read(PRODUCTION) is None


@posix
def test_only_its_user_may_look_into_it(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path / "cache"), "https://a")
    disk.write(PRODUCTION, b"one")
    (path,) = tmp_path.rglob("*production.json")
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (tmp_path / "cache", path.parent, path)]
    assert modes == [0o700, 0o700, 0o600]


@posix
@pytest.mark.parametrize("what", ["folder open", "root open", "root a link", "another owner"])
def test_a_folder_that_others_could_change_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    disk = Disk(str(tmp_path / "cache"), "https://a")
    disk.write(PRODUCTION, b"one")
    (root,) = (tmp_path / "cache").iterdir()
    if what == "folder open":
        root.parent.chmod(0o777)
    elif what == "root open":
        root.chmod(0o750)
    elif what == "root a link":
        root.rename(tmp_path / "elsewhere")
        root.symlink_to(tmp_path / "elsewhere")
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    for _ in range(3):
        assert disk.read(PRODUCTION) is None
        disk.write(PRODUCTION, b"two")
    assert caplog.text.count("is not used") == 1
    assert all(b"two" not in path.read_bytes() for path in tmp_path.rglob("*.json"))


@posix
def test_a_folder_for_everybody_will_do_when_nobody_can_rename_in_it(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    disk = Disk(str(tmp_path / "tmp"), "https://a")
    disk.write(PRODUCTION, b"one")
    assert body(disk) == b"one"


@posix
def test_no_link_is_followed(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path / "cache"), "https://a")
    disk.write(PRODUCTION, b"one")
    (path,) = tmp_path.rglob("*production.json")
    (tmp_path / "secret").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    assert disk.read(PRODUCTION) is None
    disk.write(PRODUCTION, b"two")
    assert (body(disk), b"two" in (tmp_path / "secret").read_bytes()) == (b"two", False)


def test_on_windows_it_lies_below_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda _: str(tmp_path / "me"))
    assert module._why_open("", str(tmp_path / "me" / "cache" / "a"), "nt") == ""
    assert "below your user's folder" in module._why_open("", str(tmp_path / "all" / "cache"), "nt")


def test_a_disk_that_cannot_be_used_is_as_good_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, {"file": "x"})
    disk = Disk(str(tmp_path / "file"), "https://a")
    disk.write(PRODUCTION, b"one")
    disk.confirm(PRODUCTION)
    assert disk.read(PRODUCTION) is None
    assert caplog.text.count("is not used") == 1

from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook.core import reads
from cuebook.core.reads import Reads


def test_a_read_is_seen_where_the_file_system_tells(tmp_path: Path) -> None:
    write(tmp_path, {"a/one.json": "1", "a/deep/two.json": "2"})
    watched = Reads([tmp_path / "a"])
    if not watched.none:
        pytest.skip("this file system keeps no time of access")
    (tmp_path / "a/deep/two.json").read_bytes()
    assert not watched.none


def test_nothing_is_claimed_where_it_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Reads([write(tmp_path, {"one.json": "1"})])
    monkeypatch.setattr(reads, "_is_moved", lambda _: False)
    assert not watched.none
    assert not Reads([]).none

from __future__ import annotations

from pathlib import Path

from cuebook import reports
from cuebook.core.family import members


def test_members_are_the_modules_of_a_folder_in_order(tmp_path: Path) -> None:
    for name in ("words.py", "_shared.py", "__init__.py", "exact.py", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / "__init__.py").touch()
    assert members([str(tmp_path)]) == ["exact", "group", "words"]


def test_a_family_lists_its_own_members() -> None:
    assert reports.names() == tuple(members(reports.__path__))

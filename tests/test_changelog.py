"""The changelog is made of fragments: each in its place, once."""

from __future__ import annotations

from pathlib import Path

import pytest

import changelog

FRAGMENTS = {
    "README.md": "How to\n",
    "b.fixed.md": "`check` says so.\n\n    an example\n\nIt did not.\n",
    "a.fixed.md": "A first line\nand a second.\n",
    "z.added.md": "Something new.\n",
}
MADE = """\
# Changelog

Words.

## 1.2.0 - 2030-01-31

### Added

- Something new.

### Fixed

- A first line
  and a second.
- `check` says so.

      an example

  It did not.

## 1.1.0 - 2029-01-31

- Old.
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "changelog.d").mkdir()
    for name, text in FRAGMENTS.items():
        (tmp_path / "changelog.d" / name).write_text(text)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\nWords.\n\n## 1.1.0 - 2029-01-31\n\n- Old.\n")
    monkeypatch.setattr(changelog, "ROOT", tmp_path)
    return tmp_path


def test_fragments_are_gathered_by_kind_and_deleted(folder: Path) -> None:
    assert changelog.main(["1.2.0", "2030-01-31"]) == 0
    assert (folder / "CHANGELOG.md").read_text() == MADE
    assert [path.name for path in (folder / "changelog.d").iterdir()] == ["README.md"]
    assert changelog.main(["1.3.0"]) == 1  # nothing is left


def test_the_first_release_comes_below_the_introduction(folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text("# Changelog\n\nWords.\n")
    assert changelog.main(["1.2.0", "2030-01-31"]) == 0
    assert (folder / "CHANGELOG.md").read_text() == MADE.partition("\n## 1.1.0")[0]


@pytest.mark.parametrize("words", [[], ["v1.2.0"], ["1.2"], ["1.1.0"], ["1.2.0", "a", "b"]])
def test_what_cannot_be_released_changes_nothing(folder: Path, words: list[str]) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.md")}
    assert changelog.main(words) in {1, 2}
    assert {path: path.read_bytes() for path in folder.rglob("*.md")} == before


def test_a_fragment_of_no_kind_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "changelog.d/x.improved.md").write_text("Better.\n")
    (folder / "changelog.d/y.md").write_text("Better.\n")
    assert changelog.main(["1.2.0"]) == 1
    assert capsys.readouterr().out.startswith("x.improved.md, y.md: name each")

from __future__ import annotations

from pathlib import Path

import pytest

from cuebook.registry import overrides
from fixtures.overriding import DIGEST, TEXT, tree


@pytest.mark.parametrize(
    ("version", "digest", "today", "holds"),
    [
        (2, DIGEST, "2026-11-22", True),
        (2, DIGEST, "2026-12-31", True),
        (2, DIGEST, "2027-01-01", False),
        (2, "sha256:" + "b" * 64, "2026-11-22", False),
        (3, DIGEST, "2026-11-22", False),
    ],
)
def test_it_holds_for_one_digest_until_its_day(
    tmp_path: Path, version: int, digest: str, today: str, *, holds: bool
) -> None:
    found = overrides.valid_override(tree(tmp_path), "qa", version, digest, today)
    assert (found is not None) == holds


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TEXT.replace("who: Ada\n", ""), "qa-v2.yml"),
        (TEXT.replace("2026-12-31", "soon"), "qa-v2.yml"),
        (TEXT, "qa-v3.yml"),
        (TEXT + "whom: x\n", "qa-v2.yml"),
    ],
)
def test_a_wrong_file_does_nothing(tmp_path: Path, text: str, name: str) -> None:
    """One in another's place overrides neither what it says nor what its name says."""
    folder = tree(tmp_path, text, name)
    for number in (2, 3):
        assert overrides.valid_override(folder, "qa", number, DIGEST, "2026-11-22") is None


@pytest.mark.parametrize(
    ("until", "set_on", "today", "holds"),
    [
        ("2026-12-31", "2026-11-01", "2026-12-31", True),
        ("2099-12-31", "2026-01-01", "2026-06-30", True),
        ("2099-12-31", "2026-01-01", "2026-07-01", False),
        ("9999-12-31", "2026-01-01", "2026-07-01", False),
        ("2027-13-45", "2026-01-01", "2026-07-01", False),
        ("\u0662\u0660\u0669\u0669-12-31", "2026-01-01", "2026-07-01", False),
        ("2099-12-31", "2098-01-01", "2026-06-30", True),
        ("2099-12-31", None, "2026-06-30", True),
    ],
)
def test_none_holds_for_more_than_180_days_after_it_was_set(
    tmp_path: Path, until: str, set_on: str | None, today: str, *, holds: bool
) -> None:
    text = TEXT.replace("2026-12-31", f"'{until}'")
    found = overrides.valid_override(tree(tmp_path, text), "qa", 2, DIGEST, today, lambda _: set_on)
    assert (found is not None) == holds
    if found:
        assert today <= found.until <= overrides.last_day("9999-12-31", today)

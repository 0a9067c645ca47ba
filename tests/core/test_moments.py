from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from cuebook.core.moments import in_utc, utc_text, written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01T10:00:00", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_the_same_on_every_machine(
    monkeypatch: pytest.MonkeyPatch, text: str | None, found: str | None
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        made = in_utc(text)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (made.isoformat() if made else None) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2026-05-11T09:24:00+02:00", "2026-05-11T07:24:00Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
        ("2026-05-11", "2026-05-11T00:00:00Z"),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("0001-01-01T00:00:00+05:00", None),
    ],
)
def test_a_moment_is_written_in_utc(text: str | None, expected: str | None) -> None:
    assert utc_text(text) == expected


def test_moments_of_all_years_are_in_order_as_texts() -> None:
    assert written(datetime(999, 1, 2, tzinfo=UTC)) == "0999-01-02T00:00:00Z"

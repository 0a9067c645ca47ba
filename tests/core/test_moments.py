from __future__ import annotations

import time

import pytest

from cuebook.core.moments import in_utc


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

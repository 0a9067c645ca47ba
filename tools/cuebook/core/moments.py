"""Moments that somebody wrote down: Git, a record or a person, with a time zone or without."""

from __future__ import annotations

from datetime import UTC, datetime


def in_utc(text: str | None) -> datetime | None:
    """Return a moment (ISO 8601) in UTC; None for a text that is none, or a day that UTC has not.

    One without a time zone is UTC: read by the zone of the machine, it would be another one on the next.
    """
    try:
        found = datetime.fromisoformat(text or "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

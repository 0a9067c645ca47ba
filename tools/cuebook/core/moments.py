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


def written(moment: datetime) -> str:
    """Return a moment in UTC to the second, ``2026-11-22T12:00:00Z``, as records have it."""
    # ``%Y`` has no leading zeros on Linux, and moments are compared as texts.
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def utc_text(text: str | None) -> str | None:
    """Return a moment that somebody wrote down, as ``written`` has it; None for a text that is none."""
    found = in_utc(text)
    return written(found) if found else None

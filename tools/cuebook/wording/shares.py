"""Words on what an alias lets a share of units try."""

from __future__ import annotations

from collections.abc import Iterable

from cuebook.shapes.shares import Share, SplitChange


def share_lines(alias: str, tries: Iterable[tuple[int, int]]) -> list[str]:
    """Return ``10% of production -> 7`` for each pair of version and per cent."""
    return [f"{share}% of {alias} -> {version}" for version, share in tries]


def split_line(alias: str, tries: Iterable[Share]) -> str:
    """Return what a share of units gets from then on."""
    found = share_lines(alias, ((item.version, item.share) for item in tries))
    return ", ".join(found) or f"{alias}: no version is on trial"


def split_change(change: SplitChange) -> str:
    """Return a change, with what there was before where that is not told by what there is."""
    before = ", ".join(f"{item.share}% -> {item.version}" for item in change.previous)
    return split_line(change.alias, change.tries) + (f" (before: {before})" if before else "")

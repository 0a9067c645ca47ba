"""Show who moved which alias when, or what was live at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import click

from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.core.errors import UsageError, did_you_mean
from cuebook.core.moments import utc_text
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.moves import AliasMove
from cuebook.shapes.shares import SplitChange
from cuebook.wording.moves import NO_MOVES
from cuebook.wording.names import person
from cuebook.wording.shares import split_change

_Change = TypeVar("_Change", AliasMove, SplitChange)


@click.command("history")
@click.argument("name")
@click.option("--alias", help="Only this alias.")
@click.option(
    "--as-of",
    metavar="TIME",
    help="Show what each alias pointed to at this time (UTC), such as 2026-11-01T12:00Z.",
)
@json_option
@workspace_option
def command(workspace: Workspace, name: str, alias: str | None, as_of: str | None, *, as_json: bool) -> None:
    """Show who moved which alias when, or what was live at a time.

    Example: cuebook history qa-assistant --as-of 2026-11-01T12:00Z
    """
    # Raises for a name that is no prompt's; without it that would be a history without moves.
    workspace.registry.numbers(name)
    history, today = workspace.history, workspace.today
    moves, splits = history.moves.get(name, []), history.splits.get(name, [])
    if alias is not None:
        known = sorted({move.alias for move in moves} | set(workspace.registry.pointers(name)))
        if known and alias not in known:
            raise UsageError(f"{name!r} never had an alias {alias!r}", did_you_mean(alias, known))
        moves = [move for move in moves if move.alias == alias]
        splits = [change for change in splits if change.alias == alias]
    moment = utc_text(as_of)
    if as_of is not None:
        if moment is None:
            raise UsageError(f"{as_of!r} is not a time", "write it as 2026-11-01T12:00Z")
        moves, splits = at(moves, moment, today), splits_at(splits, moment, today)
    # Sorted from the oldest on, so that of two with one time the later one stays the newer.
    dated: list[tuple[str, AliasMove | SplitChange]] = [*_by_line(splits, today), *_by_line(moves, today)]
    both = sorted(dated, key=lambda pair: pair[0])
    found = [item for _, item in reversed(both)]
    if as_json:
        print_json([item.model_dump(mode="json") for item in found])
        return
    for item in found:
        if isinstance(item, SplitChange):
            what = split_change(item)
        else:
            what = f"{item.alias}: {item.previous or 'none'} -> {item.version or 'none'}"
        say(f"{item.time}  {what}  {person(item.author)}  {item.commit[:10]}  {item.subject}")
    if not found:
        # With the moment: a day alone is its beginning, and one without a zone is UTC.
        say(f"no alias had been set at {moment}" if as_of else NO_MOVES)


def at(moves: Sequence[AliasMove], moment: str, today: str) -> list[AliasMove]:
    """Return the last move of each alias up to a moment, newest first, aliases removed by then left out."""
    return [move for move in _last(moves, moment, today) if move.version is not None]


def splits_at(changes: Sequence[SplitChange], moment: str, today: str) -> list[SplitChange]:
    """Return what a share of units tried at a moment, by alias."""
    return [change for change in _last(changes, moment, today) if change.tries]


def _last(items: Sequence[_Change], moment: str, today: str) -> list[_Change]:
    # Times of one form and in UTC sort as texts.
    then = [item for time, item in _by_line(items, today) if time <= moment]
    # From the newest on, so that of each alias the last one counts.
    last: dict[str, _Change] = {}
    for item in reversed(then):
        last.setdefault(item.alias, item)
    return list(last.values())


def _by_line(items: Sequence[_Change], today: str) -> Iterator[tuple[str, _Change]]:
    """Each of them, the oldest first, with a time no earlier than that of those before it in Git.

    Whoever commits may write any time into a commit; one that is still to come is that of the one before.
    """
    latest = ""
    for item in reversed(items):
        if item.time[:10] <= today:
            latest = max(latest, item.time)
        yield latest, item

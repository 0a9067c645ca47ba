"""Show who moved which alias when, or what was live at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    history = workspace.history
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
        moves, splits = at(moves, moment), splits_at(splits, moment)
    # Sorted from the oldest on, so that of two with one time the later one stays the newer.
    both = sorted([*_by_line(splits), *_by_line(moves)], key=lambda pair: pair[0])
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


def at(moves: list[AliasMove], moment: str) -> list[AliasMove]:
    """Return the last move of each alias up to a moment (UTC, ISO 8601), aliases removed by then left out."""
    last: dict[str, AliasMove] = {}
    for move in sorted(moves, key=lambda move: move.time):
        # Times of one form and in UTC sort as texts.
        if move.time <= moment:
            last[move.alias] = move
    return [move for move in last.values() if move.version is not None]


def splits_at(changes: list[SplitChange], moment: str) -> list[SplitChange]:
    """Return what a share of units tried at a moment, by alias."""
    last: dict[str, SplitChange] = {}
    for change in sorted(changes, key=lambda change: change.time):
        if change.time <= moment:
            last[change.alias] = change
    return [change for change in last.values() if change.tries]


def _by_line(items: Sequence[AliasMove | SplitChange]) -> Iterator[tuple[str, AliasMove | SplitChange]]:
    """Each of them, the oldest first, with the time by which it is no older than those before it in Git.

    Whoever commits may write any time into a commit.
    """
    latest = ""
    for item in reversed(items):
        latest = max(latest, item.time)
        yield latest, item

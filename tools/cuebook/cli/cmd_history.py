"""Show who moved which alias when, or what was live at a time."""

from __future__ import annotations

import click

from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.core.errors import UsageError
from cuebook.core.git import utc
from cuebook.jobs.workspace import Workspace
from cuebook.shapes.published import AliasMove


@click.command("history", short_help="Show who moved which alias when, or what was live at a time.")
@click.argument("name")
@click.option("--alias", help="Only this alias.")
@click.option("--as-of", metavar="TIME", help="What each alias pointed to then, such as 2026-11-01T12:00Z.")
@json_option
@workspace_option
def command(workspace: Workspace, name: str, alias: str | None, as_of: str | None, *, as_json: bool) -> None:
    """Show who moved which alias when, or what was live at a time.

    Example: cuebook history qa-assistant --as-of 2026-11-01T12:00Z
    """
    workspace.registry.numbers(name)
    moves = [move for move in workspace.history.moves.get(name, []) if alias in (None, move.alias)]
    if as_of is not None:
        moves = at(moves, _time(as_of))
    if as_json:
        print_json([move.model_dump(mode="json") for move in moves])
        return
    for move in moves:
        where = f"{move.previous or 'none'} -> {move.version or 'none'}"
        say(f"{move.time}  {move.alias}: {where}  {move.author}  {move.commit[:10]}  {move.subject}")
    if not moves:
        say("no alias had been set then" if as_of else "no alias has moved in a commit yet")


def at(moves: list[AliasMove], moment: str) -> list[AliasMove]:
    """The last move of each alias up to a moment (UTC, ISO 8601), aliases removed by then left out."""
    last: dict[str, AliasMove] = {}
    for move in sorted(moves, key=lambda move: move.time):
        if move.time <= moment:
            last[move.alias] = move
    return [move for move in last.values() if move.version is not None]


def _time(text: str) -> str:
    try:
        return utc(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a time", "write it as 2026-11-01T12:00Z") from None

"""Tell other repositories which aliases a publication moved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import ValidationError

from cuebook.cli import _event
from cuebook.cli._shared import say, workspace_option
from cuebook.cli.steps._places import STAGED
from cuebook.core import git
from cuebook.core.errors import RefError, UsageError
from cuebook.core.files import Folder
from cuebook.core.format import plural
from cuebook.github import dispatches
from cuebook.github.api import from_environment
from cuebook.github.dispatches import MovedAlias
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import MAX_RECORD, MOVES, PUBLISHED, MoveRecord

TOKEN = "CUEBOOK_DISPATCH_TOKEN"  # noqa: S105  the name of the variable
_TITLE = "not told"


@click.command("notify")
@click.option(
    "--from",
    "source",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The records of 'cuebook ci publish'; default: {STAGED}/ in the output folder.",
)
@workspace_option
def command(workspace: Workspace, source: Path | None) -> None:
    """Tell the repositories in the settings which aliases a publication moved.

    Sends each of [notify] repositories the event cuebook-alias-moved, with the token in
    CUEBOOK_DISPATCH_TOKEN, which needs contents: write there. A failure is a
    warning: the publication is done. Example: cuebook ci notify
    """
    names = workspace.config.notify.repositories
    moves = list(_moves(workspace, source or workspace.output.folder(STAGED))) if names else []
    if not moves:
        say("there is no repository to notify" if not names else "no alias moved")
        return
    # A token of its own, as that of the workflow reaches no other repository.
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        _event.warn(
            _TITLE,
            f"no repository was notified of {_told(moves)}: {TOKEN} is not set in the environment 'notify'",
        )
        return
    try:
        # All of them before the first event is sent: a name that is wrong is told at once.
        clients = {name: from_environment(name, token) for name in names}
    except UsageError as error:
        _event.warn(_TITLE, error.message)
        return
    failed = list(dispatches.tell(clients, moves, workspace.config.site_url.rstrip("/")))
    for name, what in failed:
        _event.warn(_TITLE, f"{name}: {what}")
    if len({name for name, _ in failed}) < len(names):
        say(
            f"told {plural(len(names), 'repository', 'repositories')} of {_told(moves)}, {len(failed)} failed"
        )


def _told(moves: list[MovedAlias]) -> str:
    return ", ".join(f"{move.prompt}@{move.alias} -> {move.version}" for move in moves)


def _moves(workspace: Workspace, folder: Path) -> Iterator[MovedAlias]:
    """The moves that went live: which ones is read from the records, what they were from Git alone."""
    tree, head = Folder(folder), git.commit_of(workspace.root, "HEAD")
    # Without this record the publication stopped, and nothing went live.
    if tree.read(f"{PUBLISHED}/{head}.json") is None:
        return
    fresh = {key for path in tree.paths(MOVES) if (key := _moved_by(tree.read(path) or b""))}
    registry = workspace.registry
    for name in registry.names():
        pointed = registry.aliases(name)
        seen: set[str] = set()
        for move in workspace.history.moves.get(name, ()):  # newest first
            # Of several moves since the last publication only the last one is live.
            if move.alias in seen or (name, move.alias, move.commit) not in fresh:
                continue
            seen.add(move.alias)
            try:
                version = registry.version(name, move.version) if move.version else None
            except RefError:
                version = None
            # An app that is told looks at once, so it is told of what it will find.
            if version and pointed.get(move.alias) == version.number:
                yield MovedAlias(name, move.alias, version.number, move.previous, version.digest, move.commit)


def _moved_by(data: bytes) -> tuple[str, str, str] | None:
    if len(data) > MAX_RECORD:
        return None
    try:
        found = MoveRecord.model_validate_json(data)
    except ValidationError:
        return None
    return found.prompt, found.alias, found.commit

"""Hand the replies of each shard to the machine that decides, bound to the run and the commit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from cuebook.calls.reply_store import merge_files
from cuebook.cli import _event
from cuebook.cli._shared import say
from cuebook.cli.steps._places import SHARDS
from cuebook.core import git
from cuebook.core.files import write_atomic
from cuebook.core.places import REPLIES
from cuebook.jobs.workspace import Workspace
from cuebook.shapes._base import Shape, encode

MARK = "part.json"


class Part(Shape):
    """Which part of which gate the replies beside this file are of. ``run`` is empty outside GitHub."""

    schema_: Annotated[Literal["cuebook/part/1"], Field(alias="schema")] = "cuebook/part/1"
    run: str
    head: str
    index: Annotated[int, Field(ge=1)]
    count: Annotated[int, Field(ge=1)]


def mark(workspace: Workspace, folder: Path, index: int, count: int) -> None:
    """Record in a folder which shard its replies are."""
    write_atomic(folder / MARK, encode(_part(workspace, index, count)))


def take_parts(workspace: Workspace, count: int) -> int:
    """Take over the replies of the shards of this gate, each once; return how many shards there were.

    What another run or commit left, or nobody who says so, is left out: replies decide, and a contribution
    could bring some. The folder is emptied.
    """
    wanted = {_part(workspace, index, count): index for index in range(1, count + 1)}
    found: dict[int, Path] = {}
    # Sorted, so that the same one of two copies counts on every machine.
    for folder in sorted(workspace.output.folder(SHARDS).glob("*")):
        part = _read(folder)
        # The mark says of which run, commit and part they are; without it anybody's replies would decide.
        if part in wanted and (folder / REPLIES).is_file():
            found.setdefault(wanted[part], folder / REPLIES)
        else:
            say(f"{folder.name}: left out: it does not belong to this run")
    for path, new in merge_files(workspace.replies, list(found.values())):
        say(f"{path.parent.name}: {new} new replies")
    workspace.output.emptied(SHARDS)
    return len(found)


def _part(workspace: Workspace, index: int, count: int) -> Part:
    head = git.commit_of(workspace.root, "HEAD")
    return Part(run=_event.run_id(), head=head, index=index, count=count)


def _read(folder: Path) -> Part | None:
    try:
        return Part.model_validate_json((folder / MARK).read_bytes())
    # No mark, or one that a later release wrote otherwise: either way it is none of this run.
    except (OSError, ValidationError):
        return None

"""Put evidence on the data branch, for good."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import click
from pydantic import ValidationError

from cuebook.cli import _event
from cuebook.cli._shared import say, workspace_option
from cuebook.cli.steps._places import STAGED
from cuebook.core import git, git_branch
from cuebook.core.errors import InvalidFiles, Problem, RefError, UsageError
from cuebook.core.files import Folder
from cuebook.core.shape_errors import first_fault
from cuebook.jobs.nightly import Record
from cuebook.jobs.workspace import Workspace
from cuebook.publish import data_branch
from cuebook.publish.data_branch import (
    BRANCH,
    LIVE,
    MAX_RECORD,
    MAX_VERDICT,
    MOVES,
    NIGHTS,
    PUBLISHED,
    REMOTE,
    TRIED,
    Live,
    MoveRecord,
    Published,
    TriedRecord,
)
from cuebook.shapes._base import encode
from cuebook.shapes.verdict import Verdict

_Record: TypeAlias = Live | MoveRecord | Published | Record | TriedRecord
_SHAPES: dict[str, type[_Record]] = {
    LIVE: Live,
    MOVES: MoveRecord,
    PUBLISHED: Published,
    NIGHTS: Record,
    TRIED: TriedRecord,
}

MOST = 20_000
"""Files of one run that are kept."""


@click.command("keep")
@click.option(
    "--from",
    "source",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Folder to keep; default: {STAGED}/ in the output folder.",
)
@workspace_option
def command(workspace: Workspace, source: Path | None) -> None:
    """Store evidence, and records of what went live, on the branch cuebook-data of 'origin' for good.

    Adds what is missing and changes nothing; stops when there is another verdict for the same digests. If
    GITHUB_TOKEN is set, git uses it, but only for the token's own server. Example: cuebook ci keep
    """
    verdicts, records = _read(source or workspace.output.folder(STAGED))
    # Before anything is written: what is on the branch stays there for good.
    _refuse_foreign(workspace, records.values())
    others = {path: encode(record) for path, record in records.items()}
    written = workspace.ledger.keep(verdicts, others)
    for path in written:
        say(f"kept {path}")
    if not written:
        say(f"{BRANCH} already has all of it")


def _refuse_foreign(workspace: Workspace, records: Iterable[_Record]) -> None:
    """Raise unless what went live was published by a run of this commit, on the default branch.

    Outside GitHub the branch of a run is not known; there, whoever may push to the data branch decides.
    """
    # Records of a night say nothing about what is live.
    live = [record for record in records if not isinstance(record, Record)]
    if not live:
        return
    branch = f"refs/heads/{_event.default_branch() or workspace.config.default_branch}"
    if _event.name() and (_event.name() not in _PUBLISHING or _event.ref() != branch):
        what = f"a run for {_event.name()} on {_event.ref() or 'no branch'} publishes nothing"
        raise UsageError(f"{what}, so it keeps no record of it", f"publish from {branch}")
    git_branch.deepen(workspace.root, REMOTE)
    line = git.first_parents(workspace.root, None)
    problems = [Problem(record.path, 0, _FOREIGN) for record in live if not _is_ours(workspace, record, line)]
    if problems:
        raise InvalidFiles(problems)


_PUBLISHING = ("push", "workflow_dispatch", "schedule", "repository_dispatch")
"""Events whose runs are of a branch's own commit, which no contribution starts or changes."""

_FOREIGN = (
    "the record is not about what this commit or its history holds; "
    "it is written by 'cuebook ci publish' alone"
)


def _is_ours(
    workspace: Workspace, record: Live | MoveRecord | Published | TriedRecord, line: list[str]
) -> bool:
    """Whether a record is about what HEAD holds, and of a commit on its first-parent ``line``, HEAD first."""
    if isinstance(record, Published):
        return record.commit == line[0]
    # Of a prompt that is gone or renamed by now, Git's history is all that is left to ask.
    if isinstance(record, MoveRecord):
        made = (record.alias, record.version, record.commit)
        moves = workspace.history.moves.get(record.prompt, ())
        if not any((move.alias, move.version, move.commit) == made for move in moves):
            return False
    held = [(record.version, record.digest)]
    held += [(record.beside, record.beside_digest)] if isinstance(record, TriedRecord) else []
    return record.commit in line and all(_holds(workspace, record.prompt, *pair) for pair in held)


def _holds(workspace: Workspace, prompt: str, version: int | None, digest: str | None) -> bool:
    """Whether the commit holds a version with this digest; a move to nothing has neither."""
    if version is None:
        return digest is None
    try:
        return workspace.registry.version(prompt, version).digest == digest
    except RefError:
        return False


def _read(folder: Path) -> tuple[list[Verdict], dict[str, _Record]]:
    """Everything below a folder, each where it belongs. Raises InvalidFiles."""
    tree = Folder(folder)
    verdicts: list[Verdict] = []
    records: dict[str, _Record] = {}
    problems = []
    paths = tree.paths()
    if len(paths) > MOST:
        raise InvalidFiles([Problem(paths[MOST], 0, f"there are {len(paths):,} files; {MOST:,} can be kept")])
    for path in paths:
        # Looked at before it is read: the folder may come from another job.
        limit = MAX_RECORD if path.partition("/")[0] in _SHAPES else MAX_VERDICT
        if (size := (folder / path).lstat().st_size) > limit:
            problems.append(Problem(path, 0, f"it has {size:,} bytes; {limit:,} are allowed"))
            continue
        data = tree.read(path) or b""
        try:
            right = _add(path, data, verdicts, records)
        except ValidationError as error:
            problems.append(Problem(path, 0, f"it is not a record: {first_fault(error)}"))
            continue
        # A record says itself where it belongs, so that none can take the place of another.
        if path != right:
            problems.append(
                Problem(path, 0, "its path does not match what the record itself says", f"move it to {right}")
            )
    if problems:
        raise InvalidFiles(problems)
    return verdicts, records


def _add(path: str, data: bytes, verdicts: list[Verdict], records: dict[str, _Record]) -> str:
    """Where a record belongs; it is added to those of its kind. Raises pydantic's ValidationError."""
    kind = path.partition("/")[0]
    if kind in _SHAPES:
        records[path] = _SHAPES[kind].model_validate_json(data, strict=True)
        return records[path].path
    verdict = Verdict.model_validate_json(data, strict=True)
    verdicts.append(verdict)
    return data_branch.path_of(verdict)

"""Put evidence on the data branch, for good."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import ValidationError

from cuebook.cli._shared import workspace_option
from cuebook.cli.steps._places import STAGED
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Folder
from cuebook.jobs.nightly import Record
from cuebook.jobs.workspace import Workspace
from cuebook.publish import data_branch
from cuebook.publish.data_branch import BRANCH, LIVE, NIGHTS, PUBLISHED, Live, Published
from cuebook.shapes.verdict import Verdict

_SHAPES: dict[str, type[Live | Published | Record]] = {LIVE: Live, PUBLISHED: Published, NIGHTS: Record}


@click.command("keep")
@click.option(
    "--from",
    "source",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The folder to keep; {STAGED}/ in the output folder if left out.",
)
@workspace_option
def command(workspace: Workspace, source: Path | None) -> None:
    """Put evidence and what went live on the branch cuebook-data of 'origin', for good.

    Adds what is missing and changes nothing; stops when another verdict stands for the same digests. With
    GITHUB_TOKEN set, git uses it for the server that the token is for. Example: cuebook ci keep
    """
    verdicts, others = _read(source or workspace.output.folder(STAGED))
    written = workspace.ledger.keep(verdicts, others)
    for path in written:
        click.echo(f"kept {path}")
    if not written:
        click.echo(f"{BRANCH} holds all of it already")


def _read(folder: Path) -> tuple[list[Verdict], dict[str, bytes]]:
    """Everything below a folder, each where it belongs. Raises InvalidFiles."""
    tree = Folder(folder)
    verdicts: list[Verdict] = []
    others: dict[str, bytes] = {}
    problems = []
    for path in tree.paths():
        data = tree.read(path) or b""
        try:
            right = _place(path, data, verdicts, others)
        except ValidationError as error:
            problems.append(Problem(path, 0, f"it is no record: {error.errors()[0]['msg']}"))
            continue
        if path != right:
            problems.append(Problem(path, 0, "it does not stand where it belongs", f"it belongs at {right}"))
    if problems:
        raise InvalidFiles(problems)
    return verdicts, others


def _place(path: str, data: bytes, verdicts: list[Verdict], others: dict[str, bytes]) -> str:
    """Where a record belongs; it is added to those of its kind. Raises pydantic's ValidationError."""
    kind = path.partition("/")[0]
    if kind in _SHAPES:
        others[path] = data
        return _SHAPES[kind].model_validate_json(data, strict=True).path
    verdict = Verdict.model_validate_json(data, strict=True)
    verdicts.append(verdict)
    return data_branch.path_of(verdict)

"""Open, update and close an issue for each problem that the nightly run found."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import ValidationError

from cuebook.cli._shared import say, workspace_option
from cuebook.cli.steps._places import NIGHT, NIGHT_FILE
from cuebook.core.errors import InvalidFiles, Problem, UsageError
from cuebook.core.shape_errors import first_fault
from cuebook.github import nightly_issues
from cuebook.github.api import from_environment
from cuebook.jobs.nightly import Night
from cuebook.jobs.workspace import Workspace


@click.command("issues")
@click.option(
    "--from",
    "source",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"What the nightly run found; default: {NIGHT}/{NIGHT_FILE} in the output folder.",
)
@workspace_option
def command(workspace: Workspace, source: Path | None) -> None:
    """Open, update and close an issue for each problem that the nightly run found.

    Example: cuebook ci issues
    """
    path = source or workspace.output.folder(NIGHT) / NIGHT_FILE
    try:
        # Strictly: another job wrote it, and whoever could bend it would open issues here.
        night = Night.model_validate_json(path.read_bytes(), strict=True)
    except FileNotFoundError:
        raise UsageError(f"there is no {path}", "cuebook ci nightly") from None
    except ValidationError as error:
        raise InvalidFiles(
            [Problem(str(path), 0, f"it is not a record of a nightly run: {first_fault(error)}")]
        ) from None
    for line in nightly_issues.tell(from_environment(), night) or ["no issue to change"]:
        say(line)

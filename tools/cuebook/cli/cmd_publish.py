"""Write the JSON that apps fetch; never changes a version that is already published."""

from __future__ import annotations

import click

from cuebook.cli._shared import note, say, workspace_option
from cuebook.jobs.run_all import checked, publish_all
from cuebook.jobs.workspace import Workspace


@click.command("publish")
@workspace_option
def command(workspace: Workspace) -> None:
    """Write the JSON that apps fetch to published/ in the output folder, build/ by default.

    Adds what is missing and stops when a version that the default branch holds would change or vanish;
    others are drafts. Publishing twice writes nothing the second time. Example: cuebook publish
    """
    for warning in checked(workspace):
        note(str(warning))
    summary = publish_all(workspace)
    wrote = f"{len(summary.written)} written, {len(summary.unchanged)} unchanged"
    say(f"JSON {wrote} in {workspace.api}")

"""Look for what goes wrong while nobody changes a file."""

from __future__ import annotations

import click

from cuebook.cli import _event
from cuebook.cli._shared import say, workspace_option
from cuebook.cli.steps._places import NIGHT, NIGHT_FILE, STAGED
from cuebook.core.files import write_atomic
from cuebook.github import policy
from cuebook.jobs import nightly
from cuebook.jobs.workspace import Workspace
from cuebook.shapes._base import encode
from cuebook.wording.elsewhere import not_evaluated_line


@click.command("nightly")
@workspace_option
def command(workspace: Workspace) -> None:
    """Compare production with itself, judges with labels, and the models that reply with those on record.

    In the output folder, what it finds goes to nightly/ for 'cuebook ci issues', and the record of false
    alarms to ledger/ for 'cuebook ci keep'. Finding a problem does not make this command fail.
    Example: cuebook ci nightly
    """
    night = nightly.look(workspace, workspace.ledger.nights(nightly.Record))
    write_atomic(workspace.output.emptied(NIGHT) / NIGHT_FILE, encode(night))
    # Kept whatever it found: false alarms are counted over many nights.
    write_atomic(workspace.output.emptied(STAGED) / night.record.path, encode(night.record))
    lines = [
        f"{run.prompt}/{run.version} against itself on {run.suite}: {run.outcome}"
        for run in night.record.runs
    ]
    for trouble in night.troubles:
        why = f": {not_evaluated_line(trouble.why)}" if trouble.why else ""
        lines.append(f"problem: {trouble.title}{why}")
    lines += [] if night.troubles else ["no problem"]
    for line in lines:
        say(line)
    _event.summarise(policy.summary("", lines))

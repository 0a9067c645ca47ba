"""Evaluate what was merged and publish nothing: the one step before a publication that needs a key."""

from __future__ import annotations

import click

from cuebook.cli import _event
from cuebook.cli._shared import base_option, say, workspace_option
from cuebook.cli.steps._merged import as_merged, ask_who, merged, take_over_evidence
from cuebook.github import policy
from cuebook.jobs.evaluate import judge_each
from cuebook.jobs.moved_judges import measure_moved
from cuebook.jobs.workspace import Workspace
from cuebook.wording.elsewhere import not_evaluated_line


@click.command("evidence")
@base_option
@workspace_option
def command(workspace: Workspace, base: str | None) -> None:
    """Evaluate what was merged; 'cuebook ci publish' then decides on it without a key.

    Verdicts go to the state folder. What cannot be evaluated gives a warning here; the publication stops if
    something depends on it. Example: cuebook ci evidence
    """
    found = merged(workspace, base)
    # First what pull requests found: each verdict that holds saves its calls.
    lines = [*take_over_evidence(workspace, found), *ask_who(workspace, found)]
    held, failed = judge_each(workspace, found.held)
    failed += measure_moved(workspace, found.todo, found.held, found.past)
    # Only after the moves are decided: no change moves an alias by an app that it brings.
    as_merged(workspace)
    record, more = judge_each(workspace, found.record)
    failed += more
    # Comparisons that need one model fail alike, and are told once.
    untold = list(dict.fromkeys(map(not_evaluated_line, failed)))
    for line in untold:
        _event.warn("no evidence", line)
    lines += dict.fromkeys(f"{item.verdict.name}: {item.verdict.outcome}" for item in (*held, *record))
    for line in lines:
        say(line)
    _event.summarise(policy.summary("", [*lines, *untold]))

"""Run every case of a suite, score the answers and show the scores; decides nothing early."""

from __future__ import annotations

import click

from cuebook.cli._choose import chosen
from cuebook.cli._progress import watching
from cuebook.cli._shared import json_option, note, print_json, workspace_option
from cuebook.evaluation import judge_all
from cuebook.reports import render
from cuebook.workspace import Workspace


@click.command("eval", short_help="Run every case, score the answers and show the scores.")
@click.argument("refs", nargs=-1, required=True, metavar="REF...")
@click.option("--suite", help="Only this suite.")
@json_option
@workspace_option
def command(workspace: Workspace, refs: tuple[str, ...], suite: str | None, *, as_json: bool) -> None:
    """Run every case of a suite, score the answers and show the scores.

    Unlike gate it does not stop when the verdict is clear, and always ends with 0. Replies already
    bought are not bought again. Example: cuebook eval qa-assistant/5
    """
    plan = chosen(workspace, refs, None, suite)
    with watching(sum(item.calls() for item in plan.comparisons)) as watch:
        judged = judge_all(workspace, plan.comparisons, watch=watch, every_case=True, fresh=True)
    verdicts = [item.verdict for item in judged]
    if as_json:
        print_json([verdict.model_dump(mode="json", by_alias=True) for verdict in verdicts])
    else:
        click.echo(render("terminal", verdicts), nl=False)
    for line in plan.notes:
        note(line)

"""Run every case of a suite, score the answers and show the scores; decides nothing early."""

from __future__ import annotations

import click

from cuebook.cli._choose import chosen, side_by_side
from cuebook.cli._progress import watching
from cuebook.cli._shared import json_option, note, part, print_json, say, say_made, workspace_option
from cuebook.gate.plan import Plan
from cuebook.jobs.evaluate import Options, fill_all, judge_all
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.workspace import Workspace
from cuebook.reports import render
from cuebook.reports._versions import beside_each_other
from cuebook.wording.elsewhere import not_evaluated_line


@click.command("eval", short_help="Run every case, score the answers and show the scores.")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--base", metavar="REVISION", help="Run what the change since HEAD left this branch needs.")
@click.option("--suite", help="Only this suite.")
@click.option("--shard", metavar="I/N", help="Only collect the replies of shard I of N; compute no verdict.")
@json_option
@workspace_option
def command(
    workspace: Workspace,
    refs: tuple[str, ...],
    base: str | None,
    suite: str | None,
    shard: str | None,
    *,
    as_json: bool,
) -> None:
    """Run every case of a suite, score the answers and show the scores.

    Unlike gate it does not stop when the verdict is clear, and always ends with 0. Replies in the
    store are not asked for again. With --shard several machines share the work: each collects the replies of
    its shard, 'cuebook merge' brings them together, and 'cuebook gate' reads them from the store.
    Several versions of one prompt are shown side by side, compared with the first, for reading only.
    Example: cuebook eval qa-assistant/3 qa-assistant/4 qa-assistant/5
    """
    beside = None if base else side_by_side(workspace, refs, suite)
    plan = beside or chosen(workspace, refs, base, suite)
    if shard is not None:
        _fill(workspace, plan, *part(shard))
        return
    with watching(lambda: expected_calls(workspace, plan.comparisons)) as watch:
        judged = judge_all(workspace, plan.comparisons, watch=watch, options=Options(every_case=True))
    verdicts = [item.verdict for item in judged]
    if as_json:
        print_json([verdict.model_dump(mode="json", by_alias=True) for verdict in verdicts])
    else:
        shown = beside_each_other(verdicts) if beside else render("terminal", verdicts)
        say_made(shown)
    for line in map(not_evaluated_line, plan.nothing):
        note(line)


def _fill(workspace: Workspace, plan: Plan, index: int, count: int) -> None:
    total = sum(item.calls() for item in plan.comparisons) // count
    with watching(lambda: total) as watch:
        calls_made = fill_all(workspace, plan.comparisons, index, count, watch=watch)
    say(f"shard {index} of {count}: {calls_made} calls made, replies kept in {workspace.replies}")

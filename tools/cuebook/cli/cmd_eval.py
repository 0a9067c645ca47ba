"""Run every case of a suite, score the answers and show the scores; decides nothing early."""

from __future__ import annotations

import re
from pathlib import Path

import click

from cuebook.cli._base import change_since
from cuebook.cli._choose import chosen, side_by_side
from cuebook.cli._progress import watching
from cuebook.cli._shared import (
    json_option,
    note,
    part,
    print_json,
    say,
    say_made,
    workspace_option,
    write_out,
)
from cuebook.core.errors import UsageError
from cuebook.core.format import plural
from cuebook.gate.plan import Plan
from cuebook.jobs.evaluate import Judged, Options, fill_all, judge_all
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.workspace import Workspace
from cuebook.registry.answer_files import answer_lines
from cuebook.reports import render
from cuebook.reports._versions import beside_each_other
from cuebook.wording.elsewhere import not_evaluated_line


@click.command("eval")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--base", metavar="REVISION", help="Run only what changed since HEAD left this branch.")
@click.option("--suite", help="Only this suite.")
@click.option("--shard", metavar="I/N", help="Only collect the replies of shard I of N; compute no verdict.")
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the answers of one version on one suite to this file, as JSON Lines.",
)
@json_option
@workspace_option
def command(
    workspace: Workspace,
    refs: tuple[str, ...],
    base: str | None,
    suite: str | None,
    shard: str | None,
    answers: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run every case of a suite, score the answers and show the scores.

    Unlike gate it does not stop when the verdict is clear, and it ends with 0 whatever the scores are.
    Cached replies are not asked for again. With --shard several machines share the work: each collects the
    replies of its shard, 'cuebook merge' brings them together, and 'cuebook gate' reads them from the
    store. Several versions of one prompt are shown side by side, compared with the first, for reading only.
    --answers writes the answers to a file, one JSON object per line; several models get a file each.
    Example: cuebook eval qa-assistant/3 qa-assistant/4 qa-assistant/5
    """
    beside = None if base else side_by_side(workspace, refs, suite)
    before = None
    if base is not None:
        workspace, before = change_since(workspace, base)
    plan = beside or chosen(workspace, refs, before, suite)
    if answers is not None:
        _refuse_several(plan, shard, len(refs))
    if shard is not None:
        index, count = part(shard)
        # About what this shard has of them: the shards share the cases out.
        total = sum(item.calls() for item in plan.comparisons) // count
        with watching(lambda: total) as watch:
            calls_made = fill_all(workspace, plan.comparisons, index, count, watch=watch)
        say(f"shard {index} of {count}: {calls_made} calls made, replies kept in {workspace.replies}")
        return
    with watching(lambda: expected_calls(workspace, plan.comparisons)) as watch:
        judged = judge_all(workspace, plan.comparisons, watch=watch, options=Options(every_case=True))
    verdicts = [item.verdict for item in judged]
    if answers is not None:
        _write(answers, judged[0])
    if as_json:
        print_json([verdict.model_dump(mode="json", by_alias=True) for verdict in verdicts])
    else:
        shown = beside_each_other(verdicts) if beside else render("terminal", verdicts)
        say_made(shown)
    for line in map(not_evaluated_line, plan.nothing):
        note(line)


def _refuse_several(plan: Plan, shard: str | None, refs: int) -> None:
    if shard is not None:
        raise UsageError("--answers needs all cases, but --shard asks only some", "give one of them")
    asked = max(len(plan.comparisons), refs)  # versions side by side are compared with the first
    if asked == 1:
        return
    what = f"--answers writes the answers of one version on one suite; here are {plural(asked, 'comparison')}"
    raise UsageError(what, "cuebook eval NAME/2 --suite SUITE --answers answers.jsonl")


def _write(path: Path, judged: Judged) -> None:
    """The candidate's answers, further runs of protected cases among them, in the order of the dataset.

    Of several models each gets a file of its own: a file holds one answer for each case and repeat.
    """
    comparison = judged.comparison
    for model in comparison.models:
        samples = {item.case.id: item.of_candidate for item in judged.runs if item.model == model}
        lines = [
            line
            for case in comparison.suite.cases
            for line in answer_lines(comparison.candidate, case.id, samples.get(case.id, ()))
        ]
        several = len(comparison.models) > 1
        name = model or comparison.candidate.model
        # A model's id has slashes, which would name folders.
        mine = path.with_suffix(f".{_PLAIN.sub('-', name)}{path.suffix}") if several else path
        write_out(mine, "".join(lines).encode())
        on = f" on {name}" if several else ""
        note(f"wrote {plural(len(lines), 'answer')} of {comparison.candidate.ref}{on} to {mine}")


_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")

"""Score answers that exist already, or compare two files of them as the gate compares versions."""

from __future__ import annotations

from pathlib import Path

import click

from cuebook.cli._choose import refuse_broken
from cuebook.cli._progress import watching
from cuebook.cli._reports import report, report_options, worst
from cuebook.cli._shared import json_option, note, workspace_option
from cuebook.core.format import plural
from cuebook.gate.plan import Plan
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.score import load, score
from cuebook.jobs.workspace import Workspace

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("score")
@click.argument("file", type=_FILE, metavar="ANSWERS")
@click.option("--suite", required=True, help="The suite whose cases are answered, and whose rules decide.")
@click.option("--against", type=_FILE, metavar="FILE", help="Compare with the answers of this file.")
@click.option(
    "--only-given", is_flag=True, help="Leave out cases without an answer instead of scoring them 0."
)
@report_options
@json_option
@workspace_option
def command(
    workspace: Workspace,
    file: Path,
    suite: str,
    against: Path | None,
    formats: tuple[str, ...],
    out: Path | None,
    *,
    only_given: bool,
    as_json: bool,
) -> int:
    """Score existing answers, or compare two files of them.

    ANSWERS is a file of JSON Lines, a JSON list, or CSV with the columns id and output, one answer each;
    'cuebook eval NAME/2 --answers FILE' writes one. Without --against the suite's floors decide; with it,
    the test of 'cuebook gate'. Ends with 0 pass, 1 fail, 3 inconclusive. No model is called except judges.
    Such a verdict promotes nothing, as any program may have written the file. Example: cuebook score
    new.jsonl --against old.jsonl --suite qa-assistant
    """
    given, comparison = load(workspace, suite, file, against, only_given=only_given)
    # The answers are given, but judges may still have to be asked.
    refuse_broken(workspace, Plan((comparison,)))
    with watching(lambda: expected_calls(workspace, [comparison])) as watch:
        verdict, kept = score(workspace, given, comparison, watch)
    for item in given.files:
        # An edit of them there would change nothing, and nobody would see why.
        if item.otherwise:
            number = plural(len(item.otherwise), "case")
            what = f"{number} with other expectations than in the suite; the suite's are used"
            note(f"{given.called(item)}: {what}")
    if only_given:
        whole = len(workspace.registry.suite(suite).cases)
        note(f"on {len(comparison.cases):,} of {plural(whole, 'case')}: those with an answer")
    report([verdict], ("json",) if as_json else formats, out, "score", of_a_change=False)
    note(f"kept in {kept}")
    return worst([verdict])

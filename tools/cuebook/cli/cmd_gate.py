"""Compare versions with production: pass, fail or inconclusive; the exit code follows the verdict."""

from __future__ import annotations

from pathlib import Path

import click

from cuebook.cli._apps import tell_of_apps
from cuebook.cli._base import change_since
from cuebook.cli._choose import against as compared_with
from cuebook.cli._choose import chosen
from cuebook.cli._progress import watching
from cuebook.cli._reports import report, report_options, worst
from cuebook.cli._shared import note, workspace_option
from cuebook.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS, UsageError
from cuebook.jobs.evaluate import Options, judge_all
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.second_rulings import to_accept
from cuebook.jobs.workspace import Workspace
from cuebook.wording.elsewhere import earlier_is_stale, not_evaluated_line


@click.command("gate")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--base", metavar="REVISION", help="Gate only what changed since HEAD left this branch.")
@click.option("--against", metavar="REF", help="Compare with this version instead, for reading only.")
@click.option("--suite", help="Only this suite.")
@click.option("--fresh", is_flag=True, help="Ignore the cached verdict; recompute it from cached replies.")
@click.option(
    "--rerun", is_flag=True, help="Sample again even if a verdict is cached; each rerun halves the error."
)
@report_options
@workspace_option
def command(
    workspace: Workspace,
    refs: tuple[str, ...],
    base: str | None,
    against: str | None,
    suite: str | None,
    formats: tuple[str, ...],
    out: Path | None,
    *,
    fresh: bool,
    rerun: bool,
) -> int:
    """Compare versions with production: pass, fail or inconclusive.

    REF is a version (name/3), an alias (name@staging) or a name, which means its latest version. With neither
    REF nor --base, every version is gated. Ends with 0 pass, 1 fail, 3 inconclusive: the worst of all
    verdicts counts. A version older than the live one is compared with what it replaced, not with production.
    With --against any two versions are compared: such a verdict is not kept and promotes nothing. Example:
    cuebook gate qa-assistant/6 --against 4
    """
    # --base chooses versions itself; the other two are about a kept verdict, and this one is not kept.
    if against is not None and (base is not None or fresh or rerun):
        raise UsageError(
            "--against cannot be combined with --base, --fresh or --rerun",
            "leave them out: a verdict of --against is not kept",
        )
    before = None
    if base is not None:
        workspace, before = change_since(workspace, base)
    plan = (
        chosen(workspace, refs, before, suite)
        if against is None
        else compared_with(workspace, refs, against, suite)
    )
    with watching(lambda: expected_calls(workspace, plan.comparisons)) as watch:
        judged = judge_all(
            workspace, plan.comparisons, watch=watch, options=Options(fresh=fresh, rerun=rerun)
        )
    for item in judged:
        # A verdict that is there and not used would be looked for elsewhere.
        if item.moved:
            note(earlier_is_stale(item.verdict.name, item.moved))
        for text in to_accept(item.comparison, item.verdict):
            note(text)
    tell_of_apps(workspace, [item.suite for item in plan.comparisons], before)
    verdicts = [item.verdict for item in judged]
    report(verdicts, formats, out, "gate", of_a_change=against is None)
    for line in map(not_evaluated_line, plan.nothing):
        note(line)
    # A pass beside something that was not evaluated is none; what was asked for by name has to be there, too.
    missing = any(item.stops for item in plan.nothing) or bool(refs and plan.nothing)
    return worst(verdicts) or (EXIT_INCONCLUSIVE if missing else EXIT_PASS)

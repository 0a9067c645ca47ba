"""Do the whole job: check, evaluate, gate, publish JSON, build the site."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import click

from cuebook import reports
from cuebook.cli._progress import watching
from cuebook.cli._shared import SERVE, note, say, say_made, workspace_option
from cuebook.core.format import plural
from cuebook.gate.plan import plan_record
from cuebook.jobs import run_all
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.workspace import Workspace
from cuebook.wording.elsewhere import not_evaluated_line


@click.command("all")
@workspace_option
def command(workspace: Workspace) -> int:
    """Do the whole job: check, evaluate, gate, publish JSON, build the site.

    Every version of every prompt is compared with the one before it; versions after the live one are compared
    with production. Ends with 0 when every live version passed its gate, 1 when one failed, 3 when one is
    undecided. Versions under trial (try) count as live, other candidates do not. Example: cuebook all
    """
    start = perf_counter()
    # Only warnings are left: an error ends it before anything is asked.
    for problem in run_all.checked(workspace):
        note(str(problem))
    plan = plan_record(workspace.registry, lives=workspace.lives)
    with watching(lambda: expected_calls(workspace, plan.comparisons)) as watch:
        done = run_all.run(workspace, watch=watch, plan=plan)
    # What is live first, as it alone decides how the command ends.
    ordered = run_all.live_first(done.judged)
    # Comparisons that need one model fail alike, and are told once.
    left = list(dict.fromkeys(map(not_evaluated_line, (*done.nothing, *done.failed))))
    if ordered or not left:  # else the lines say why there is no verdict
        say_made(reports.render("table", [item.verdict for item in ordered]))
    for line in left:
        note(line)
    calls_made = sum(item.calls_made for item in done.judged)
    reused = sum(item.reused for item in done.judged)
    made = f"{plural(len(ordered), 'verdict')} ({reused} reused), {plural(calls_made, 'call')}"
    say(f"{made}, {perf_counter() - start:.1f} s")
    wrote = f"{len(done.published.written)} written, {len(done.published.unchanged)} unchanged"
    say(f"JSON {wrote} in {workspace.api}")
    page = Path(workspace.site, "index.html").as_uri()
    say(f"Site {done.site}\n     open {page}\n     {SERVE}")
    return done.exit_code

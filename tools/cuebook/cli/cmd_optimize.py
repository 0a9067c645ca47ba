"""Look for a better wording of a prompt, gate it on cases it was not made from, write it as a version."""

from __future__ import annotations

import click

from cuebook.cli._progress import watching
from cuebook.cli._shared import note, say, workspace_option
from cuebook.cli._words import Amount, WholeNumber
from cuebook.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS, UsageError
from cuebook.core.escape import one_line
from cuebook.core.format import money, plural, points
from cuebook.jobs import optimize
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.optimize import Gated, SearchResult
from cuebook.jobs.optimize_plan import Task, planned
from cuebook.jobs.workspace import Workspace
from cuebook.optimizing.loop import ProposalResult
from cuebook.shapes.verdict import EXIT_CODES
from cuebook.wording.headline import headline
from cuebook.wording.names import prices


@click.command("optimize")
@click.argument("ref", metavar="NAME|REF")
@click.option("--suite", help="The suite whose cases it learns from, if there are several.")
@click.option("--max-usd", type=Amount(), help="The most US dollars, gate included.")
@click.option(
    "--max-answers",
    type=WholeNumber(1),
    default=1_000,
    show_default=True,
    help="The most answers to score before the gate.",
)
@click.option("--reflect-with", metavar="MODEL", help="The model that proposes wordings.")
@click.option(
    "--components",
    metavar="LIST",
    help="Parts that may be rewritten, such as messages[0],tools.look.description.",
)
@click.option("--seed", type=WholeNumber(0), default=0, show_default=True, help="Random seed of the search.")
@click.option("--keep", is_flag=True, help="Keep a version that did not pass in the output folder.")
@workspace_option
def command(
    workspace: Workspace,
    ref: str,
    suite: str | None,
    max_usd: float | None,
    max_answers: int,
    reflect_with: str | None,
    components: str | None,
    seed: int,
    *,
    keep: bool,
) -> int:
    """Search for a better wording of a live version, and gate it on held-out cases.

    GEPA proposes wordings from training cases; validation cases choose among them, and a hash fixes which
    case is which. The best wording is gated once, on the held-out cases and on all together. If it passes,
    it is written as the next version, with its trail; nothing is promoted. After an interruption run it
    again: it resumes from the kept replies. Ends with 0 when a version was written, 1 when the gate fails
    it, 3 when nothing better was found. Example: cuebook optimize qa-assistant --max-usd 5 --reflect-with
    openai/gpt-6-luna
    """
    names = [name.strip() for name in (components or "").split(",") if name.strip()]
    task = planned(workspace, ref, suite=suite, names=names, reflect_with=reflect_with, max_usd=max_usd)
    # With fewer the search would end before its first proposal, and the money for the start would be lost.
    if max_answers < task.least_answers:
        what = f"--max-answers {max_answers:,}: the start and one proposal take {task.least_answers:,}"
        raise UsageError(what, f"allow more: --max-answers {10 * task.least_answers}")
    say(_begun(task, max_usd, max_answers))
    # Said and not refused: what the provider tells of each call is counted all the same.
    if max_usd is not None and task.gate_cost is None:
        note(
            "a model that answers has no known price: --max-usd counts what its provider reports; "
            f"{prices(None)}"
        )
    found = optimize.search(
        workspace,
        task,
        max_usd=max_usd,
        max_answers=max_answers,
        seed=seed,
        tell=lambda step: say(_told(step)),
    )
    trail = found.trail
    answers = f"{plural(trail.answers, 'answer')} scored, {plural(len(trail.tried), 'proposal')}"
    say(f"{answers}, {money(trail.cost_usd)}: {trail.ended}")
    winner = found.winner
    # Inconclusive: not finding a better one is no verdict about the version that is there.
    if winner is None:
        say("nothing better was found: nothing is gated or written")
        return EXIT_INCONCLUSIVE
    with watching(lambda: expected_calls(workspace, task.gated(workspace, winner))) as watch:
        gated = optimize.gate(workspace, found, max_usd, watch)
    return _conclude(workspace, found, gated, keep=keep)


def _begun(task: Task, max_usd: float | None, max_answers: int) -> str:
    shared = task.clusters
    total = shared.train + shared.choose + shared.held_out
    cases = f"{plural(len(task.scoring.cases), 'case')} in {plural(total, 'cluster')}"
    parts = f"{shared.train} to read, {shared.choose} to choose by, {shared.held_out} held out"
    known = "what the gate costs" if task.gate_cost is None else money(task.gate_cost)
    budget = "" if max_usd is None else f"{money(max_usd)}, of which {known} is kept for the gate; "
    most = f"{budget}{max_answers:,} scored answers at most"
    return f"{task.start.ref} on {task.suite.name}: {cases}: {parts}\n{most}"


def _told(step: ProposalResult) -> str:
    tried = step.tried
    cost = f"  {money(step.cost_usd)}" if step.cost_usd else ""
    if step.choose:
        gain = f"{step.choose[0]:.2f} → {step.choose[1]:.2f} on cases that choose"
        return f"{step.number:4}  {tried.became:<10}  {gain}  {one_line(step.new, 80)!r}{cost}"
    why = tried.why or (f"{tried.train[0]:.2f} → {tried.train[1]:.2f} on cases read" if tried.train else "")
    return f"{step.number:4}  {tried.became:<10}  {one_line(why, 200)}{cost}"


def _conclude(workspace: Workspace, found: SearchResult, gated: Gated, *, keep: bool) -> int:
    last = gated.verdicts[-1]
    if not gated.passed:
        # Held-out cases are gated first, and a version that does not pass on them no further.
        which = "held-out cases" if len(gated.verdicts) == 1 else "all cases together"
        say(f"{last.outcome.upper()} on {which}: {headline(last)}")
        if keep:
            say(f"kept {optimize.keep(workspace, found)}")
        note("nothing was written: the best candidate did not pass the gate")
        return EXIT_CODES[last.outcome]
    # Held-out cases come first: the optimiser has read nothing of them.
    held = gated.verdicts[0]
    metric = held.deciding
    gain = f"{points(metric.mean)} [{points(metric.lower)}, {points(metric.upper)}]" if metric else ""
    path, trail = optimize.write(workspace, found, gated)
    say(f"PASS on held-out cases: {gain}, {held.coverage.used} of {held.coverage.cases} asked")
    say(f"wrote {path} and its trail {trail}")
    # The more wordings are tried on the same cases, the likelier one passes by chance.
    if held.attempt:
        say(
            f"other wordings were gated on these cases before: attempt {held.attempt + 1}, {held.error} error"
        )
    name = found.task.start.prompt
    say(f"next: git switch -c optimise-{name} && git add -A && git commit -m '{held.prompt}: optimised'")
    say("then open the pull request: its gate asks everything again, with its own answers")
    return EXIT_PASS

"""Run one step of a workflow: check, evaluate, report or publish a change."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from cuebook import reports, scorers
from cuebook.cli import _event, steps
from cuebook.cli._base import base_of_change
from cuebook.cli._choose import chosen
from cuebook.cli._reports import write_reports
from cuebook.cli._shared import base_option, say, say_made, workspace_option
from cuebook.cli.steps._change import change, earlier_looks
from cuebook.cli.steps._parts import take_parts
from cuebook.cli.steps._places import PUBLISHED
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS, InvalidFiles, ModelError, Problem, UsageError
from cuebook.core.format import plural
from cuebook.core.layout import shown
from cuebook.gate.plan import Plan
from cuebook.github import comment, policy, word_changes
from cuebook.github.run_report import Step, Wording
from cuebook.jobs import promote, run_all, tracked_places
from cuebook.jobs.changes import change_problems
from cuebook.jobs.checking import by_cause, problems_of
from cuebook.jobs.evaluate import Judged, Options, judge_all
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.moved_judges import measure_moved
from cuebook.jobs.second_rulings import to_accept
from cuebook.jobs.workspace import Workspace
from cuebook.registry import overrides
from cuebook.registry.alias_changes import alias_changes
from cuebook.registry.apps import app_changes
from cuebook.registry.reader import Registry
from cuebook.wording.elsewhere import app_changed, not_evaluated_line, scorer_changed
from cuebook.wording.headline import headline


@click.group("ci")
def command() -> None:
    """Run one step of a workflow: check, evaluate, report or publish a change.

    On GitHub the base comes from the event and the report goes to the step summary; anywhere else name the
    base. Example: cuebook ci check --base origin/main
    """


@command.command("check")
@base_option
@workspace_option
def check(workspace: Workspace, base: str | None) -> int:
    """Check the files, evaluate what needs no key, and build the site.

    What needs a model is named and left to the gate. Safe for pull requests from forks.
    Example: cuebook ci check --base origin/main
    """
    revision = base or _event.base()
    before = base_of_change(workspace, revision) if revision else None
    keyless = policy.keyless(workspace, before)  # before anything else: it says whose scorers are run
    # What Git tracks there could be taken for our own state.
    problems = tracked_places.problems(workspace, before.tree if before else None)
    if revision and before is not None:
        problems += tracked_places.hidden(workspace, revision)
        # First what somebody has to answer for: only so many are shown at their lines.
        problems = change_problems(workspace, before) + problems
    problems = by_cause(problems + problems_of(workspace, before))
    # Nothing is evaluated of files that are wrong: an answer to them would say nothing.
    if _show_problems(problems):
        return _refused(workspace, problems)
    # The words of all comparisons are shown, also of those that only the gate can ask.
    whole = chosen(keyless, (), before)
    plan = policy.keyless_part(whole, keyless.config)
    judged = judge_all(keyless, plan.comparisons)
    # Published files never change, so those of an earlier draft would stop the build.
    workspace.output.emptied(PUBLISHED)
    try:
        site = run_all.build_site(workspace, run_all.publish_all(workspace))
    except InvalidFiles as error:
        _show_problems(error.problems)
        return _refused(workspace, error.problems)
    code = _report("check", keyless, before, plan, judged, _words(whole))
    say(str(site))
    return code


def _refused(workspace: Workspace, problems: Sequence[Problem]) -> int:
    """Leave what is wrong where the report on the change finds it; the exit code."""
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    # Emptied, so that no report of an earlier run stands beside the claim.
    out = workspace.output.emptied("check")
    _event.leave_claim(workspace, out, "check", exit_code=EXIT_FAIL, problems=errors)
    return EXIT_FAIL


@command.command("gate")
@click.option(
    "--shards",
    metavar="N",
    help="Number of shards collected by 'cuebook ci buy', below shards/ of the output folder.",
)
@base_option
@workspace_option
def gate(workspace: Workspace, base: str | None, shards: str | None) -> int:
    """Gate a change with the configured models, under the settings from before it.

    A fail stops the merge, an inconclusive verdict stops a promotion only. Reports go to gate/ in the
    output folder. Example: cuebook ci gate --base origin/main
    """
    guarded, before, plan = change(workspace, base, "gate")
    count = _take_shards(guarded, shards)
    try:
        looks = earlier_looks(guarded, plan)
        judged = judge_all(guarded, plan.comparisons, options=Options(processes=count + 1, looks=looks))
    except ModelError as error:
        if _event.reads_log():  # elsewhere the error itself says it, as the last words of the log
            say(policy.error_command(error))
        # The reports are left out, so the summary alone says why there is none.
        _event.summarise(policy.summary("", [error.message, *([error.hint] if error.hint else [])]))
        out = workspace.output.emptied("gate")
        _event.leave_claim(workspace, out, "gate", exit_code=error.exit_code, stop=error)
        raise
    return _report("gate", guarded, before, plan, judged, _words(plan))


def _take_shards(workspace: Workspace, shards: str | None) -> int:
    """Take over the replies that the shards of this gate collected; return how many shards there are."""
    if shards and not re.fullmatch("[0-9]{1,4}", shards):
        raise UsageError(f"{shards!r} is not a number of shards", "cuebook ci gate --shards 4")
    # GitHub passes an empty text where a gate is not shared.
    count = int(shards or 0)
    if not count:
        return 0
    found = take_parts(workspace, count)
    # A machine that failed must not stop the gate: its part is asked for here.
    if found < count:
        say(f"{count - found} of {count} shards left no replies: they are collected here")
    return count


def _words(plan: Plan) -> list[Wording]:
    """What each candidate says otherwise than what it takes the place of; first those that would go live."""
    first = sorted(plan.comparisons, key=lambda item: not item.aliases)
    return word_changes.wordings((item.baseline, item.candidate) for item in first if item.baseline)


def _show_problems(problems: Sequence[Problem]) -> bool:
    """Show problems in the log and at their lines; whether any is an error."""
    for line in policy.commands_for(problems) if _event.reads_log() else map(str, problems):
        say(line)
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = plural(len(problems) - len(errors), "warning")
    say(f"check: {plural(len(errors), 'error')}, {warnings}")
    if errors:
        _event.summarise(policy.summary("", [str(problem) for problem in errors]))
    return bool(errors)


def _report(
    step: Step,
    workspace: Workspace,
    before: Registry | None,
    plan: Plan,
    judged: Sequence[Judged],
    words: Sequence[Wording],
) -> int:
    """Write the reports, tell the log and the summary what they do to the change; the exit code."""
    verdicts = [item.verdict for item in judged]
    out = workspace.output.emptied(step)
    whole = write_reports(out, verdicts)
    past = LiveHistory(workspace, before)
    weighed = policy.effects_of(
        judged, before, workspace.registry, past.versions, workspace.config.protected_aliases, past.tried
    )
    # The check asks no judge, so it cannot say how these stand.
    bare = _bare_moves(workspace, past, plan) if step == "gate" else []
    lines = [
        *_said_first(workspace, before),
        *policy.effect_lines(weighed),
    ]
    lines += [line for item in judged for line in to_accept(item.comparison, item.verdict)]
    # Where an alias moves it is not true that nothing changes, though no versions are compared.
    nothing = [item for item in plan.nothing if not (bare and item.code in {"no_change", "shares_only"})]
    untold = [not_evaluated_line(item) for item in nothing]
    lines += [f"{item.move}: {item.why}" for item in bare]
    lines += promote.in_a_row(workspace, past) if step == "gate" else []
    if _event.reads_log():
        say_made(reports.render("annotations", verdicts))
    # The summary and the comment have the whole report; the log names it, after the sentence of each verdict.
    reasons = [f"{item.name}: {headline(item)}" for item in verdicts]
    written = [f"report: {whole}"] if verdicts else []
    for line in [*lines, *reasons, *untold, *written]:
        say(line)
    shown = [reports.render("markdown", verdicts)] if verdicts else []
    _event.summarise(policy.summary("\n\n".join([*shown, *comment.worded(words)]), [*lines, *untold]))
    code = policy.exit_code(weighed, nothing) or max((item.exit_code for item in bare), default=EXIT_PASS)
    _event.leave_claim(
        workspace,
        out,
        step,
        exit_code=code,
        lines=lines,
        verdicts=verdicts,
        seconds=[verdict for item in judged for verdict in item.seconds],
        words=words,
        nothing=nothing,
    )
    return code


def _said_first(workspace: Workspace, before: Registry | None) -> list[str]:
    """What a reviewer should look at first: who lets something through, and what asks for less now."""
    if before is None:
        return []
    own = Workspace(workspace.root)  # with the change's own settings: the gate's are those of the base
    paths = own.tree.paths(overrides.FOLDER)
    new = [path for path in paths if own.tree.read(path) != before.tree.read(path)]
    told = [item for item in change_problems(own, before) if item.severity == "warning"]
    scored = [scorer_changed(path, how) for path, how in scorers.own_changes(before.tree, own.tree)]
    suites = [of.suite(name) for of in (before, own.registry) for name in of.suite_names()]
    apps = {suite.target for suite in suites if suite.target}
    scored += [app_changed(name, how) for name, how in app_changes(before.tree, own.tree, apps)]
    return (
        scored
        + [f"new override: {path}" for path in new]
        + [shown(f"{item.file}: {item.message}") for item in told]
    )


def _bare_moves(workspace: Workspace, past: LiveHistory, plan: Plan) -> list[promote.PromotionCheck]:
    """How the aliases stand whose move no verdict can speak for."""
    # A comparison for reading says nothing about a move.
    deciding = [item for item in plan.comparisons if not item.reading_only]
    weighed = {(item.candidate.prompt, item.candidate.number) for item in deciding}
    protected = workspace.config.protected_aliases
    moves = alias_changes(past.before, workspace.registry, protected, past.tried).moved
    for line in measure_moved(workspace, moves, deciding, past):
        say(f"not measured: {line}")
    found = [
        promote.beside_verdicts(workspace, move, past)
        if (move.prompt, move.version) in weighed
        else promote.check_promotion(workspace, move, (), past)
        for move in moves
    ]
    return [item for item in found if item]


for _name, _member in steps.members().items():
    command.add_command(_member, _name)

"""Move every live prompt from one model to another: write the versions, gate them, show what came of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

import click

from cuebook.cli._progress import watching
from cuebook.cli._promote import open_pr_option
from cuebook.cli._reports import worst
from cuebook.cli._shared import note, say, say_made, workspace_option
from cuebook.cli._words import Amount, WholeNumber
from cuebook.core.errors import EXIT_INCONCLUSIVE, EXIT_PASS, UsageError, did_you_mean
from cuebook.core.escape import fence, one_line
from cuebook.core.format import NONE, joined, money, plural, seconds
from cuebook.core.layout import shown, suite_path
from cuebook.gate.users import users
from cuebook.github import pull_request
from cuebook.github.api import from_environment
from cuebook.github.pull_request import Proposal
from cuebook.jobs import migrate
from cuebook.jobs.measure_judges import expected_calls
from cuebook.jobs.migrate import Migrated, MigratedVersion, Migration
from cuebook.jobs.workspace import Workspace
from cuebook.reports._screen import columns, printed, screen
from cuebook.reports._styled import StyledText
from cuebook.reports._words import MARKS, between, held
from cuebook.shapes.ceilings import Ceilings
from cuebook.wording.elsewhere import not_evaluated_line
from cuebook.wording.names import new_version


@click.command("migrate")
@click.option("--from", "old", required=True, metavar="MODEL", help="The model that live versions name.")
@click.option("--to", "new", required=True, metavar="MODEL", help="The model that takes its place.")
@click.option("--no-gate", is_flag=True, help="Only write the versions.")
@click.option("--max-calls", type=WholeNumber(1), help="The most calls for all of them together.")
@click.option(
    "--max-usd",
    type=Amount(),
    help="The most US dollars for all of them together.",
)
@open_pr_option
@workspace_option
def command(
    workspace: Workspace,
    old: str,
    new: str,
    max_calls: int | None,
    max_usd: float | None,
    *,
    no_gate: bool,
    open_pr: bool,
) -> int:
    """Move every live prompt from one model to another: only the model changes, and each is gated.

    Writes the next version of each prompt whose live version names --from; judges are left as they are, and
    aliases are never moved. An interrupted run is resumed. Prints verdict, cost and time per answer, before
    and after; --open-pr proposes those that passed. Ends as 'cuebook gate' does.
    Example: cuebook migrate --from openai/gpt-5-mini --to openai/gpt-6-luna --max-usd 5
    """
    if no_gate and open_pr:
        raise UsageError(
            "--open-pr proposes what has passed, and --no-gate evaluates nothing", "leave one out"
        )
    plan = migrate.planned(workspace, old, new, here=not no_gate)
    if not plan.moved and plan.judges:
        cure = new_version(plan.judges[0].partition("/")[0])
        raise UsageError(f"only judges name {old}, and judges are not migrated: {joined(plan.judges)}", cure)
    if not plan.moved:
        # Models that anything here names: one of them is what was meant. Settings may ask others for them.
        refs = chain(*users(workspace.registry, workspace.config).values())
        known = sorted({workspace.registry.resolve(ref).model for ref in refs})
        raise UsageError(f"no live version names {old}", did_you_mean(old, known))
    _write(workspace, plan)
    for line in _by_hand(workspace, plan, old):
        note(line)
    # The files are new: what was read of the folder before does not hold them.
    workspace = Workspace(workspace.root)
    wrong = migrate.problems(workspace, plan.moved)
    for ref in sorted(wrong):
        for problem in wrong[ref]:
            note(str(problem))
        # The others go on: a text that check refuses today is no fault of theirs.
        note(f"{ref} is not gated: edit it, then: cuebook check && cuebook gate {ref}")
    able = [item for item in plan.moved if item.ref not in wrong]
    if no_gate:
        if able:
            say(f"then: cuebook check && cuebook gate {' '.join(item.ref for item in able)}")
        return EXIT_INCONCLUSIVE if wrong else EXIT_PASS
    most = Ceilings(max_usd, None, max_calls, "the options of this command")
    with watching(lambda: expected_calls(workspace, migrate.comparisons(workspace, able))) as watch:
        gated = list(migrate.gate(workspace, able, most, watch))
    say_made(_table(gated))
    if open_pr:
        _propose(workspace, able, gated, old, new)
    missing = [item.exit_code for item in gated if item.verdict is None]
    missing += [EXIT_INCONCLUSIVE] if wrong else []
    return worst([item.verdict for item in gated if item.verdict]) or max(missing, default=EXIT_PASS)


def _write(workspace: Workspace, plan: Migration) -> None:
    for item in plan.moved:
        if item.data is None:
            say(f"{item.ref} already exists, from v{item.start.number}")
        else:
            say(f"wrote {workspace.write(item.path, item.data)}, from v{item.start.number}")


def _by_hand(workspace: Workspace, plan: Migration, old: str) -> list[str]:
    """Where else the model is named: what measures, and settings, are never changed together with prompts."""
    lines = [f"{ref} judges and is left: {new_version(ref.partition('/')[0])}" for ref in plan.judges]
    for name in workspace.registry.suite_names():
        suite = workspace.registry.suite(name)
        if old in suite.models:
            file = shown(suite_path(name))
            lines.append(f"{file} names {old} under models: edit it in a change of its own")
    named = [key for key in ("model", "judge_model") if getattr(workspace.config, key) == old]
    return lines + [f'the settings name it: {key} = "{old}"; edit that by itself' for key in named]


def _table(gated: Sequence[Migrated]) -> str:
    heads = ("version", "suite", "verdict", "change", "interval", "a case costs", "and takes")
    rows = [[StyledText(words, "bold") for words in heads], *map(_row, gated)]
    to = screen()
    lines = columns(rows, right=(3, 4))
    whys = [StyledText(one_line(not_evaluated_line(item.why), 400)) for item in gated if item.why]
    calls = sum(item.calls for item in gated)
    return printed([*lines, *whys, StyledText(f"{plural(calls, 'call')} made", "dim")], to)


def _row(item: Migrated) -> list[StyledText]:
    first = [item.comparison.candidate.ref, item.comparison.suite.name]
    if (verdict := item.verdict) is None:
        return list(map(StyledText, (*first, "not gated", NONE, NONE, NONE, NONE)))
    metric = verdict.deciding
    outcome = f"{MARKS[verdict.outcome]} {verdict.outcome}"
    # What an answer costs and how long it takes, before and after.
    sides = [side for side in (verdict.baseline_spending, verdict.candidate_spending) if side]
    cost = " → ".join(money(side.cost_usd) for side in sides)
    time = " → ".join(seconds(side.seconds) for side in sides)
    cells = (outcome, held(verdict)[1], between(metric) if metric else NONE, cost, time)
    return list(map(StyledText, (*first, *cells)))


def _propose(
    workspace: Workspace, moved: Sequence[MigratedVersion], gated: Sequence[Migrated], old: str, new: str
) -> None:
    """One pull request with the versions that passed on every suite."""
    by_ref: dict[str, list[Migrated]] = {}
    for item in gated:
        by_ref.setdefault(item.comparison.candidate.ref, []).append(item)
    passed = {
        ref
        for ref, items in by_ref.items()
        if all(item.verdict and item.verdict.outcome == "pass" for item in items)
    }
    # On every suite: a version that fails one of several did not pass.
    good = [item for item in moved if item.ref in passed]
    if not good:
        note("no version has passed: no pull request")
        return
    table = _table([one for item in good for one in by_ref[item.ref]])
    files = {item.path: workspace.tree.read(item.path) or b"" for item in good}
    # The live versions that they were made from: evidence beside another text would be about something else.
    starts = {item.start.path: workspace.tree.read(item.start.path) for item in good}
    slug = re.sub(r"[^a-z0-9.]+", "-", new.casefold()).strip("-")[:60]
    proposal = Proposal(
        base=workspace.config.default_branch,
        branch=f"cuebook/migrate-{slug}",
        title=f"Move {plural(len(good), 'prompt')} from {old} to {new}"[:200],
        body="The model alone changes, each from the text of the live version.\n\n"
        f"{fence(table)}\n\n"
        "No alias is moved. Once this is merged, for each: `cuebook promote NAME N`.\n",
        files=files,
        held={**dict.fromkeys(files), **starts},
    )
    opened = pull_request.submit(from_environment(), proposal.below(workspace.folder, workspace.layout))
    say(f"{'updated' if opened.reused else 'opened'} {opened.url}: {plural(len(good), 'version')}")

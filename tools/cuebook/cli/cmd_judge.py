"""Measure a judge against the labels people gave, and show where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from cuebook.cli._progress import counting
from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS, UsageError
from cuebook.core.escape import one_line
from cuebook.core.format import interval, plural, points, ratio, score
from cuebook.core.layout import labels_path, shown, suite_path
from cuebook.core.refs import SCHEME, parse_ref
from cuebook.gate.comparison import judge_of
from cuebook.jobs.measure_judges import JudgeUnderTest, load, measure_all, subject
from cuebook.jobs.moved_judges import scale_for
from cuebook.jobs.workspace import Workspace
from cuebook.judging.agreement import Corrected, corrected_rate
from cuebook.judging.ask import ANSWER, compares
from cuebook.judging.calibration import CalibrationFile, Kappa, Passing
from cuebook.judging.labels import asked_of_labels
from cuebook.judging.people import FEWEST, Between
from cuebook.judging.trust import assess, is_expired
from cuebook.registry.judges import pinned_judges
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Doubt
from cuebook.shapes.run import Version
from cuebook.shapes.suite import Suite
from cuebook.wording.clauses import caution, doubt
from cuebook.wording.datasets import label_line
from cuebook.wording.details import BEYOND, GOOD_ANSWERS, corrected_change
from cuebook.wording.names import kappa_interval
from cuebook.wording.planned import NOBODY_ASKS, JudgeRole, role_line
from cuebook.wording.weak_judges import LITTLE, better_judge, shows_only

SHOWN = 10
"""Disagreements shown in text; JSON has all of them."""


@click.command("judge")
@click.argument("ref")
@click.option("--rerun", is_flag=True, help="Ask again, even if replies are cached.")
# What --rerun was called before; 'gate --fresh' asks nothing again.
@click.option("--fresh", is_flag=True, hidden=True)
@json_option
@workspace_option
def command(workspace: Workspace, ref: str, *, rerun: bool, fresh: bool, as_json: bool) -> int:
    """Measure a judge against the labels people gave: whether it may decide, and where they differ.

    REF is a judge (name/2, name@production), or its name: every version that a suite pins, else the latest.
    Asks the judge about each line of evals/NAME/labels.jsonl as a gate would, and keeps the measurement for
    gates. Nothing is asked twice, unless the measurement is older than a suite allows. Ends with 1 if
    agreement is below a suite's min_kappa. Example: cuebook judge judge-correctness
    """
    subjects = [_subject(workspace, judge) for judge in _chosen(workspace.registry, ref)]
    rerun = rerun or fresh
    unmet = False
    measured = []
    for about in subjects:
        every = map(workspace.registry.suite, workspace.registry.suite_names())
        suites = [suite for suite in every if about.judge.ref in pinned_judges(suite)]
        with counting(about.calls, about.judge.ref) as watch:
            kept = None if rerun else load(workspace, about.judge)
            # Too old for one suite is too old: it is measured once for all of them.
            is_old = kept is not None and any(
                is_expired(kept.measured, suite.gate.judges, workspace.today) for suite in suites
            )
            (file,) = measure_all(workspace, [about], afresh=rerun or is_old, on_progress=watch)
        standings = {
            suite.name: assess(file.facts, about.basis, suite.gate.judges, workspace.today)
            for suite in suites
        }
        doubts = {name: standing.doubt for name, standing in standings.items() if standing.doubt}
        unmet = unmet or bool(doubts)
        said = {name: found.model_dump(exclude_defaults=True) for name, found in doubts.items()}
        measured.append(file.model_dump(mode="json", by_alias=True) | {"doubts": said})
        if not as_json:
            # Whether it may decide comes before all numbers.
            first, *rest = _report(file)
            for line in (first, *_met(file, suites, doubts), *rest, *_said(workspace, file)):
                say(line)
    if as_json:
        print_json(measured)
    return EXIT_FAIL if unmet else EXIT_PASS


def _chosen(registry: Registry, ref: str) -> list[Version]:
    name = ref.removeprefix(SCHEME)
    # One version is meant; a bare name means what suites ask.
    if "/" in name or "@" in name:
        return [registry.resolve(ref)]
    pins = {pin for suite in map(registry.suite, registry.suite_names()) for pin in pinned_judges(suite)}
    mine = sorted(
        number for pin in map(parse_ref, pins) if pin.name == name and (number := pin.version) is not None
    )
    # A judge that no suite pins is measured before one does.
    return [registry.version(name, number) for number in mine or registry.numbers(name)[-1:]]


def _grades(version: Version) -> bool:
    return ANSWER in version.inputs or compares(version)


def _subject(workspace: Workspace, judge: Version) -> JudgeUnderTest:
    labels = workspace.registry.labels(judge.prompt)
    # A file with nulls only is begun and not missing, so it is told by itself.
    if labels.given and not labels.cases:
        what = f"every label of {judge.prompt!r} is null ({len(labels.given):,}): nothing to measure it with"
        raise UsageError(what, f'write what people say in {shown(labels.given[0].path)}: "label": 4')
    if not labels.cases and not _grades(judge):
        names = workspace.registry.names()
        others = [name for name in names if any(map(_grades, workspace.registry.versions(name)))]
        cure = f"cuebook judge {others[0]}" if others else "add one: cuebook init --judge correctness"
        what = f"{judge.ref} is not a judge: it uses neither {{{{answer}}}} nor {{{{first}}}}"
        raise UsageError(what, cure)
    if not labels.cases:
        file = shown(labels_path(judge.prompt))
        label = '"tie"' if compares(judge) else "1"
        raise UsageError(
            f"there are no labels to measure {judge.prompt!r} with: {file} is missing",
            label_line(asked_of_labels(judge), label),
        )
    return subject(workspace, judge, labels, scale_for(workspace.registry, judge))


def _report(file: CalibrationFile) -> Iterator[str]:
    basis = file.basis
    skipped = f" ({file.skipped} skipped by people)" if file.skipped else ""
    yield f"{basis.judge} on {basis.model}: {file.labels} labels{skipped}, measured {file.measured}"
    if file.agreement:
        weighed = " (near misses weigh less)" if basis.scale else ""
        yield f"  agreement     {_kappa(file.agreement)}{weighed}"
    if file.people:
        yield f"  people        {_people(file.people)}"
    if file.passing:
        yield from _passing(file.passing)
    if file.flips is not None and file.ties is not None:
        yield f"  both orders   {file.flips:.0%} flip with the order, {file.ties:.0%} end without a winner"
    if found := file.showing:
        yield _shown(found.share, found.lower, found.upper)
    if found := file.slope:
        yield (
            f"  slope         {_between(found.share, found.lower, found.upper)}: the share of a true "
            "difference in mean grade that its grades show"
        )
    for step in file.steps:
        upper, lower = file.names(step.upper), file.names(step.lower)
        hardly = ": it can hardly tell them apart" if step in file.blind else ""
        yield f"                from {upper} to {lower} it shows {ratio(step.share)}{hardly}"
    if file.unparsable or file.unanswered:
        yield f"  no judgement  {file.unparsable} replies unreadable, {file.unanswered} missing"
    yield from _confusion(file)
    for item in file.beware:
        yield f"  warning: {caution(item)}"
    yield from _disagreements(file)


def _kappa(found: Kappa) -> str:
    bounds = kappa_interval(found.lower, found.upper)
    return (
        f"kappa {ratio(found.kappa)} observed, 90% interval of the smoothed kappa {bounds}; "
        f"raw agreement {found.accuracy:.0%}"
    )


def _people(found: Between) -> str:
    shared = f"{plural(found.answers, 'answer')} labelled by several of {found.people} people"
    if found.kappa is None:
        return f"{shared}: {FEWEST} of the same two tell how far they agree"
    return f"kappa {ratio(found.kappa)} among themselves, which no judge can be expected to exceed; {shared}"


def _passing(found: Passing) -> Iterator[str]:
    yield f"  pass or fail  {_kappa(found)}"
    if found.j is None or found.sensitivity is None or found.specificity is None:
        yield "  J             unknown: people passed all of the answers, or none"
        return
    yield (
        f"                passes {found.sensitivity:.0%} of {found.good} good answers, "
        f"fails {found.specificity:.0%} of {found.bad} bad ones (add-one smoothing)"
    )
    yield _shown(found.j, found.j_lower or 0.0, found.j_upper or 0.0)


def _shown(share: float, lower: float, upper: float) -> str:
    return (
        f"  J             {_between(share, lower, upper)}: the share of a true difference that its "
        "verdicts show"
    )


def _between(value: float, lower: float, upper: float) -> str:
    return f"{ratio(value)} [{ratio(lower)}, {ratio(upper)}]"


def _confusion(file: CalibrationFile) -> Iterator[str]:
    width = max(6, *map(len, file.categories))
    yield "  people \\ judge" + "".join(f"{name:>{width + 1}}" for name in file.categories)
    for name, row in zip(file.categories, file.confusion, strict=True):
        yield f"  {name:>14}" + "".join(f"{count or '.':>{width + 1}}" for count in row)


def _disagreements(file: CalibrationFile) -> Iterator[str]:
    if not file.disagreements:
        return
    count = len(file.disagreements)
    more = f", the first {SHOWN} (--json has all)" if count > SHOWN else ""
    yield f"  {plural(count, 'disagreement')}, the widest apart first{more}"
    for item in file.disagreements[:SHOWN]:
        said = f"{item.score:g}" if isinstance(item.score, float) else item.score
        yield f"    {item.id}: people {item.label}, judge {said}"
        if item.note:
            yield f"      people: {one_line(item.note, 160)}"
        if item.reason:
            yield f"      judge:  {one_line(item.reason, 160)}"


def _said(workspace: Workspace, file: CalibrationFile) -> Iterator[str]:
    """What it said in verdicts that rest on this measurement, and what is true behind that."""
    judge = file.passing.corrects if file.passing else None
    found = [
        (verdict, state.passing)
        for verdict in workspace.evidence.all()
        for state in verdict.judges
        if judge and state.passing and state.bound_to == file.basis.key
    ]
    if not judge or not found:
        return
    yield f"  in verdicts   {GOOD_ANSWERS}, as judged -> corrected for its errors, in % [95 % interval]"
    for verdict, seen in found:
        old, new = (corrected_rate(rate, seen.pairs, judge) for rate in (seen.baseline, seen.candidate))
        yield f"    {verdict.prompt}/{verdict.candidate.version} on {verdict.suite}, {seen.pairs} pairs"
        yield f"      before  {_corrected(seen.baseline, *old)}"
        yield f"      after   {_corrected(seen.candidate, *new)}"
        before = f"{points(seen.seen)} {interval(seen.seen_lower, seen.seen_upper)}"
        yield f"      change  {before} -> {corrected_change(seen)}"


def _corrected(seen: float, true: Corrected, beyond: bool) -> str:  # noqa: FBT001
    estimate = BEYOND if beyond else score(true.estimate)
    return f"{score(seen)} -> {estimate} [{score(true.lower)}, {score(true.upper)}]"


def _met(file: CalibrationFile, suites: list[Suite], doubts: Mapping[str, Doubt]) -> Iterator[str]:
    """Whether it may decide, suite by suite: the first that somebody who measures a judge wants to know."""
    if not suites:
        yield f"  {NOBODY_ASKS}"
    for suite in suites:
        labels = [spec.label for spec in suite.scorers if judge_of(spec) == file.basis.judge]
        decides = [label for label in labels if label in suite.gate.metrics]
        # Without a metric it decides nothing, however well it agrees; so that is asked first.
        role: JudgeRole = "agrees" if suite.gate.judges.min_kappa is not None else "asks_nothing"
        found = doubts.get(suite.name)
        role = "no_metric" if not decides else "advises" if found else role
        yield f"  {suite.name}: {role_line(role, labels, doubt(found) if found else '')}"
        least = file.facts.shows
        if decides and not found and least is not None and least < LITTLE:
            rules = shown(suite_path(suite.name))
            cure = better_judge(file.basis.judge.partition("/")[0], decides[0], rules)
            yield f"    but it {shows_only(least)}: {cure}"

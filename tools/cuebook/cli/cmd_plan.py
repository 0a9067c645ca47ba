"""Show what would be evaluated, what it would cost, and whether it can decide anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import click

from cuebook.cli._base import change_since
from cuebook.cli._choose import chosen
from cuebook.cli._missing import keys_needed, plugins_needed
from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.cli._words import WholeNumber
from cuebook.core.format import money, plural
from cuebook.gate.comparison import Comparison, kind_of
from cuebook.gate.cost import expected_cost, expected_tokens
from cuebook.gate.power import power, protected_alarm
from cuebook.gate.prepared import Prepared
from cuebook.gate.sample_size import PRIOR_SD, with_prior
from cuebook.jobs import measure_judges
from cuebook.jobs.workspace import Workspace
from cuebook.shapes._units import units_among
from cuebook.shapes.cause import Doubt
from cuebook.shapes.power import Power, ProtectedAlarm
from cuebook.shapes.verdict import MetricResult, Verdict
from cuebook.wording.clauses import NO_FLOOR, doubt
from cuebook.wording.elsewhere import not_evaluated_line, will_need
from cuebook.wording.planned import only_advises, pass_alone, planned
from cuebook.wording.power import can_decide, expects_false_alarms, proposal


@click.command("plan")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--base", metavar="REVISION", help="Plan for the changes since HEAD left this branch.")
@click.option("--suite", help="Only this suite.")
@click.option(
    "--shards", type=WholeNumber(1, 256), help="Also list this many shards for 'cuebook eval --shard'."
)
@json_option
@workspace_option
def command(
    workspace: Workspace,
    refs: tuple[str, ...],
    base: str | None,
    suite: str | None,
    shards: int | None,
    *,
    as_json: bool,
) -> None:
    """Show what would be evaluated, what it would cost, and whether it can decide anything.

    REF is name/3, name@staging, or a bare name, which means its latest version. Nothing is spent. Example:
    cuebook plan qa-assistant/5, or cuebook plan --base origin/main
    """
    before = None
    if base is not None:
        workspace, before = change_since(workspace, base)
    plan = chosen(workspace, refs, before, suite)
    known = [measure_judges.with_judge_facts(workspace, comparison) for comparison in plan.comparisons]
    rows = [_row(workspace, comparison) for comparison in known]
    pending = measure_judges.pending(workspace, known)
    needs = [*plugins_needed(workspace, known), *keys_needed(workspace, known)]
    notes = [*map(not_evaluated_line, plan.nothing), *map(will_need, needs)]
    if as_json:
        parts = [f"{index}/{shards}" for index in range(1, shards + 1)] if shards and rows else []
        print_json(
            {
                "schema": "cuebook/plan/1",
                "comparisons": list(map(_as_json, rows)),
                "judges": [
                    {"judge": item.judge.ref, "labels": len(item.labels.cases), "calls": item.calls}
                    for item in pending
                ],
                "shards": parts,
                "nothing": [item.model_dump(exclude_defaults=True) for item in plan.nothing],
                "needs": [item.model_dump(exclude_defaults=True) for item in needs],
                "notes": notes,
            }
        )
        return
    for row in rows:
        for line in _lines(row):
            say(line)
    for item in pending:
        labels = plural(len(item.labels.cases), "label")
        say(f"{item.judge.ref} is measured first, against {labels}: {plural(item.calls, 'call')}")
    for note in notes:
        say(note)


class _Row(NamedTuple):
    """What a comparison would take, and what can be decided: ``doubts`` are of metrics that only advise."""

    comparison: Prepared
    tokens: int | None
    cost: float | None
    able: Sequence[Power]
    alarm: ProtectedAlarm | None
    doubts: Mapping[str, Doubt]

    @property
    def needed(self) -> int:
        """How many cases are enough for all deciding metrics together."""
        return max((item.needed for item in self.able), default=0)

    @property
    def proposal(self) -> str:
        """What would let too few cases decide; empty where they are enough."""
        return proposal(self.able, self.comparison.suite)

    @property
    def sentences(self) -> list[str]:
        """What can be decided, a line for each deciding metric."""
        return list(map(can_decide, self.able))

    @property
    def alone(self) -> int | None:
        """How many cases the version was not made from; None where it was made from none."""
        seconds = self.comparison.seconds
        return next((len(item.comparison.cases) for item in seconds if item.why == "held_out"), None)

    @property
    def advisory(self) -> list[str]:
        """The metrics that will decide nothing, a line for each."""
        return [only_advises(label, doubt(found)) for label, found in self.doubts.items()]


def _row(workspace: Workspace, comparison: Prepared) -> _Row:
    digest = comparison.baseline.digest if comparison.baseline else None
    # What is known of false alarms is from a run beside the same baseline.
    same = [verdict for verdict in _earlier(workspace, comparison) if verdict.digests.baseline == digest]
    return _Row(
        comparison,
        # An app may ask its model whatever it likes.
        None if comparison.suite.target else expected_tokens(comparison),
        expected_cost(comparison, workspace.config),
        power(comparison, spreads(workspace, comparison)),
        protected_alarm(comparison, same[-1]) if digest and same else None,
        _doubts(comparison),
    )


def _lines(row: _Row) -> Iterator[str]:
    """What a comparison would take, and whether that can decide anything."""
    of = row.comparison
    baseline = of.baseline.number if of.baseline else None
    about = (of.candidate.number, baseline, of.suite.name, of.suite.target or None, of.reason)
    yield planned(of.candidate.ref, *about)
    cost = "cost unknown" if row.cost is None else money(row.cost)
    calls = f"{plural(len(of.cases), 'case')}, at most {plural(of.calls(), 'call')}"
    # How often a model calls a tool is known only when it has answered.
    if of.may_take_more:
        calls += " and one more for each round of tool calls"
    tokens = "" if row.tokens is None else f", about {row.tokens:,} tokens"
    yield f"  {calls}{tokens}, {cost}"
    if not row.able and not baseline:
        yield f"  {NO_FLOOR}"
    for sentence in (*row.sentences, *row.advisory):
        yield f"  {sentence}"
    if len(row.able) > 1:
        units = units_among(of.cases)
        yield f"  {row.needed:,} {units} are enough for all deciding metrics together"
    if row.alone is not None:
        yield f"  {pass_alone(row.alone, len(of.cases))}"
    if row.proposal:
        yield f"  to decide: {row.proposal}"
    if row.alarm:
        yield f"  {expects_false_alarms(row.alarm)}"


def _as_json(row: _Row) -> dict[str, Any]:
    """The facts for programs; ``power``, ``proposal``, ``protected`` and ``advisory`` say them in words."""
    of = row.comparison
    return {
        "prompt": of.candidate.prompt,
        "candidate": of.candidate.number,
        "baseline": of.baseline.number if of.baseline else None,
        "suite": of.suite.name,
        "target": of.suite.target or None,
        "reason": of.reason,
        "cases": len(of.cases),
        "alone": row.alone,
        "left_out": of.left_out,
        "calls": of.calls(),
        "may_take_more": of.may_take_more,
        "tokens": row.tokens,
        "cost_usd": row.cost,
        "units": units_among(of.cases),
        "needed": row.needed,
        "metrics": [asdict(item) | {"enough": item.enough, "proposed": item.proposed} for item in row.able],
        "margins": {item.label: item.proposed for item in row.able},
        "alarm": asdict(row.alarm) if row.alarm else None,
        "doubts": {label: found.model_dump(exclude_defaults=True) for label, found in row.doubts.items()},
        "power": row.sentences,
        "proposal": row.proposal,
        "protected": expects_false_alarms(row.alarm) if row.alarm else "",
        "advisory": row.advisory,
    }


def _doubts(comparison: Prepared) -> dict[str, Doubt]:
    """Why metrics will decide nothing; a judge that is measured first may yet."""
    doubted = comparison.doubted
    return {
        spec.label: found
        for spec in comparison.judging
        if (found := doubted.get(spec.label))
        and (comparison.trust[spec.label].facts or not comparison.labels_of(spec).cases)
    }


def spreads(workspace: Workspace, comparison: Comparison) -> dict[str, float]:
    """Return the spread of each metric between the two most alike versions ever compared on the suite.

    The question is whether an equally good version could pass, so that pair is the one to reckon with.
    """
    likest: dict[str, MetricResult] = {}
    for verdict in _earlier(workspace, comparison):
        for metric in verdict.metrics:
            best = likest.get(metric.label)
            if metric.kind != "difference" or not metric.used:
                continue
            if best is None or abs(metric.mean) < abs(best.mean):
                likest[metric.label] = metric
    return {label: sd for label, metric in likest.items() if (sd := _sd(comparison, metric)) is not None}


def _sd(comparison: Comparison, metric: MetricResult) -> float | None:
    """The spread a verdict found; records of earlier releases have it without the one usual for its kind."""
    if metric.sd is None or metric.error is not None:
        return metric.sd
    return with_prior(PRIOR_SD[kind_of(comparison.suite, metric.label)], metric.sd, metric.used)


def _earlier(workspace: Workspace, comparison: Comparison) -> list[Verdict]:
    numbers = workspace.registry.numbers(comparison.candidate.prompt)
    stored = (
        workspace.evidence.load(comparison.candidate.prompt, number, comparison.suite.name)
        for number in numbers
    )
    return [verdict for verdict in stored if verdict is not None]

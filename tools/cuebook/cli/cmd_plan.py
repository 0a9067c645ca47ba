"""Show what would be evaluated, what it would cost, and whether it can decide anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

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
from cuebook.shapes.verdict import MetricResult, Verdict
from cuebook.wording.clauses import NO_FLOOR, doubt
from cuebook.wording.elsewhere import not_evaluated_line
from cuebook.wording.planned import only_advises, planned
from cuebook.wording.power import can_decide, proposal


@click.command("plan")
@click.argument("refs", nargs=-1, metavar="[REF]...")
@click.option("--base", metavar="REVISION", help="Plan for the change since HEAD left this branch.")
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
    plan = chosen(workspace, refs, base, suite)
    known = [measure_judges.with_judge_facts(workspace, comparison) for comparison in plan.comparisons]
    rows = [_row(workspace, comparison) for comparison in known]
    judges: list[dict[str, Any]] = [
        {"judge": item.judge.ref, "labels": len(item.labels.cases), "calls": item.calls}
        for item in measure_judges.pending(workspace, known)
    ]
    # A model without its plug-in or its key is told now: the gate would stop before its first call.
    notes = list(map(not_evaluated_line, plan.nothing))
    notes += [*plugins_needed(workspace, known), *keys_needed(workspace, known)]
    if as_json:
        parts = [f"{index}/{shards}" for index in range(1, shards + 1)] if shards and rows else []
        print_json(
            {
                "schema": "cuebook/plan/1",
                "comparisons": rows,
                "judges": judges,
                "shards": parts,
                "notes": notes,
            }
        )
        return
    for row in rows:
        for line in _lines(row):
            say(line)
    for item in judges:
        labels = plural(item["labels"], "label")
        say(f"{item['judge']} is measured first, against {labels}: {plural(item['calls'], 'call')}")
    for note in notes:
        say(note)


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    """What a comparison would take, and whether that can decide anything."""
    ref = f"{row['prompt']}/{row['candidate']}"
    about = (row["candidate"], row["baseline"], row["suite"], row["target"], row["reason"])
    yield planned(ref, *about)
    cost = "cost unknown" if row["cost_usd"] is None else money(row["cost_usd"])
    calls = f"{plural(row['cases'], 'case')}, at most {plural(row['calls'], 'call')}"
    # How often a model calls a tool is known only when it has answered.
    if row["may_take_more"]:
        calls += " and one more for each round of tool calls"
    tokens = "" if row["tokens"] is None else f", about {row['tokens']:,} tokens"
    yield f"  {calls}{tokens}, {cost}"
    if not row["power"] and not row["baseline"]:
        yield f"  {NO_FLOOR}"
    for sentence in (*row["power"], *row["advisory"]):
        yield f"  {sentence}"
    if len(row["power"]) > 1:
        yield f"  {row['needed']:,} {row['units']} are enough for all deciding metrics together"
    if row["proposal"]:
        yield f"  to decide: {row['proposal']}"
    if row["protected"]:
        yield f"  {row['protected']}"


def _row(workspace: Workspace, comparison: Prepared) -> dict[str, Any]:
    able = power(comparison, spreads(workspace, comparison))
    digest = comparison.baseline.digest if comparison.baseline else None
    # What is known of false alarms is from a run beside the same baseline.
    same = [verdict for verdict in _earlier(workspace, comparison) if verdict.digests.baseline == digest]
    return {
        "prompt": comparison.candidate.prompt,
        "candidate": comparison.candidate.number,
        "baseline": comparison.baseline.number if comparison.baseline else None,
        "suite": comparison.suite.name,
        "target": comparison.suite.target or None,
        "reason": comparison.reason,
        "cases": len(comparison.cases),
        "left_out": comparison.left_out,
        "calls": comparison.calls(),
        "may_take_more": comparison.may_take_more,
        # An app may ask its model whatever it likes.
        "tokens": None if comparison.suite.target else expected_tokens(comparison),
        "cost_usd": expected_cost(comparison, workspace.config),
        "power": list(map(can_decide, able)),
        "units": units_among(comparison.cases),
        "needed": max((item.needed for item in able), default=0),
        "margins": {item.label: item.proposed for item in able},
        "proposal": proposal(able, comparison.suite),
        "protected": protected_alarm(comparison, same[-1]) if digest and same else "",
        "advisory": _advisory(comparison),
    }


def _advisory(comparison: Prepared) -> list[str]:
    """Metrics that will decide nothing; a judge that is measured first may yet."""
    doubted = comparison.doubted
    return [
        only_advises(spec.label, doubt(found))
        for spec in comparison.judging
        if (found := doubted.get(spec.label))
        and (comparison.trust[spec.label].facts or not comparison.labels_of(spec).cases)
    ]


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

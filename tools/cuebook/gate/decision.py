"""The gate: what was measured, by the rules fixed beforehand, makes pass, fail or inconclusive.

Pure. Several metrics or models: fail if any rejects at alpha / M, pass only if each passes at full
alpha. A floor is one more test that can fail. A protected case may not break. Nothing is dropped by
its outcome, and more than 5 % dropped decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import stdev
from typing import Literal

from cuebook.core.format import plural
from cuebook.core.text import word_count
from cuebook.gate import sequential_test
from cuebook.gate.prepared import Prepared
from cuebook.shapes.run import Canary, CaseRun, MetricRule, Sample
from cuebook.shapes.verdict import LimitResult, MetricResult, Outcome, Protected

MAX_DROPPED = 0.05
"""Share of the cases used that may lack a score before nothing can be concluded."""


@dataclass(frozen=True, slots=True)
class GateDecision:
    """What the rules say of the cases run so far. ``reasons`` name what decided, most important first."""

    outcome: Outcome
    metrics: list[MetricResult]
    protected: Protected | None
    dropped: int
    reasons: list[str]
    limits: list[LimitResult]


def value_of(samples: Sequence[Sample], label: str) -> float | None:
    """Mean over a case's repeats on [0, 1]; None when no repeat has a score, so that the pair is dropped.

    An answer missing through the prompt's own fault counts 0; one missing through the provider's, or
    a judgement that failed, counts nothing.
    """
    values = [value for sample in samples if (value := _one(sample, label)) is not None]
    return sum(values) / len(values) if values else None


def _one(sample: Sample, label: str) -> float | None:
    if sample.failure is not None:
        return 0.0 if sample.failure.kind == "candidate" else None
    score = sample.scores.get(label)
    return score.value if score is not None and score.state == "measured" else None


@dataclass(frozen=True, slots=True)
class _Observed:
    """One metric on one model: values of the applicable cases, clusters averaged, in the fixed order."""

    differences: list[float]
    candidate: list[float]
    baseline: list[float]
    cases: int
    dropped: int

    @property
    def too_thin(self) -> bool:
        """Whether more pairs lack a score than may."""
        return self.dropped > MAX_DROPPED * self.cases


def _observe(comparison: Prepared, runs: Sequence[CaseRun], label: str) -> _Observed:
    old: list[list[float]] = []
    new: list[list[float]] = []
    clusters: list[str] = []
    dropped = 0
    for item in runs:
        if not comparison.applies(label, item.case):
            continue
        candidate = value_of(item.candidate, label)
        baseline = (
            0.0 if label in comparison.paired or not comparison.baseline else value_of(item.baseline, label)
        )
        if candidate is None or baseline is None:
            dropped += 1
            continue
        old.append([baseline])
        new.append([candidate])
        clusters.append(item.case.unit)
    zero = [[0.0]] * len(old)
    return _Observed(
        sequential_test.paired_differences(old, new, clusters),
        sequential_test.paired_differences(zero, new, clusters),
        sequential_test.paired_differences(zero, old, clusters),
        len(old) + dropped,
        dropped,
    )


def find(
    comparison: Prepared, runs: Sequence[CaseRun], *, batch: int | None = None, interval: bool = True
) -> GateDecision:
    """What the rules say of these case runs (in the fixed order, all models of a case together).

    ``batch`` is the number of cases between two looks, as the runner used it. A look that only asks for
    the outcome does without the ``interval``, which is most of the work.
    """
    comparison = comparison.without_void_judges(runs)
    reached = _reached(comparison, runs)
    metrics: list[MetricResult] = []
    thinnest: _Observed | None = None
    tests = _test_count(comparison)
    alpha = sequential_test.ALPHA / 2**comparison.attempt
    for model in comparison.models:
        mine = [item for item in reached if item.model == model]
        for label, rule in comparison.suite.gate.metrics.items():
            if label in comparison.void:
                continue
            seen = _observe(comparison, mine, label)
            if not comparison.advises(label) and seen.dropped > (thinnest.dropped if thinnest else 0):
                thinnest = seen
            decide = partial(
                sequential_test.decide,
                alpha_fail=alpha / tests,
                alpha_pass=alpha,
                planned=comparison.planned(label),
                batch=batch or comparison.batch(0),
                interval=interval,
            )
            metrics += _tests(comparison, label, rule, model or comparison.candidate.model, seen, decide)
    return _conclude(comparison, runs, metrics, thinnest, reached)


def _reached(comparison: Prepared, runs: Sequence[CaseRun]) -> list[CaseRun]:
    """The runs up to the first gap in the fixed order: protected cases run ahead of turn do not count.

    Nor does a cluster of which cases are still to come: its mean is one observation, made once.
    """
    order = {case.id: index for index, case in enumerate(comparison.cases)}
    width = len(comparison.models)
    reached = [item for place, item in enumerate(runs) if order.get(item.case.id) == place // width]
    after = comparison.cases[len(reached) // width :]
    unfinished = after[0].cluster if after else None
    return [item for item in reached if unfinished is None or item.case.cluster != unfinished]


def _test_count(comparison: Prepared) -> int:
    """How many tests can fail: metrics that decide and floors, times models."""
    rules = [comparison.suite.gate.metrics[label] for label in comparison.deciders]
    floors = sum(rule.floor is not None for rule in rules)
    return len(comparison.models) * (floors + (len(rules) if comparison.baseline else 0)) or 1


def _tests(
    comparison: Prepared,
    label: str,
    rule: MetricRule,
    model: str,
    seen: _Observed,
    decide: Callable[..., sequential_test.Decision],
) -> list[MetricResult]:
    """The tests of one metric on one model: against the baseline, against the floor."""
    kinds: list[tuple[Literal["difference", "floor"], list[float], float, float]] = []
    margin = comparison.margin(label)
    if comparison.baseline:
        kinds.append(("difference", seen.differences, margin, margin))
    if rule.floor is not None:
        kinds.append(("floor", [value - rule.floor for value in seen.candidate], rule.floor, rule.margin))
    paired = label in comparison.paired
    results = []
    for kind, values, bound, accepted in kinds:
        decision = decide(values, margin=accepted)
        results.append(
            MetricResult(
                label=label,
                model=model,
                kind=kind,
                outcome=decision.outcome,
                bound=bound,
                used=decision.used,
                planned=comparison.planned(label),
                mean=decision.mean,
                lower=decision.lower,
                upper=decision.upper,
                sd=stdev(values) if len(values) > 1 else None,
                baseline=None if paired or not comparison.baseline else _mean(seen.baseline[: decision.used]),
                candidate=None if paired else _mean(seen.candidate[: decision.used]),
                margin_stated=rule.margin if kind == "difference" and margin != rule.margin else None,
                advisory=comparison.advises(label),
                accepted=accepted if kind == "floor" else None,
            )
        )
    return results


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _conclude(
    comparison: Prepared,
    runs: Sequence[CaseRun],
    metrics: list[MetricResult],
    thinnest: _Observed | None,
    reached: Sequence[CaseRun],
) -> GateDecision:
    protected, unseen = _protected(comparison, runs)
    reasons = []
    outcome: Outcome = _statistical(comparison, [item for item in metrics if not item.advisory])
    if protected and protected.broken:
        outcome = "fail"
        reasons.append(f"{plural(len(protected.broken), 'protected case')} broke: {_some(protected.broken)}")
    elif thinnest and thinnest.too_thin:
        outcome = "inconclusive"
        lack = f"{thinnest.dropped} of {thinnest.cases} cases have no score to compare"
        reasons.append(f"{lack}: too many to conclude anything")
    elif outcome == "pass" and unseen:
        outcome = "inconclusive"
        reasons.append(f"{plural(len(unseen), 'protected case')} could not be scored: {_some(unseen)}")
    outcome = _relied(comparison, runs, outcome, reasons)
    if not metrics and not comparison.void:
        reasons.append("there is no baseline and no floor: nothing to hold this version against")
    elif not reached:
        reasons.append("no case was run")
    limits = _limits(comparison, runs)
    outcome = _limited(outcome, limits, reasons)
    if lost := _unreconciled(comparison, runs):
        outcome = "inconclusive"
        reasons.insert(0, lost)
    dropped = thinnest.dropped if thinnest else 0
    return GateDecision(outcome, metrics, protected, dropped, reasons, limits)


def _relied(comparison: Prepared, runs: Sequence[CaseRun], outcome: Outcome, reasons: list[str]) -> Outcome:
    """The outcome once it is said which judges could not be relied on: a pass without them is none."""
    gating = [label for label in comparison.suite.gate.metrics if not comparison.advises(label)]
    lost = [label for label in gating if label in comparison.void]
    for label in lost:
        names = sorted({canary.name for canary in won(runs, label)})
        what = f"the judge {label} is void for this run: it let a known-bad answer pass ({', '.join(names)})"
        reasons.append(f"{what}; its scores count for nothing")
    if not comparison.deciders:
        doubted = comparison.doubted.items()
        reasons += [f"the judge {label} only advises: {trust.why}" for label, trust in doubted]
    return "inconclusive" if lost and outcome == "pass" else outcome


def won(runs: Sequence[CaseRun], label: str) -> list[Canary]:
    """The canaries that the judge behind a scorer's label let win."""
    return [canary for item in runs for canary in item.canaries if canary.won and canary.label == label]


def _unreconciled(comparison: Prepared, runs: Sequence[CaseRun]) -> str:
    """What does not add up between the samples expected and those observed; empty when all does."""
    known = {case.id for case in comparison.cases}
    seen = Counter((item.case.id, item.model) for item in runs)
    if strange := sorted({name for name, _ in seen} - known):
        return f"cases that are not in the dataset were run: {_some(strange)}"
    wrong = {name for (name, _), count in seen.items() if count > 1}
    wrong |= {name for name, _ in seen if any(seen[name, model] != 1 for model in comparison.models)}
    expected = comparison.suite.repeats
    for item in runs:
        arms = (item.candidate, item.baseline) if comparison.baseline else (item.candidate,)
        if any(len(samples) != expected for samples in arms):
            wrong.add(item.case.id)
    if wrong:
        return f"{plural(len(wrong), 'case')} lack samples or have too many: {_some(sorted(wrong))}"
    return ""


def _limits(comparison: Prepared, runs: Sequence[CaseRun]) -> list[LimitResult]:
    """Each absolute limit against the candidate's mean a case."""
    replies = [sample.reply for item in runs for sample in item.candidate if sample.reply]
    measured: dict[str, list[float | None]] = {
        "cost_usd": [reply.usage.cost_usd for reply in replies],
        "seconds": [reply.seconds for reply in replies],
        "words": [float(word_count(reply.text)) for reply in replies],
    }
    results = []
    for name, limit in comparison.suite.gate.limits.items():
        known = [value for value in measured[name] if value is not None]
        value = sum(known) / len(known) if known and len(known) == len(replies) else None
        outcome = "inconclusive" if value is None else "fail" if value > limit else "pass"
        results.append(
            LimitResult.model_validate({"name": name, "limit": limit, "value": value, "outcome": outcome})
        )
    return results


_UNITS = {"cost_usd": "US dollars", "seconds": "seconds", "words": "words"}


def _limited(outcome: Outcome, limits: Sequence[LimitResult], reasons: list[str]) -> Outcome:
    """The outcome once absolute limits are counted: exceeded is failed, unknown lets nothing pass."""
    for item in limits:
        unit = _UNITS[item.name]
        if item.outcome == "fail":
            reasons.insert(0, f"{item.value:.4g} {unit} a case; the limit is {item.limit:g}")
            outcome = "fail"
        elif item.outcome == "inconclusive" and outcome == "pass":
            reasons.insert(
                0, f"how many {unit} a case takes is unknown, and there is a limit of {item.limit:g}"
            )
            outcome = "inconclusive"
    return outcome


def _statistical(comparison: Prepared, metrics: Sequence[MetricResult]) -> Outcome:
    """Fail if any test fails; pass if every comparison passes (every floor, when nothing is compared)."""
    if any(item.outcome == "fail" for item in metrics):
        return "fail"
    deciding = [item for item in metrics if item.kind == ("difference" if comparison.baseline else "floor")]
    return "pass" if deciding and all(item.outcome == "pass" for item in deciding) else "inconclusive"


def _protected(comparison: Prepared, runs: Sequence[CaseRun]) -> tuple[Protected | None, list[str]]:
    """Which protected cases broke (production passes, the candidate fails twice), and which are unseen."""
    tag = comparison.suite.gate.protected
    if not tag:
        return None, []
    total = {case.id for case in comparison.cases if comparison.is_protected(case)}
    broken: set[str] = set()
    unseen: set[str] = set(total)
    for item in runs:
        if item.case.id not in total:
            continue
        passes = [comparison.passes(sample) for sample in (*item.candidate, *item.confirmations)]
        known = [passed for passed in passes if passed is not None]
        if known:
            unseen.discard(item.case.id)
        before = [comparison.passes(sample) for sample in item.baseline]
        if sequential_test.broken_cases({item.case.id: known})[0] and not (before and not any(before)):
            broken.add(item.case.id)
    return Protected(tag=tag, total=len(total), broken=sorted(broken)), sorted(unseen)


def is_decided(comparison: Prepared, runs: Sequence[CaseRun], *, batch: int | None = None) -> bool:
    """Whether the statistics are decided, so that no further batch is needed."""
    metrics = find(comparison, runs, batch=batch, interval=False).metrics
    if not metrics and comparison.without_void_judges(runs).void:
        return True
    deciding = [item for item in metrics if not item.advisory] or metrics
    return _statistical(comparison, deciding) != "inconclusive"


def _some(ids: Sequence[str]) -> str:
    """The first five ids, and how many more there are."""
    rest = len(ids) - 5
    return ", ".join(ids[:5]) + (f" and {rest} more" if rest > 0 else "")

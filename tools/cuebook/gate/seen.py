"""What the gate's rules look at: each metric's tests, limits, protected cases, made once of the runs.

Pure. The arithmetic is in ``joint_test`` and ``protected``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from cuebook.core.errors import CeilingReached
from cuebook.gate import answers, joint_test, protected
from cuebook.gate.comparison import kind_of
from cuebook.gate.joint_test import JointDecision, Series, SeriesResult, Span
from cuebook.gate.observe import Amounts, Observed, Slots
from cuebook.gate.prepared import Prepared
from cuebook.gate.sample_size import PRIOR_SD, cases_needed, smoothed_sd
from cuebook.shapes.cause import Cause
from cuebook.shapes.run import CaseRun
from cuebook.shapes.verdict import LimitResult, MetricResult, Protected, Unreliable

MANY_MISSING = 0.05
"""Share of unknown scores from which they, not the cases, are the reason that nothing was shown."""


@dataclass(frozen=True)
class _MetricTest:
    """One test of a metric, with what it was made from."""

    label: str
    model: str
    kind: joint_test.SeriesKind
    seen: Observed
    series: Series
    bound: float
    advisory: bool


@dataclass
class Seen:
    """All that the rules look at. With ``advisory`` the tests that only advise decide."""

    comparison: Prepared
    runs: Sequence[CaseRun]
    batch: int
    interval: bool = True
    stopped: CeilingReached | None = None
    advisory: bool = False
    slots: Slots = field(init=False)

    def __post_init__(self) -> None:
        self.slots = Slots(self.comparison, self.runs)

    @property
    def alpha(self) -> float:
        """The error that a side may make."""
        return self.comparison.error

    @cached_property
    def tests(self) -> list[_MetricTest]:
        """Every test of a metric, on each model, whether it decides or advises."""
        comparison = self.comparison
        found = []
        for model in comparison.models:
            for label in comparison.suite.gate.metrics:
                if label not in comparison.void:
                    found += _tests(comparison, self.slots.observe(label, model), label, model)
        return found

    @property
    def deciding(self) -> list[_MetricTest]:
        """The tests that decide."""
        return [test for test in self.tests if test.advisory == self.advisory]

    @cached_property
    def amounts(self) -> dict[str, Amounts]:
        """What was found of that which each limit is set on, by the limit's name."""
        return {
            name: self.slots.limit(name, most) for name, most in self.comparison.suite.gate.limits.items()
        }

    @property
    def _limit_series(self) -> list[Series]:
        return [Series("limit", found.spans, self.slots.planned) for found in self.amounts.values()]

    @cached_property
    def joint(self) -> JointDecision:
        """The test over all that decides, limits last."""
        return self._decide([*(test.series for test in self.deciding), *self._limit_series])

    def _decide(
        self, series: Sequence[Series], *, futility: bool = True, interval: bool | None = None
    ) -> JointDecision:
        return joint_test.decide(
            series,
            looks=self.slots.looks(self.batch),
            planned=self.slots.planned,
            alpha=self.alpha,
            interval=self.interval if interval is None else interval,
            futility=futility,
        )

    @cached_property
    def metrics(self) -> list[MetricResult]:
        """Every test's result; one that only advises is told as if it were alone."""
        results = iter(self.joint.tests)
        found = []
        for test in self.tests:
            # It is no part of the joint test, so it has the whole error and no say in when the run stops.
            alone = test.advisory != self.advisory
            result = self._decide([test.series], futility=False).tests[0] if alone else next(results)
            found.append(_metric(self.comparison, test, result, self.alpha))
        return found

    @cached_property
    def limits(self) -> list[LimitResult]:
        """What was found of each limit."""
        results = self.joint.tests[len(self.deciding) :]  # limits are last in ``joint``
        found = []
        for (name, amounts), result in zip(self.amounts.items(), results, strict=True):
            outcome = "fail" if result.outcome == "fail" else "pass"
            # A limit that was exceeded on what is known stays exceeded, whatever the rest would be.
            if outcome == "pass" and (amounts.mean is None or amounts.unknown > MANY_MISSING):
                outcome = "inconclusive"
            shown = {"name": name, "limit": self.comparison.suite.gate.limits[name]}
            error = self.alpha * result.weight
            found.append(
                LimitResult.model_validate(
                    {
                        **shown,
                        "value": amounts.mean,
                        "outcome": outcome,
                        "error": error,
                        "evidence": result.evidence,
                    }
                )
            )
        return found

    @cached_property
    def _protected(self) -> tuple[Protected | None, list[str]]:
        return _protected(self.comparison, self.runs)

    @property
    def protected(self) -> Protected | None:
        """Which protected cases broke; None where the suite has none."""
        return self._protected[0]

    @property
    def unseen(self) -> list[str]:
        """Protected cases of which it is not known whether they broke."""
        return self._protected[1]

    @cached_property
    def useless(self) -> Cause | None:
        """The arms whose answers are mostly of no use."""
        return answers.useless_arms(self.comparison, self.runs)

    @property
    def thinnest(self) -> Observed | None:
        """The deciding metric with the largest share of unknown scores."""
        return max((test.seen for test in self.deciding), key=lambda seen: seen.share_missing, default=None)

    @property
    def is_kept_by_missing(self) -> bool:
        """Whether the tests would pass, or the run would go on, without the cases that lack a score."""
        # A score that is unknown counts at its worst: without such cases the tests may pass.
        tests = []
        for series in (test.series for test in self.deciding):
            known = [span if span and span[0] == span[1] else None for span in series.spans]
            # Planned are the slots where a test applies, and to those without a score it does no more.
            dropped = known.count(None) - list(series.spans).count(None)
            tests.append(replace(series, spans=known, planned=series.planned - dropped))
        found = self._decide([*tests, *self._limit_series], interval=False)
        return found.outcome == "pass" or (found.how == "incomplete" and self.joint.how == "futility")

    @property
    def passed(self) -> bool:
        """Whether the tests together pass."""
        return self.joint.outcome == "pass"


def _tests(comparison: Prepared, seen: Observed, label: str, model: str) -> list[_MetricTest]:
    """The tests of one metric on one model: against the baseline, against the floor."""
    rule = comparison.suite.gate.metrics[label]
    planned, advisory = comparison.planned(label), comparison.advises(label)
    found = []
    if comparison.baseline:
        margin = comparison.margin(label)
        series = Series("difference", seen.differences, planned, margin)
        found.append(_MetricTest(label, model, "difference", seen, series, margin, advisory))
    if rule.floor is not None:
        bar = rule.floor
        above = [None if span is None else (span[0] - bar, span[1] - bar) for span in seen.candidate]
        series = Series("floor", above, planned, rule.margin)
        found.append(_MetricTest(label, model, "floor", seen, series, bar, advisory))
    return found


def _metric(comparison: Prepared, test: _MetricTest, result: SeriesResult, alpha: float) -> MetricResult:
    label, seen, rule = test.label, test.seen, comparison.suite.gate.metrics[test.label]
    used = [index for index, span in enumerate(test.series.spans) if span is not None][: result.used]
    middles = [_middle(test.series.spans[index]) for index in used]
    is_difference = test.kind == "difference"
    both = is_difference and label not in comparison.paired
    # A score is in [0, 1], so a distance to the floor ends there.
    lower, upper = (
        (result.lower, result.upper)
        if is_difference
        else (max(result.lower, -test.bound), min(result.upper, 1 - test.bound))
    )
    sd = smoothed_sd(PRIOR_SD[kind_of(comparison.suite, label)], middles)
    margin = test.series.margin
    return MetricResult(
        label=label,
        model=comparison.model_name(test.model),
        kind="difference" if is_difference else "floor",
        outcome=result.outcome,
        bound=test.bound,
        used=result.used,
        planned=test.series.planned,
        mean=result.mean,
        lower=lower,
        upper=upper,
        sd=sd,
        baseline=_mean_at(seen.baseline, used)
        if both or (comparison.baseline and not is_difference)
        else None,
        candidate=None if label in comparison.paired else _mean_at(seen.candidate, used),
        margin_stated=rule.margin if is_difference and margin != rule.margin else None,
        advisory=test.advisory,
        accepted=None if is_difference else rule.margin,
        error=alpha * result.weight,
        evidence=result.evidence,
        needed=cases_needed(margin, sd, comparison.tests_to_pass, alpha),
    )


def _middle(span: Span | None) -> float:
    assert span is not None
    return (span[0] + span[1]) / 2


def _mean_at(series: Sequence[Span | None], places: Sequence[int]) -> float | None:
    """The mean of a series; None where nothing of it is known: the middle of all scores is nobody's."""
    known = any(span and span[1] - span[0] < 1 for span in (series[place] for place in places))
    return sum(_middle(series[place]) for place in places) / len(places) if known else None


def _protected(comparison: Prepared, runs: Sequence[CaseRun]) -> tuple[Protected | None, list[str]]:
    """Which protected cases broke, and of which that is not known."""
    tag = comparison.suite.gate.protected
    if not tag:
        return None, []
    names = {case.id for case in comparison.cases if comparison.is_protected(case)}
    checks = len(names) * len(comparison.models)
    broken: set[str] = set()
    settled: Counter[str] = Counter()
    unreliable: dict[str, Unreliable] = {}
    for item in runs:
        if item.case.id not in names:
            continue
        tried, before = comparison.protected_runs(item)
        state = protected.case_state(tried, before, checks, has_baseline=comparison.baseline is not None)
        # On every model: broken on one is broken, but held on one says nothing of the others.
        settled[item.case.id] += state in {"held", "broken", "unreliable"}
        if state == "broken":
            broken.add(item.case.id)
        elif state == "unreliable":
            name = item.case.id
            unreliable[name] = Unreliable(id=name, passed=sum(before), runs=len(before))
    told = [unreliable[name] for name in sorted(unreliable.keys() - broken)]
    unseen = sorted(name for name in names - broken if settled[name] < len(comparison.models))
    return Protected(tag=tag, total=len(names), broken=sorted(broken), unreliable=told), unseen

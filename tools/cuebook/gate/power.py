"""Before anything is spent: what the cases can decide."""

from __future__ import annotations

from collections.abc import Mapping

from cuebook.gate.comparison import judge_of, kind_of
from cuebook.gate.prepared import Prepared
from cuebook.gate.protected import false_alarm
from cuebook.gate.sample_size import PRIOR_SD, can_pass, cases_needed, smallest_margin
from cuebook.gate.sequential_test import first_rejection
from cuebook.shapes._defaults import ERROR
from cuebook.shapes._units import units_among
from cuebook.shapes.passing import passes
from cuebook.shapes.power import Power, ProtectedAlarm, TooFew
from cuebook.shapes.suite import Suite
from cuebook.shapes.verdict import Verdict


def too_few(
    suite: Suite,
    label: str,
    cases: int,
    units: str,
    *,
    margin: float | None = None,
    error: float | None = None,
) -> TooFew | None:
    """What so few cases (or clusters) keep from passing a metric of a suite; None where they are enough.

    The loss that they can rule out is that on this metric alone, with the spread usual for its kind: so it is
    the same before and after a run. How many are needed is for all metrics together. ``margin`` and ``error``
    are the suite's unless a comparison has others.
    """
    rules = suite.gate
    margin = rules.metrics[label].margin if margin is None else margin
    error = rules.error if error is None else error
    if can_pass(cases, margin, error):
        return None
    better = first_rejection([1.0] * cases, -margin, error, cases) is not None
    sd = PRIOR_SD[kind_of(suite, label)]
    supported = smallest_margin(cases, sd, error=error)
    tests = len(rules.metrics) * len(suite.models or ("",))
    needed = cases_needed(margin, sd, tests, error)
    return TooFew(cases, units, margin, supported, tests > 1, better, needed)


def power(comparison: Prepared, spreads: Mapping[str, float] | None = None) -> list[Power]:
    """Before any spending: what each gating metric can see. ``spreads`` are measured sds by label.

    Where nothing is compared, a metric without a floor sees nothing.
    """
    found = []
    pins = {spec.label: judge_of(spec).partition("/")[0] for spec in comparison.suite.scorers}
    tests, error = comparison.tests_to_pass, comparison.error
    units = units_among(comparison.cases)
    for label, rule in comparison.suite.gate.metrics.items():
        if comparison.baseline is None and rule.floor is None:
            continue
        kind = kind_of(comparison.suite, label)
        measured = (spreads or {}).get(label)
        sd = PRIOR_SD[kind] if measured is None else measured
        cases, margin = comparison.planned(label), comparison.margin(label)
        alone = comparison.baseline is None  # a floor is passed by fewer cases, where all answers are right
        never = None if alone else too_few(comparison.suite, label, cases, units, margin=margin, error=error)
        found.append(
            Power(
                label=label,
                margin=margin,
                cases=cases,
                sd=sd,
                kind=kind,
                measured=measured is not None,
                metrics=tests,
                needed=cases_needed(margin, sd, tests, error),
                never=never,
                margin_supported=smallest_margin(cases, sd, tests, error),
                error=error,
                stated=rule.margin if margin != rule.margin else None,
                shown=comparison.shown(label),
                units=units,
                floor=rule.floor if alone else None,
                hopeless=alone and not _best_passes(rule.floor or 0.0, cases, margin, error),
                judge=pins.get(label, ""),
            )
        )
    return found


def _best_passes(floor: float, cases: int, margin: float, error: float) -> bool:
    """Whether so many answers, all of them right, show that a floor is reached."""
    return first_rejection([1 - floor] * cases, -margin, error, cases) is not None


def protected_alarm(comparison: Prepared, earlier: Verdict) -> ProtectedAlarm | None:
    """How often protected cases fail a version that is no worse, by what the baseline did in an earlier run.

    None where it is as rarely as promised: at most ``ERROR``.
    """
    names = {case.id for case in comparison.cases if comparison.is_protected(case)}
    runs = [
        passed
        for case in earlier.cases
        # A lost answer tells nothing of the version.
        if case.id in names and case.baseline is not None and case.baseline.failure is None
        if (passed := passes(case.baseline, comparison.deciders)) is not None
    ]
    if not runs:
        return None
    reliability = sum(runs) / len(runs)
    alarm = false_alarm(reliability, len(names) * len(comparison.models))
    return ProtectedAlarm(len(names), reliability, alarm) if alarm > ERROR else None

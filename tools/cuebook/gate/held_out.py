"""The cases that a version was not made from: neither an optimiser nor its own text has them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from cuebook.gate.comparison import Comparison, Second
from cuebook.gate.quoted import quoted
from cuebook.shapes.case_result import CaseResult
from cuebook.shapes.run import Case
from cuebook.shapes.split import Origin, Shares, SplitPart, parts
from cuebook.shapes.suite import Suite


def shared_out(suite: Suite, cases: Sequence[Case], shares: Shares) -> dict[str, SplitPart]:
    """Return the part of each case by its id. ``cases`` are the suite's, copies joined in clusters."""
    # The keys are those of the suite as it is written: ``cases`` have copies joined under other names.
    keys = {case.id: case.cluster or case.id for case in suite.cases}
    units: dict[str, list[str]] = {}
    for case in cases:
        units.setdefault(case.unit, []).append(keys[case.id])
    found = parts(units, shares)
    return {case.id: found[case.unit] for case in cases}


def held_out(
    origin: Origin | None, suite: Suite, cases: Sequence[Case], suites: Collection[str]
) -> frozenset[str] | None:
    """Return the ids of the cases that no optimiser saw; None where no optimiser used this suite.

    Where the one that it used is none of the ``suites`` that are there, it may be this one, renamed since.
    """
    if origin is None or (origin.suite != suite.name and origin.suite in suites):
        return None
    return ids_of(shared_out(suite, cases, origin.shares).items(), "held out")


def ids_of(shared: Iterable[tuple[str, SplitPart]], part: SplitPart) -> frozenset[str]:
    """The ids of the cases of one part."""
    return frozenset(name for name, found in shared if found == part)


def with_held_out(made: Comparison, suites: Collection[str]) -> Comparison:
    """Return the comparison; where the version was made from some of its cases, with one on the others alone.

    That one has to pass as well, and so does such a one of each second comparison. ``suites`` are the names
    of those that are there.
    """
    # What decides nothing, or may come back whatever is found, has nothing to pass a second time.
    if made.reading_only or made.returns:
        return made
    narrow = [_alone(item.comparison, suites, item) for item in made.seconds]
    against = made.baseline.number if made.baseline else 0
    alone = _alone(made, suites, Second("held_out", against, "", made))
    return replace(made, seconds=(*made.seconds, *filter(None, [*narrow, alone]))) if alone else made


def _alone(made: Comparison, suites: Collection[str], second: Second) -> Second | None:
    """The second comparison on the cases alone that the version was not made from; None where it has all."""
    held = held_out(made.candidate.origin, made.suite, made.cases, suites)
    # What went live before texts were looked at stays as it was decided.
    is_past = made.reason in {"on record", "suite changed"} and made.candidate.number <= (made.live or 0)
    told = quoted(made.candidate, made.cases) if held is not None or not is_past else frozenset()
    if held is None and not told:
        return None
    cases = tuple(case for case in made.cases if case.id not in told and (held is None or case.id in held))
    alone = replace(made, cases=cases, seconds=(), is_second=True)
    return replace(second, comparison=alone, quoted=tuple(case.id for case in made.cases if case.id in told))


def mean_change(cases: Sequence[CaseResult], label: str, model: str) -> float | None:
    """Return the mean difference, candidate less baseline, on these cases by one metric; None for none.

    Cases of a cluster count as one.
    """
    units: dict[str, list[float]] = {}
    for case in (item for item in cases if item.model == model):
        arms = [case.candidate, *([case.baseline] if case.baseline else [])]
        values = [arm.scores[label].value for arm in arms if label in arm.scores]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            # A scorer that compares has one value, which is the difference already.
            units.setdefault(case.unit, []).append(known[0] - sum(known[1:]))
    found = [sum(values) / len(values) for values in units.values()]
    return sum(found) / len(found) if found else None

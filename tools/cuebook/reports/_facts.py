"""Sentences on a verdict that several reports share: they claim what was shown and no more. Not escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cuebook.core.format import NONE, amount, capital, interval, money, plural, points, score, seconds
from cuebook.registry.settings import is_stand_in
from cuebook.reports._words import CHANGES, changed, metric_name, supported
from cuebook.shapes.verdict import JudgeState, LimitResult, MetricResult, Verdict

ERROR = 5.0
"""Per cent of error that each side of a first attempt may have."""

_UNITS = {
    "cost_usd": ("costs", money),
    "seconds": ("takes", seconds),
    "words": ("has, in words,", amount),
}


def meaning(verdict: Verdict) -> str:
    """What the deciding test has ruled out, and what it has not; empty when nothing was tested."""
    metric = verdict.deciding
    if metric is None:
        return ""
    base = f"version {verdict.baseline.version}" if verdict.baseline else "the baseline"
    said = _floor(metric) if metric.kind == "floor" else _difference(metric, base)
    return (
        f"On {metric_name(verdict, metric)} (error at most {ERROR / 2**verdict.attempt:g} % a side): {said}."
    )


def _difference(metric: MetricResult, base: str) -> str:
    margin = score(metric.bound)
    if metric.outcome == "fail":
        return f"the data rule out that it is as good as {base}"
    if metric.outcome == "inconclusive":
        return (
            f"the data rule out neither a loss of {margin} points or more nor that there is no loss; "
            f"the smallest margin they support is {supported(metric)} points"
        )
    if metric.lower >= 0:
        return "the data rule out any loss"
    if metric.upper <= 0:
        return f"it is worse, and the data rule out a loss of {margin} points or more"
    return (
        f"the data rule out a loss of {margin} points or more, not a smaller one; "
        "they do not show that it is better"
    )


def _floor(metric: MetricResult) -> str:
    bar = score(metric.bound)
    if metric.outcome == "fail":
        return f"the data rule out a mean score of {bar} or more"
    if metric.outcome == "pass" and metric.lower >= 0:
        return f"the data rule out a mean score below {bar}"
    return (
        f"the mean score lies between {score(metric.bound + metric.lower)} and "
        f"{score(metric.bound + metric.upper)}, the floor at {bar}"
    )


def override(verdict: Verdict) -> str:
    """Who lets the version through all the same; empty when nobody does."""
    found = verdict.override
    return f"{found.who} answers for letting it through until {found.until}: {found.why}" if found else ""


def facts(verdict: Verdict) -> Iterator[str]:
    """One sentence each on cases, limits, judges, models and what else bears on the verdict."""
    if said := protected(verdict):
        yield said
    yield f"{coverage(verdict)}. {capital(counts(verdict))}".rstrip(". ") + "."
    for limit in verdict.limits:
        yield _limit(limit)
    yield from _margins(verdict)
    for judge in verdict.judges:
        yield from _judge(judge)
    if verdict.attempt:
        yield f"Forced rerun {verdict.attempt}, held to an error of {ERROR / 2**verdict.attempt:g} % a side."
    yield f"Models: {models(verdict)}."


def _limit(found: LimitResult) -> str:
    words, write = _UNITS[found.name]
    value = "an unknown amount" if found.value is None else write(found.value)
    return f"Limit: an answer {words} {value} on average, at most {write(found.limit)}: {found.outcome}."


def _margins(verdict: Verdict) -> Iterator[str]:
    """Where a margin is smaller than the suite says, and why an undecided floor stops no pass."""
    for metric in verdict.metrics:
        if metric.margin_stated is not None and metric.margin_stated != metric.bound:
            name = metric_name(verdict, metric)
            yield (
                f"The margin of {name} is {score(metric.bound)} points instead of "
                f"{score(metric.margin_stated)}: the judge's errors hide a part of every difference."
            )
    floors = [item for item in verdict.metrics if item.kind == "floor" and not item.advisory]
    if (
        verdict.baseline
        and verdict.outcome == "pass"
        and any(item.outcome == "inconclusive" for item in floors)
    ):
        yield "An undecided floor blocks nothing: beside a comparison a floor can only fail."


def _judge(judge: JudgeState) -> Iterator[str]:
    """How far a judge can be trusted, what it saw in this run, and what speaks against it."""
    told = []
    if judge.void:
        told.append(f"void, its scores count for nothing ({judge.why})" if judge.why else "void")
    if judge.advisory:
        told.append(f"advisory, its scores decide nothing ({judge.why})" if judge.why else "advisory")
    told.append(_agreement(judge))
    if judge.canaries_total:
        told.append(f"let {judge.canaries_lost} of {plural(judge.canaries_total, 'known-bad answer')} win")
    yield f"Judge {judge.ref}: {'; '.join(told)}."
    if seen := list(_seen(judge)):
        yield f"{judge.ref} in this run: {'; '.join(seen)}."
    if judge.warnings:
        yield f"Against {judge.ref}: {'; '.join(judge.warnings)}."


def _seen(judge: JudgeState) -> Iterator[str]:
    if found := judge.passing:
        yield (
            f"answers that pass {points(found.seen)} points {interval(found.seen_lower, found.seen_upper)}, "
            f"corrected for its errors {points(found.true)} {interval(found.true_lower, found.true_upper)}"
        )
    if judge.flips is not None:
        yield f"the order of the answers changed the winner in {100 * judge.flips:.0f} % of pairs"
    if judge.ties is not None:
        yield f"{100 * judge.ties:.0f} % of pairs had no winner"
    if judge.words_more is not None:
        how = "longer" if judge.words_more >= 0 else "shorter"
        yield f"the candidate's answers are {amount(abs(judge.words_more))} words {how}"


def _agreement(judge: JudgeState) -> str:
    if judge.kappa is None:
        return "its agreement with people was not measured"
    lower = NONE if judge.lower is None else f"{judge.lower:.2f}"
    shown = "" if judge.j is None else f", shows {100 * judge.j:.0f} % of a true difference"
    return f"kappa {judge.kappa:.2f} with people, at least {lower}, on {plural(judge.labels, 'label')}{shown}"


def counts(verdict: Verdict) -> str:
    """``22 broken, 6 worse``: how many cases went which way, the worst first."""
    found = Counter(case.change for case in verdict.cases)
    return ", ".join(f"{found[change]:,} {changed(verdict, change)}" for change in CHANGES if found[change])


def coverage(verdict: Verdict) -> str:
    """How many cases were run, and which of them could not be compared."""
    found = verdict.coverage
    parts = [f"{found.used:,} of {plural(found.cases, 'case')} run"]
    if found.candidate_failed:
        parts.append(f"{plural(found.candidate_failed, 'missing answer')} scored 0")
    if found.missing:
        parts.append(f"{plural(found.missing, 'score')} missing and counted at their worst")
    if found.dropped:
        parts.append(f"{plural(found.dropped, 'pair')} dropped for want of a judgement or a baseline answer")
    if found.left_out:
        parts.append(f"{found.left_out:,} left out that only one side of a changed dataset has")
    return "; ".join(parts)


def protected(verdict: Verdict) -> str:
    """Which protected cases broke; empty when the suite protects none."""
    found = verdict.protected
    if found is None:
        return ""
    if not found.broken:
        return f"None of {plural(found.total, 'case')} tagged {found.tag} broke."
    return f"{len(found.broken)} of {plural(found.total, 'case')} tagged {found.tag} broke: " + ", ".join(
        found.broken
    )


def models(verdict: Verdict) -> str:
    """Who answered and who judged, the built-in rules called what they are."""
    asked = verdict.digests.models
    served = [name for name in verdict.served_models if not name.startswith(tuple(asked))]
    built_in = [name for name in asked if is_stand_in(name)]
    said = [
        f"{' and '.join(built_in)} (built in, {'no real models' if built_in[1:] else 'not a real model'})"
    ]
    parts = [name for name in asked if name not in built_in] + (said if built_in else [])
    return f"{', '.join(parts)}; answers came from {', '.join(served)}" if served else ", ".join(parts)

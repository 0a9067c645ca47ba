"""The sentence of a verdict: what was shown of a version, on what, and how surely."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import capital, joined, plural, score
from cuebook.shapes.cause import Cause
from cuebook.shapes.verdict import MetricResult, Ruling, SecondRuling, Verdict, deciding
from cuebook.wording.clauses import clause, fell
from cuebook.wording.loosening import loosened
from cuebook.wording.names import margin, mean, metric, old, per_cent

FIRST = "First version, nothing to compare with."
NONE_LIVE = "No version is live yet, so there is nothing to compare with."
NONE_LEFT = "No earlier version is left to compare with."
ALONE = "Nothing to compare with."
ERROR = 0.05
"""Error of each side that records of earlier releases were made with, before any forced rerun."""


def headline(verdict: Verdict) -> str:
    """Return the sentence that a reviewer reads first; the same in every report, page and command."""
    text = _sentence(verdict, ruling_of(verdict))
    if verdict.second:
        text = _with_second(verdict, verdict.second, text)
    if verdict.candidate.file:
        return f"{text} Answers from a file are not evidence: they promote nothing."
    return f"For reading: {text} It decides nothing and is not kept." if verdict.reading_only else text


def ruling_of(verdict: Verdict) -> Ruling:
    """Return what a verdict rules of its first comparison; of records of earlier releases, too."""
    return Ruling(
        outcome=verdict.second.first if verdict.second else verdict.outcome,
        baseline=verdict.baseline.version if verdict.baseline else None,
        file=verdict.baseline.file if verdict.baseline else "",
        metrics=verdict.metrics,
        protected=verdict.protected,
        limits=verdict.limits,
        causes=verdict.causes,
        error=ERROR / 2**verdict.attempt if verdict.error is None else verdict.error,
    )


def causes_of(ruling: Ruling) -> list[Cause]:
    """The reasons for an outcome; what its numbers tell where a record of an earlier release has none."""
    if ruling.causes or ruling.outcome == "pass":
        return ruling.causes
    if ruling.outcome == "fail":
        found = [Cause(code="protected_broken")] if ruling.protected and ruling.protected.broken else []
        failed = [item for item in ruling.metrics if item.outcome == "fail" and not item.advisory]
        found += [Cause(code="metric_lost") for item in failed if item.kind == "difference"][:1]
        found += [Cause(code="below_floor") for item in failed if item.kind == "floor"][:1]
        found += [Cause(code="over_limit") for item in ruling.limits if item.outcome == "fail"][:1]
        return found or [Cause(code="metrics_together")]
    return [Cause(code="not_shown" if deciding(ruling.metrics, ruling.outcome) else "no_rule")]


def _sentence(verdict: Verdict, ruling: Ruling) -> str:
    if ruling.outcome == "pass":
        return _passed(ruling) if ruling.baseline else f"{_alone(verdict)} {_floors_reached(ruling)}"
    causes = causes_of(ruling)
    said = clause(verdict, ruling, causes[0])
    if ruling.outcome == "inconclusive":
        if causes[0].code == "no_rule" and not ruling.baseline:
            return said
        return f"Not decided: {said}." if ruling.baseline else f"{_alone(verdict)} Not decided: {said}."
    # A floor and a limit hold for the version alone: it need not be worse than another.
    if causes[0].code in {"below_floor", "over_limit"}:
        said = capital(said)
    elif ruling.baseline:
        also = _also(ruling, causes[1:]) if causes[0].code == "protected_broken" else ""
        said = f"Worse than {old(ruling)}: {said}{also}"
    else:
        said = capital(said)
    return f"{said}." if ruling.baseline else f"{_alone(verdict)} {said}."


def _alone(verdict: Verdict) -> str:
    if verdict.candidate.file:
        return ALONE
    if verdict.candidate.version == 1:
        return FIRST
    return NONE_LIVE if verdict.live_version is None else NONE_LEFT


def _also(ruling: Ruling, causes: Sequence[Cause]) -> str:
    """What a metric adds to broken protected cases: its fall, else that the version is below a floor."""
    codes = {cause.code for cause in causes}
    if "metric_lost" in codes:
        return f", and {fell(ruling)}"
    return ", and it is below a floor" if "below_floor" in codes else ""


def _with_second(verdict: Verdict, second: SecondRuling, text: str) -> str:
    """A pass against one version or under one set of rules, beside what the other comparison says."""
    other = _sentence(verdict, second.ruling)
    if second.why == "held_out":
        if second.first != "pass":
            return text
        if verdict.outcome != "pass":
            return f"Passes on all cases together only. On {not_made_from(verdict)}: {other}"
        alike = f"The same on {not_made_from(verdict)}."
        return f"{text} {alike if other == text else f'On {not_made_from(verdict)}: {other}'}"
    if second.why == "rollback":
        if second.first != "pass":
            return text
        went = f"the rollback of {second.date} left" if second.date else "this change takes away"
        left = f"v{second.version}, which {went}"
        return f"Passes against {old(ruling_of(verdict))}. Against {left}: {other}"
    last = former(second)
    if second.more_than and second.first == second.ruling.outcome == "pass" != verdict.outcome:
        others = f"more than {second.more_than} states of the rules asked for more than today's do"
        return f"Passes under today's rules and those of {last}, but since the last promotion {others}."
    if second.first == second.ruling.outcome == "pass" != verdict.outcome:
        changes = "; ".join(loosened(change) for change in second.changes)
        return f"Passes, but something else answers than on {last}: {changes}."
    if second.first == "pass" and verdict.outcome != "pass":
        return f"Passes under today's rules only. Under those of {last}: {other}"
    changes = "; ".join(loosened(change) for change in second.changes)
    return f"Rules loosened since {last}: {changes}. {text}" if changes else text


def not_made_from(verdict: Verdict) -> str:
    """Return ``the 113 cases that its text does not repeat``: those that a version has to pass on alone."""
    found = verdict.made_from
    held = f"{plural(found.held, 'case')} " if found else "cases "
    if found and found.quoted and len(found.quoted) == found.seen:
        return f"the {held}that its text does not repeat"
    return f"the {held}that it was not made from"


def former(second: SecondRuling) -> str:
    """Say when the rules of a second comparison were those that held: ``2026-11-20, when v4 was promoted``.

    That need not be the last promotion: one under loosened rules or after a rollback renews none.
    """
    return f"{second.date}, when v{second.version} was {'live' if second.between else 'promoted'}"


def _passed(ruling: Ruling) -> str:
    found = [item for item in ruling.metrics if item.kind == "difference" and not item.advisory]
    error = f"({per_cent(ruling.error)} error{' each' if found[1:] else ''})"
    better = [item for item in found if item.lower >= 0]
    worse = [item for item in found if item.upper <= 0 and item.lower < 0]
    rest = [item for item in found if item not in better and item not in worse]
    base = old(ruling)
    if rest == found:
        if not found[1:]:
            loss = f" by {margin(found[0].bound)} points or more" if found else ""
            return f"Not worse than {base}{loss} {error}. Not shown to be better."
        losses = [f"by {margin(item.bound)} points or more on {metric(item, found)}" for item in found]
        return f"Not worse than {base} {', nor '.join(losses)} {error}. Not shown to be better."
    if worse == found and not found[1:]:
        least = margin(found[0].bound)
        return f"Worse than {base}, but by less than the {least} points this suite accepts {error}."
    gains = [f"on {metric(item, found)}{_at_least(item)}" for item in better]
    parts = [f"better than {base} {joined(gains)}"] if gains else []
    parts += [
        f"worse than {base} on {metric(item, found)}, but by less than the {margin(item.bound)} points "
        "this suite accepts"
        for item in worse
    ]
    parts += [f"not worse by {margin(item.bound)} or more on {metric(item, found)}" for item in rest]
    return f"{capital('; '.join(parts))} {error}."


def _at_least(item: MetricResult) -> str:
    """How much better at the least; a gain that rounds to nothing is not written as a number."""
    return f", by at least {score(item.lower)} points" if score(item.lower) != "0.0" else ""


def _floors_reached(ruling: Ruling) -> str:
    floors = [item for item in ruling.metrics if item.kind == "floor" and not item.advisory]
    each = " each" if floors[1:] else ""
    error = f"{per_cent(ruling.error)} error{each}"
    reached = [item for item in floors if item.lower >= 0]
    near = [item for item in floors if item.lower < 0]
    parts = []
    if reached:
        names = [
            f"the floor of {margin(item.bound)} on {metric(item, floors)} (at least {mean(item, item.lower)}"
            for item in reached
        ]
        parts.append(f"reaches {'), '.join(names)}; {error})")
    parts += [
        f"is not below the floor of {margin(item.bound)} on {metric(item, floors)} by "
        f"{margin(item.accepted or 0)} points or more"
        for item in near
    ]
    said = joined(parts)
    return f"It {said}." if not near else f"It {said} ({error})."

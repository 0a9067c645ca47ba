"""Words on what needs somebody: live and staged versions, judges, rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from cuebook.core.format import joined, ratio, some
from cuebook.core.refs import PRODUCTION
from cuebook.shapes.moves import State
from cuebook.shapes.published import AliasState
from cuebook.shapes.verdict import MetricResult, Override
from cuebook.wording.promotion import accepted_by, override_ended

NeedKind = Literal[
    "ends", "fails", "staged", "stale", "override", "open", "small", "retires", "judge", "loosened", "ready"
]

LOW_AGREEMENT = "may agree too little with people"

KINDS: dict[NeedKind, tuple[str, State]] = {
    "ends": ("overrides end within 30 days", "override"),
    "fails": ("live versions fail", "fail"),
    "staged": ("staged versions fail", "fail"),
    "stale": ("live versions rest on evidence that is out of date", "stale"),
    "override": ("versions are live by an override", "override"),
    "open": ("live versions are not decided", "inconclusive"),
    "small": ("suites are too small for their margin", "inconclusive"),
    "retires": ("live versions ask a model that is soon shut down", "stale"),
    "judge": (f"judges {LOW_AGREEMENT}", "inconclusive"),
    "loosened": ("rules were loosened since the live version was promoted", "stale"),
    "ready": ("staged versions pass and wait for promotion", "pass"),
}
"""The kinds in the order they are shown: what several of one are called, and their mark."""


def need_of(
    alias: str,
    found: AliasState,
    soon: str = "",
    changed: Sequence[str] = (),
    ended: Override | None = None,
    decided: str | None = None,
) -> tuple[NeedKind, str] | None:
    """Say what somebody should know of the version that an alias points to, the version left out; else None.

    An override that ends by the day ``soon`` is a kind of its own; ``changed`` made evidence out of date
    that was ``decided`` on a day, and ``ended`` let the version through while it held.
    """
    over = f" {override_ended(ended)}" if ended else ""
    if found.state == "override" and found.override:
        kind: NeedKind = "ends" if found.override.until <= soon else "override"
        return kind, f"is {accepted_by(found.override)}"
    if alias == PRODUCTION:
        match found.state:
            case "fail":
                return "fails", f"is live and fails. {found.headline}{over}"
            case "stale":
                why = f": {joined(changed)} changed" if changed else ""
                of = f" of {decided}" if decided else ""
                return "stale", f"is live, and its evidence{of} is out of date{why}"
            case "inconclusive":
                return "open", f"is live and not decided. {found.headline}{over}"
    elif found.state == "fail":
        return "staged", f"is in {alias} and fails. {found.headline}"
    elif found.state == "pass":
        return "ready", f"passes in {alias} and waits for promotion"
    return None


def low_agreement(judge: str, decides_for: Sequence[str], lower: float | None) -> str:
    """Say that a judge decides which may agree too little with people."""
    least = "was not measured" if lower is None else f"may be as low as {ratio(lower)} (kappa)"
    return f"{judge} decides for {some(decides_for)}, but its agreement with people {least}"


def too_small(suite: str, metric: MetricResult, units: str) -> str:
    """Say that the cases of a suite, all asked, did not settle its margin."""
    more = (metric.needed or 0) - metric.planned
    return (
        f"is not decided after all cases of {suite}: about {more:,} more {units} would settle {metric.label}"
    )


def shut_down(model: str, day: str) -> str:
    """Say that a live version's model has a known end."""
    return f"is live and asks {model}, which is shut down on {day}"

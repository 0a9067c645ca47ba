"""What one case is worth when some of it is missing: the least and the greatest it may be. Pure.

Nothing is dropped. A test that bets on a loss takes the greatest value, one that bets on a pass the least:
their means bound the true one from both sides (Manski 2003), so both stay honest whatever is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Literal

from cuebook.gate.joint_test import Span

Value = float | Literal["lost"] | None
"""A score; lost through the prompt's own fault; None: unknown, as provider, judge or scorer failed."""
Answered = Literal[True, "lost"] | None
"""The same of an answer that is compared, not scored alone."""

LIMIT_CAP = 3
"""A run counts at most three times its limit: the mean is bounded, and a rejection right for any tail."""
UNKNOWN_AMOUNT: Span = (-1.0, 0.5)
"""An unknown amount: from ``LIMIT_CAP`` times the limit to nothing, as ``limit_value`` counts."""


def absolute(values: Sequence[Value]) -> Span:
    """Return the mean over a case's repeats of scores in [0, 1]; a lost answer counts 0.

    An unknown score may be anything in between, and so may the mean of no samples.
    """
    known = [0.0 if value == "lost" else value for value in values or [None]]
    return mean([(0.0, 1.0) if value is None else (value, value) for value in known])


def difference(candidate: Sequence[Value], baseline: Sequence[Value]) -> Span:
    """Return candidate less baseline, in [-1, 1], of scores in [0, 1]; each arm's repeats are averaged."""
    (low, high), (least, most) = absolute(candidate), absolute(baseline)
    return low - most, high - least


def paired(candidate: Answered, baseline: Answered, judged: float | None) -> Span:
    """Return the score of one comparison of two answers in [-1, 1].

    A lost answer loses to any other, and two lost ones are equal.
    """
    if candidate is True and baseline is True:
        return (-1.0, 1.0) if judged is None else (judged, judged)
    if candidate == "lost":
        return {"lost": (0.0, 0.0), True: (-1.0, -1.0), None: (-1.0, 0.0)}[baseline]
    if baseline == "lost":
        return (1.0, 1.0) if candidate else (0.0, 1.0)
    return -1.0, 1.0


def mean(spans: Sequence[Span]) -> Span:
    """Return the mean of the least values and the mean of the greatest ones."""
    return fmean(low for low, _ in spans), fmean(high for _, high in spans)


def clustered(spans: Iterable[Span], clusters: Iterable[str]) -> list[Span]:
    """Return one span for each cluster, the mean of its cases, in the order of the clusters' first cases."""
    grouped: dict[str, list[Span]] = {}
    for span, cluster in zip(spans, clusters, strict=True):
        grouped.setdefault(cluster, []).append(span)
    return [mean(group) for group in grouped.values()]


def limit_value(amounts: Sequence[float | None], limit: float) -> Span:
    """Return how far a case's runs stay below a limit: 0.5 at 0, 0 at the limit, -1 from three times it."""
    shares = [None if amount is None else min(amount / limit, LIMIT_CAP) for amount in amounts or [None]]
    return mean([UNKNOWN_AMOUNT if share is None else ((1 - share) / 2,) * 2 for share in shares])

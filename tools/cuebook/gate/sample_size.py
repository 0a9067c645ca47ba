"""How many cases a margin needs, and what a number of cases can show. Numbers in, numbers out.

The formulas are fitted to simulations of the gate over margins .03 to .20 and spreads .1 to .8.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil, log, sqrt
from statistics import NormalDist, stdev

from cuebook.gate.sequential_test import first_rejection
from cuebook.scorers import ScoreKind
from cuebook.shapes._defaults import ERROR

PRIOR_SD: dict[ScoreKind, float] = {"binary": 0.5, "graded": 0.25, "pairwise": 0.8, "similarity": 0.3}
"""The standard deviation of a case's difference that is usual for a kind of scorer."""
POWER = 0.8
"""Chance of a pass for an equally good candidate that "enough cases" means."""
LEAST_MARGIN = 1e-6
"""Below it no number of cases is in reach, and figures would only grow."""
PRIOR_WEIGHT = 5
"""Differences that the spread usual for a kind of scorer counts as."""


def cases_needed(margin: float, sd: float, metrics: int = 1, error: float = ERROR) -> int:
    """Return how many cases let an equally good candidate pass on all ``metrics`` deciding metrics together.

    ``margin`` and ``sd``, the standard deviation of a case's difference, are in score points on [0, 1];
    ``error`` is that of one side. It passes with probability ``POWER``.
    """
    margin = max(margin, LEAST_MARGIN)
    c = (1.1 + metrics / 4) * log(1 / error)
    return ceil(1.1 * (_z(metrics, error) * sd / margin) ** 2 + c / margin)


def smallest_margin(cases: int, sd: float, metrics: int = 1, error: float = ERROR) -> float:
    """Return the smallest margin that so many cases support: ``cases_needed`` solved for it, at most 1."""
    if cases < 1:
        return 1.0
    a = 1.1 * (_z(metrics, error) * sd) ** 2
    c = (1.1 + metrics / 4) * log(1 / error)
    return min(1.0, (c + sqrt(c * c + 4 * cases * a)) / (2 * cases))


def _z(metrics: int, error: float) -> float:
    normal = NormalDist()
    # All metrics have to pass: for a chance of ``POWER`` of that each needs a higher one of its own.
    return normal.inv_cdf(1 - error) + normal.inv_cdf(POWER ** (1 / metrics))


@cache
def least_cases(margin: float, error: float = ERROR) -> int:
    """The fewest cases that can pass at all: so many equal answers do, one less does not."""
    low, high = 0, 1
    while not can_pass(high, margin, error):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if can_pass(middle, margin, error) else (middle, high)
    return high


@cache
def can_pass(cases: int, margin: float, error: float = ERROR) -> bool:
    """Whether so many cases can pass at all: at least ``least_cases``, which may take for ever to find."""
    return first_rejection([0.0] * cases, -margin, error, cases) is not None


def smoothed_sd(prior: float, differences: Sequence[float]) -> float:
    """Return the standard deviation to plan with: that of the differences, shrunken towards ``prior``.

    Thirty equal grades do not prove that the next ones are equal as well.
    """
    if not differences:
        return prior
    return with_prior(prior, stdev(differences) if len(differences) > 1 else 0.0, len(differences))


def with_prior(prior: float, sd: float, count: int) -> float:
    """Return ``sd``, measured on ``count`` differences, shrunken towards ``prior``."""
    return sqrt((PRIOR_WEIGHT * prior**2 + (count - 1) * sd**2) / (count + PRIOR_WEIGHT - 1))


def zero_failures(cases: int, error: float = ERROR) -> float:
    """Return the highest failure rate that ``cases`` cases without a failure allow, at this error."""
    return float(1 - error ** (1 / cases))

"""One test of the gate: a bettor against a claim about a mean. Numbers in, numbers out.

The test is *target betting* on values in [-1, 1]. While the claim is true, the bettor's capital is a
non-negative supermartingale, so by Ville's inequality (Ville 1939) it reaches 1/alpha with probability at
most alpha, whatever the distribution and however often one looks. The stake is that of a gambler who must
reach a goal by a deadline (Kulldorff 1993; Browne 1999), in the form of betting confidence sequences
(Waudby-Smith & Ramdas 2024; Voracek & Orabona 2025). The constants below touch power only, never the
error rates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import exp, log, log1p, pi, sqrt
from statistics import NormalDist

TARGET = 1.5
"""The gambler aims at this multiple of 1/alpha, which lets clear cases finish early."""
STAKE_CAP = 0.9
"""Share of what one value can cost at most: a stake of all would end the test at the first bad one."""
STEADY_CAP = 0.75
"""Of the second bettor behind an interval, who has no deadline."""
PRIOR_VARIANCE, PRIOR_CASES = 0.15, 5
"""What differences of graded answers vary by, as five cases' worth: it costs power only where it is wrong."""
BISECTIONS = 40
"""Halvings of an interval of 2: it is exact to 2e-12, far beyond what is shown."""

_NORMAL = NormalDist()
_PHI_0 = 1 / sqrt(2 * pi)


class Bettor:
    """Bets value by value against "the mean is at most ``null``" until the capital reaches exp(``goal``).

    Then the claim is rejected: ``reached``, and ``log_capital`` stays where it is. ``planned`` is how many
    values there will be at most; ``seen`` and ``mean`` are of those so far, ``variance`` is the one assumed
    for the next: a prior worth 5 values of 0.15, and what was seen.
    """

    __slots__ = (
        "_cap",
        "_spread",
        "goal",
        "log_capital",
        "mean",
        "null",
        "planned",
        "reached",
        "seen",
        "variance",
    )

    def __init__(self, null: float, goal: float, planned: int) -> None:
        self.null = null
        self.goal = goal
        self.planned = planned
        self.seen = 0
        self.mean = self._spread = self.log_capital = 0.0
        self.variance = PRIOR_VARIANCE
        self.reached = False
        self._cap = STAKE_CAP / (1 + null) if null > -1 else 0.0

    def bet(self, value: float) -> None:
        """Stake on one value, then learn from it; after the goal only learn."""
        if not self.reached:
            self.log_capital += log1p(self._stake() * (value - self.null))
            # No mean in [-1, 1] is below -1: with such a claim the first value settles it.
            self.reached = self.log_capital >= self.goal or self.null <= -1
        self.seen = seen = self.seen + 1
        step = value - self.mean
        self.mean += step / seen
        self._spread += step * (value - self.mean)
        # Never nothing: stakes are divided by its root.
        self.variance = max((PRIOR_CASES * PRIOR_VARIANCE + self._spread) / (seen + PRIOR_CASES), 1e-6)

    def _stake(self) -> float:
        seen, variance = self.seen, self.variance
        finish = float(self.planned)
        if seen:
            # Shrunken, less half a standard error: the effect of a few values is seldom as large as it looks.
            gap = (self.mean - self.null) * seen / (seen + 20) - 0.5 * sqrt(variance / seen)
            if gap > 0:
                # A clear effect brings the deadline nearer.
                finish = min(finish, max(seen + 6, 9 * variance / gap**2))
        share = min(max(exp(self.log_capital - self.goal) / TARGET, 1e-10), 1 - 1e-9)
        z = _NORMAL.inv_cdf(share)
        stake = _PHI_0 * exp(-z * z / 2) / (share * sqrt(variance * (finish - seen)))
        return min(stake, self._cap)


def first_rejection(values: Sequence[float], null: float, alpha: float, planned: int) -> int | None:
    """At which value (counted from 1) "the mean is at most ``null``" is rejected, or None.

    ``values`` are in [-1, 1] and in the order fixed beforehand; ``planned`` is how many there will be.
    """
    bettor = Bettor(null, -log(alpha), planned)
    for value in values:
        bettor.bet(value)
        if bettor.reached:
            return bettor.seen
    return None


def lower_bound(values: Sequence[float], alpha: float, planned: int) -> float:
    """A lower bound of the mean, wrong with probability at most ``alpha`` whenever one stops.

    Half the capital is bet with a deadline, as the test does, and half steadily (Waudby-Smith & Ramdas):
    alone, the first gives wide intervals to runs that stop early. -1 when there are no values.
    """
    low, high = -1.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _rejected(values, middle, alpha, planned):
            low = middle
        else:
            high = middle
    return low


def _rejected(values: Sequence[float], null: float, alpha: float, planned: int) -> bool:
    if null <= -1:
        return True
    hurried = Bettor(null, -log(alpha / 2), planned)
    steady = 0.0
    cap, scale = STEADY_CAP / (1 + null), 2 * log(1 / alpha)
    for t, value in enumerate(values, 1):
        stake = min(sqrt(scale / (hurried.variance * t * log1p(t))), cap)
        steady += log1p(stake * (value - null))
        hurried.bet(value)
        if 0.5 * exp(hurried.log_capital) + 0.5 * exp(steady) >= 1 / alpha:
            return True
    return False


def paired_differences(
    baseline: Sequence[Sequence[float]],
    candidate: Sequence[Sequence[float]],
    clusters: Sequence[str] | None = None,
) -> list[float]:
    """Candidate minus baseline: repeats averaged within the case, then cases within the cluster.

    Clusters come in the order of their first case. Without clusters each case is its own.
    """
    per_case = [_mean(new) - _mean(old) for old, new in zip(baseline, candidate, strict=True)]
    if clusters is None:
        return per_case
    grouped: defaultdict[str, list[float]] = defaultdict(list)
    for cluster, difference in zip(clusters, per_case, strict=True):
        grouped[cluster].append(difference)
    return [_mean(group) for group in grouped.values()]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)

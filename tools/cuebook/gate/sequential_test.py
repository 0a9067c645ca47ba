"""One test of the gate: a bettor against a claim about a mean. Numbers in, numbers out.

The test is *target betting* on values in [-1, 1]. While the claim is true, the bettor's capital is a
non-negative supermartingale, so by Ville's inequality (Ville 1939) it reaches 1/alpha with probability at
most alpha, whatever the distribution and however often one looks. The stake is that of a gambler who must
reach a goal by a deadline (Kulldorff 1993; Browne 1999), in the form of betting confidence sequences
(Waudby-Smith & Ramdas 2024; Voracek & Orabona 2025). The constants below touch power only, never the
error rates.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log, log1p, pi, sqrt
from statistics import NormalDist
from typing import Literal

TARGET = 1.5
"""The gambler aims at this multiple of 1/alpha, which lets clear cases finish early."""
STAKE_CAP = 0.9
STEADY_CAP = 0.75
"""Of the second bettor behind an interval, who has no deadline."""
PRIOR_VARIANCE, PRIOR_CASES = 0.15, 5
BISECTIONS = 40

_NORMAL = NormalDist()
_PHI_0 = 1 / sqrt(2 * pi)


Outcome = Literal["pass", "fail", "inconclusive"]

MARGIN = 0.05
ALPHA = 0.05
PRIOR_SD = 0.3
"""Standard deviation of a case's difference assumed before anything was measured."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the two tests say about ``used`` differences, all in score points on [-1, 1].

    ``lower`` and ``upper`` bound the mean difference, each with the error of its side. ``complete``
    is false while planned cases are missing and nothing is decided: keep running.
    """

    outcome: Outcome
    used: int
    mean: float
    lower: float
    upper: float
    complete: bool


class Bettor:
    """Bets value by value against "the mean is at most ``null``" until the capital reaches exp(``goal``).

    ``log_capital`` stays where it is once the goal is reached. ``planned`` is how many values there will
    be at most; ``seen`` and ``mean`` are of those so far.
    """

    __slots__ = ("_cap", "_spread", "goal", "log_capital", "mean", "null", "planned", "seen")

    def __init__(self, null: float, goal: float, planned: int) -> None:
        self.null = null
        self.goal = goal
        self.planned = planned
        self.seen = 0
        self.mean = 0.0
        self.log_capital = 0.0
        self._spread = 0.0
        self._cap = STAKE_CAP / (1 + null) if null > -1 else 0.0

    @property
    def reached(self) -> bool:
        """Whether the claim is rejected."""
        # Nothing in [-1, 1] can have a mean at most -1 but -1 itself: the first value settles it.
        return self.log_capital >= self.goal or (self.null <= -1 and self.seen > 0)

    @property
    def variance(self) -> float:
        """The variance assumed for the next value: a prior worth 5 values of 0.15, and what was seen."""
        return max((PRIOR_CASES * PRIOR_VARIANCE + self._spread) / (self.seen + PRIOR_CASES), 1e-6)

    def bet(self, value: float) -> None:
        """Stake on one value, then learn from it; after the goal only learn."""
        if not self.reached:
            self.log_capital += log1p(self._stake() * (value - self.null))
        self.observe(value)

    def observe(self, value: float) -> None:
        """Learn from a value without a stake."""
        self.seen += 1
        step = value - self.mean
        self.mean += step / self.seen
        self._spread += step * (value - self.mean)

    def _stake(self) -> float:
        t, variance = self.seen + 1, self.variance
        finish = float(self.planned)
        if t > 1:
            gap = (self.mean - self.null) * (t - 1) / (t + 19) - 0.5 * sqrt(variance / (t - 1))
            if gap > 0:
                # A clear effect brings the deadline nearer.
                finish = min(finish, max(t + 5, 9 * variance / gap**2))
        share = min(max(exp(self.log_capital - self.goal) / TARGET, 1e-10), 1 - 1e-9)
        z = _NORMAL.inv_cdf(share)
        stake = _PHI_0 * exp(-z * z / 2) / (share * sqrt(variance * (finish - t + 1)))
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


def decide(
    differences: Sequence[float],
    *,
    margin: float = MARGIN,
    alpha_fail: float = ALPHA,
    alpha_pass: float = ALPHA,
    planned: int | None = None,
    batch: int = 1,
    interval: bool = True,
) -> Decision:
    """Pass, fail or inconclusive for paired differences in their pre-drawn order.

    A test rejected within a batch counts from the end of that batch; both in one batch is a pass.
    Without ``interval`` the bounds are left at -1 and 1, which is 40 times faster. Raises ValueError
    when a difference is not a number in [-1, 1] or an argument is out of range.
    """
    _check(differences, margin, alpha_fail, alpha_pass, batch)
    total = max(planned or 0, len(differences))
    negated = [-value for value in differences]
    n = len(differences)

    def at_batch_end(t: int | None) -> int | None:
        return None if t is None else min(n, batch * ceil(t / batch))

    passed = at_batch_end(first_rejection(differences, -margin, alpha_pass, total))
    failed = at_batch_end(first_rejection(negated, 0.0, alpha_fail, total))
    ends = [end for end in (passed, failed) if end is not None]
    used = min(ends, default=n)
    outcome: Outcome = "inconclusive"
    if ends:
        outcome = "pass" if passed == used else "fail"
    mean = sum(differences[:used]) / used if used else 0.0
    lower, upper = -1.0, 1.0
    if interval:
        lower, upper = _bounds(differences[:used], margin, alpha_fail, alpha_pass, total, mean)
    return Decision(outcome, used, mean, lower, upper, bool(ends) or n >= total)


def _check(
    differences: Sequence[float], margin: float, alpha_fail: float, alpha_pass: float, batch: int
) -> None:
    if not all(-1 <= value <= 1 for value in differences):
        raise ValueError("every difference must be a number in [-1, 1]")
    if not (0 < margin <= 1 and 0 < alpha_fail < 1 and 0 < alpha_pass < 1 and batch >= 1):
        raise ValueError("margin must be in (0, 1], each alpha in (0, 1) and batch at least 1")


def _bounds(
    values: Sequence[float], margin: float, alpha_fail: float, alpha_pass: float, planned: int, mean: float
) -> tuple[float, float]:
    """The displayed interval, made never to contradict the decision."""
    if not values:
        return -1.0, 1.0
    negated = [-value for value in values]
    lower = min(_largest_rejected(values, alpha_pass, planned), mean)
    upper = max(-_largest_rejected(negated, alpha_fail, planned), mean)
    if first_rejection(values, -margin, alpha_pass, planned):
        lower = max(lower, -margin)
    else:
        lower = min(lower, -margin)
    upper = min(upper, 0.0) if first_rejection(negated, 0.0, alpha_fail, planned) else max(upper, 0.0)
    return lower, upper


def _largest_rejected(values: Sequence[float], alpha: float, planned: int) -> float:
    low, high = -1.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if first_rejection(values, middle, alpha, planned):
            low = middle
        else:
            high = middle
    return low


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


def case_order(ids: Iterable[str], salt: str) -> list[str]:
    """Case ids in the order fixed before the run: by hex SHA-256 of salt, line feed, id."""
    return sorted(ids, key=lambda case: hashlib.sha256(f"{salt}\n{case}".encode()).hexdigest())


def cases_needed(margin: float = MARGIN, sd: float = PRIOR_SD, power: float = 0.8) -> int:
    """How many cases let an equally good candidate pass with this power.

    1.1 (z sd / margin)^2 + 3 / margin with z = z(95 %) + z(power), fitted to simulations of ``decide``.
    """
    z = _NORMAL.inv_cdf(0.95) + _NORMAL.inv_cdf(power)
    return ceil(1.1 * (z * sd / margin) ** 2 + 3 / margin)


def smallest_margin(cases: int, sd: float = PRIOR_SD, power: float = 0.8) -> float:
    """The smallest margin that ``cases`` cases support: ``cases_needed`` solved for the margin."""
    if cases < 1:
        return 1.0
    z = _NORMAL.inv_cdf(0.95) + _NORMAL.inv_cdf(power)
    square = 1.1 * (z * sd) ** 2
    return min(1.0, (3 + sqrt(9 + 4 * cases * square)) / (2 * cases))


def broken_cases(passes: Mapping[str, Sequence[bool]]) -> tuple[list[str], list[str]]:
    """Protected cases that are broken, and those to run again.

    A case is broken when it fails 2 of up to 3 runs; one with a single failure and room left is run again.
    """
    broken, rerun = [], []
    for case, runs in passes.items():
        failures = sum(not passed for passed in runs[:3])
        if failures >= 2:
            broken.append(case)
        elif failures == 1 and len(runs) < 3:
            rerun.append(case)
    return broken, rerun


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)

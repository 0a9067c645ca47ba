"""Made-up differences whose true mean is set exactly: the families that bench_decisions.py draws from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, sqrt
from random import Random

Draw = Callable[[Random, int], list[float]]
"""So many differences."""


@dataclass(frozen=True, slots=True)
class Made:
    """A family: its words, and what draws from it at a true mean. ``binary``: scores are right or wrong."""

    title: str
    words: str
    at: Callable[[float], Draw]
    binary: bool = False


def _discrete(values: Sequence[float], shares: Sequence[float]) -> Draw:
    edges = list(accumulate(shares))
    return lambda random, count: random.choices(values, cum_weights=edges, k=count)


def discordant(share: float) -> Callable[[float], Draw]:
    """Right or wrong scores of which this share differs between the two versions."""
    return lambda change: _discrete((1.0, -1.0, 0.0), ((share + change) / 2, (share - change) / 2, 1 - share))


def ordinal(change: float) -> Draw:
    """A judge's 1..5 as fifths of [0, 1]: mostly equal, often one step apart, rarely more."""
    values = [step / 4 for step in range(-4, 5)]
    plain = [0.002, 0.008, 0.04, 0.15, 0.60, 0.15, 0.04, 0.008, 0.002]
    low, high = -20.0, 20.0
    for _ in range(60):
        tilt = (low + high) / 2
        shares = [share * exp(tilt * value) for share, value in zip(plain, values, strict=True)]
        mean = sum(s * v for s, v in zip(shares, values, strict=True)) / sum(shares)
        low, high = (tilt, high) if mean < change else (low, tilt)
    return _discrete(values, shares)


def bell(change: float, sd: float) -> Draw:
    """Bell-shaped and bounded by three standard deviations: a sum of three uniforms."""

    def draw(random: Random, count: int) -> list[float]:
        uniform = random.random
        return [change + 2 * sd * (uniform() + uniform() + uniform() - 1.5) for _ in range(count)]

    return draw


def catastrophic(change: float) -> Draw:
    """Most cases gain 2 points, a few lose everything."""
    gain = 0.02
    lost = (gain - change) / (1 + gain)
    return _discrete((-1.0, gain), (lost, 1 - lost))


def skewed(change: float) -> Draw:
    """Two cases in a hundred gain everything, all others lose a little."""
    won = 0.02
    return _discrete((1.0, (change - won) / (1 - won)), (won, 1 - won))


FAMILIES = {
    "binary_10": Made("Right or wrong, 10% differ", "one case in ten changes", discordant(0.1), binary=True),
    "binary_30": Made("Right or wrong, 30% differ", "three in ten change", discordant(0.3), binary=True),
    "pairwise": Made("Judge's winner of two", "seven pairs in ten have a winner", discordant(0.69)),
    "ordinal": Made("Judge's 1 to 5", "four in ten cases move, mostly by one step", ordinal),
    "continuous": Made("Continuous", "bell-shaped, standard deviation 16 points", lambda at: bell(at, 0.16)),
    "catastrophic": Made("Rare total loss", "most cases gain 2 points, a few lose all", catastrophic),
    "skewed": Made("Rare big win", "2% of cases gain all, the others lose a little", skewed),
}


LEAST = {"binary_10": -0.1}
"""The mean below which a family cannot fall, whatever its cases do."""


def clusters(random: Random, count: int, size: int, change: float, share: float) -> list[list[float]]:
    """``count`` clusters of ``size`` cases; ``share`` of the variance is common to a cluster's cases."""
    sd = 0.2
    common = bell(change, sd * sqrt(share))(random, count)
    own = bell(0.0, sd * sqrt(1 - share))
    return [[centre + value for value in own(random, size)] for centre in common]

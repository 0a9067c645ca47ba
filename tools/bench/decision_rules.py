"""The rules that bench_decisions.py compares: the gate's own, and what people use instead.

Each takes paired differences in [-1, 1] in their order and says how it ended and after how many cases.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate
from math import ceil, comb, sqrt
from statistics import NormalDist
from typing import NamedTuple

from cuebook.gate import joint_test
from cuebook.gate.joint_test import Series
from cuebook.shapes._defaults import ERROR, MARGIN
from cuebook.shapes.verdict import Outcome

Z = NormalDist().inv_cdf(1 - ERROR)
WORDS = {
    "gate": "Cuebook's gate",
    "any_drop": "any drop blocks",
    "drop_beyond_margin": "a drop beyond the margin blocks",
    "paired_t": "paired t test after all cases",
    "peeked_t": "paired t test at every batch, stop when clear",
    "mcnemar": "McNemar's test after all cases (right or wrong scores only)",
    "uncorrected": "the gate with 5% for each metric",
    "cases_apart": "the gate with every case on its own",
}


@dataclass(frozen=True, slots=True)
class Design:
    """How many cases there are, with the batch that the product takes for them."""

    cases: int
    margin: float = MARGIN
    alpha: float = ERROR

    @property
    def batch(self) -> int:
        """Cases between two looks."""
        return max(10, ceil(self.cases / 10))


class Ending(NamedTuple):
    """How a run ended, and after how many cases."""

    outcome: Outcome
    used: int


Rule = Callable[[Sequence[float], Design], Ending]


def gate(values: Sequence[float], design: Design) -> Ending:
    """The product's rule for one metric."""
    return gate_of_metrics([values], design)


def gate_of_metrics(metrics: Sequence[Sequence[float]], design: Design) -> Ending:
    """The product's rule for several metrics of the same cases."""
    series = [
        Series("difference", [(value, value) for value in values], design.cases, design.margin)
        for values in metrics
    ]
    decision = joint_test.decide(
        series,
        looks=range(design.batch, design.cases, design.batch),
        planned=design.cases,
        alpha=design.alpha,
        interval=False,
    )
    return Ending(decision.outcome, decision.used)


def any_drop(values: Sequence[float], design: Design) -> Ending:
    """Block when the mean fell at all, else pass."""
    return Ending("fail" if sum(values) < 0 else "pass", design.cases)


def drop_beyond_margin(values: Sequence[float], design: Design) -> Ending:
    """Block when the mean fell by more than the margin, else pass."""
    return Ending("fail" if sum(values) < -design.margin * len(values) else "pass", design.cases)


def paired_t(values: Sequence[float], design: Design) -> Ending:
    """Two one-sided t tests after all cases: against "no worse" and against "worse by the margin"."""
    return Ending(_t_outcome(sum(values), sum(v * v for v in values), len(values), design), design.cases)


def peeked_t(values: Sequence[float], design: Design) -> Ending:
    """The same two t tests after every batch, uncorrected; the first clear answer counts."""
    total = squares = 0.0
    for start in range(0, len(values), design.batch):
        part = values[start : start + design.batch]
        total += sum(part)
        squares += sum(v * v for v in part)
        used = start + len(part)
        outcome = _t_outcome(total, squares, used, design)
        if outcome != "inconclusive":
            return Ending(outcome, used)
    return Ending("inconclusive", design.cases)


def _t_outcome(total: float, squares: float, n: int, design: Design) -> Outcome:
    mean = total / n
    half = _t_quantile(n - 1) * sqrt(max(squares / n - mean * mean, 0.0) / (n - 1))
    if mean - half > -design.margin:
        return "pass"
    return "fail" if mean + half < 0 else "inconclusive"


@cache
def _t_quantile(freedom: int) -> float:
    """Student's t, one-sided 5% (Abramowitz and Stegun 26.7.5; off by less than 0.001 from 9 degrees)."""
    terms = (
        Z,
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))


def mcnemar(values: Sequence[float], design: Design) -> Ending:
    """Block by McNemar's exact test; pass by the Agresti-Min interval (half a case more in each cell)."""
    won = sum(v > 0 for v in values)
    lost = sum(v < 0 for v in values)
    if lost >= _losses_to_block(won + lost):
        return Ending("fail", design.cases)
    n = len(values) + 2
    mean = (won - lost) / n
    half = Z * sqrt(((won + lost + 1) / n - mean * mean) / n)
    return Ending("pass" if mean - half > -design.margin else "inconclusive", design.cases)


@cache
def _losses_to_block(discordant: int) -> int:
    """The fewest losses among the discordant cases that a fair coin shows in at most 5%."""
    tail = 0
    for losses in range(discordant, -1, -1):
        tail += comb(discordant, losses)
        if tail > ERROR * 2**discordant:
            return losses + 1
    return 0


ORDINARY: dict[str, Rule] = {
    "gate": gate,
    "any_drop": any_drop,
    "drop_beyond_margin": drop_beyond_margin,
    "paired_t": paired_t,
    "peeked_t": peeked_t,
}
BINARY: dict[str, Rule] = {**ORDINARY, "mcnemar": mcnemar}


def of_metrics(count: int) -> dict[str, Callable[[Sequence[Sequence[float]], Design], Ending]]:
    """Rules for several metrics: a block by any blocks, a pass needs all."""
    each: dict[str, Rule] = {"any_drop": any_drop, "paired_t": paired_t}
    if count > 1:
        each["uncorrected"] = gate
    alone = {name: partial(_all_metrics, rule) for name, rule in each.items()}
    return {"gate": gate_of_metrics, **alone}


def _all_metrics(rule: Rule, metrics: Sequence[Sequence[float]], design: Design) -> Ending:
    endings = [rule(values, design) for values in metrics]
    if blocks := [ending.used for ending in endings if ending.outcome == "fail"]:
        return Ending("fail", min(blocks))
    if all(ending.outcome == "pass" for ending in endings):
        return Ending("pass", max(ending.used for ending in endings))
    return Ending("inconclusive", design.cases)


def gate_by_cluster(clusters: Sequence[Sequence[float]], design: Design) -> Ending:
    """The product's rule for clusters: one observation each, looked at when all of its cases are there."""
    spans = [(mean, mean) for cluster in clusters for mean in [sum(cluster) / len(cluster)]]
    cases = [*accumulate(map(len, clusters))]
    looks = {bisect_right(cases, end) for end in range(design.batch, cases[-1] + 1, design.batch)}
    decision = joint_test.decide(
        [Series("difference", spans, len(clusters), design.margin)],
        looks=looks,
        planned=len(clusters),
        alpha=design.alpha,
        interval=False,
    )
    return Ending(decision.outcome, cases[decision.used - 1])


def gate_cases_apart(clusters: Sequence[Sequence[float]], design: Design) -> Ending:
    """The gate on the cases as if they were independent: what leaving clusters undeclared does."""
    return gate([value for cluster in clusters for value in cluster], design)


CLUSTERED = {"gate": gate_by_cluster, "cases_apart": gate_cases_apart}

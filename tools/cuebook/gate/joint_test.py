"""Several tests decide together: differences that must pass, floors and limits that can fail. Pure.

Each test's fail bet holds its weight of one capital; the sum is a non-negative supermartingale while
nothing is worse, so it reaches 1/alpha with probability at most alpha (Vovk & Wang 2021 merge e-values by
weighted means). A pass needs every difference to pass at full alpha: the worst one alone bounds that error
(Berger 1982). A run in which neither can still be reached is stopped (Lan, Simon & Halperin 1982), which
only takes rejections away.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist, fmean
from typing import Literal

from cuebook.gate.sequential_test import TARGET, Bettor, lower_bound
from cuebook.shapes._defaults import ERROR
from cuebook.shapes.verdict import Outcome

SeriesKind = Literal["difference", "floor", "limit"]
How = Literal["all", "named", "together", "futility", "used up", "incomplete"]
"""How an outcome came about: pass by ``all``; fail by a ``named`` test or by several ``together``;
inconclusive by ``futility``, with the cases ``used up``, or ``incomplete`` so far."""

FLOOR_SHARE = 0.10
"""What floors and limits hold of the capital: more finds more below a floor and less everywhere else."""
HOPELESS = 0.10
"""A run stops when the chances of a pass and of a fail are both below this."""

_NORMAL = NormalDist()

Span = tuple[float, float]
"""The least and the greatest that a value may be; the same where nothing is missing."""


@dataclass(frozen=True, slots=True)
class Series:
    """One test: ``spans`` in [-1, 1], a slot each, in their order; None where it does not apply.

    A difference is candidate less baseline, a floor's value candidate less floor, a limit's below zero
    where the limit is exceeded. ``margin`` is the loss accepted by the pass bet, which a limit has not.
    ``planned`` counts the slots in which the test applies when all are used.
    """

    kind: SeriesKind
    spans: Sequence[Span | None]
    planned: int
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """What one test showed in the slots used.

    ``log_pass`` and ``log_fail`` are log capitals, kept where their bet stopped (``log_pass`` None: there
    is no such bet). ``evidence`` is the share of what a fail needs. ``mean`` is the middle of the possible
    means; ``lower`` and ``upper`` bound it, each with the error of its side.
    """

    kind: SeriesKind
    outcome: Outcome
    weight: float
    used: int
    log_pass: float | None
    log_fail: float
    evidence: float
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class JointDecision:
    """The outcome over all tests after ``used`` slots.

    ``chance_pass`` and ``chance_fail`` are those still there then, by the formulas that stop a hopeless
    run. ``evidence`` is the share of what a fail needs, over all tests together.
    """

    outcome: Outcome
    how: How
    used: int
    evidence: float
    chance_pass: float
    chance_fail: float
    tests: tuple[SeriesResult, ...]

    @property
    def complete(self) -> bool:
        """Whether no further slot is needed."""
        return self.how != "incomplete"


def weights(kinds: Sequence[SeriesKind], share: float = FLOOR_SHARE) -> list[float]:
    """What each test holds of the capital: floors and limits share ``share``, differences the rest."""
    bars = sum(kind != "difference" for kind in kinds)
    # With tests of one kind alone nobody is there to take the other share of the capital.
    if bars in {0, len(kinds)}:
        return [1 / len(kinds) for _ in kinds]
    return [(1 - share) / (len(kinds) - bars) if kind == "difference" else share / bars for kind in kinds]


def decide(
    tests: Sequence[Series],
    *,
    looks: Container[int],
    planned: int,
    alpha: float = ERROR,
    interval: bool = True,
    futility: bool = True,
    floor_share: float = FLOOR_SHARE,
) -> JointDecision:
    """Pass, fail or inconclusive for series whose slots come in their pre-drawn order.

    ``looks`` holds the numbers of slots after which a batch ends: a test that reached its goal within a
    batch counts from its end, and there a pass comes before a fail. ``planned`` counts the slots when all
    are used. Without ``interval`` bounds are left at -1 and 1, which is 40 times faster. Raises ValueError
    for a span that is not two ordered numbers in [-1, 1], and for an argument out of range.
    """
    _check(tests, planned, alpha)
    joint = _Joint(tests, alpha, floor_share)
    given = max((len(test.spans) for test in tests), default=0)
    seen = 0
    for used in range(1, given + 1):
        joint.step(used)
        ends = used in looks
        if not (ends or used == given):
            continue
        seen += ends
        if joint.passed:
            return joint.result("pass", "all", used, interval=interval)
        if joint.failed:
            return joint.result("fail", joint.failed, used, interval=interval)
        # From the second batch on only, as docs/gate.md promises: the chances rest on the spread so far.
        if futility and seen >= 2 and ends and used < planned and joint.is_hopeless:
            return joint.result("inconclusive", "futility", used, interval=interval)
    how: How = "used up" if given >= planned else "incomplete"
    return joint.result("inconclusive", how, given, interval=interval)


def _check(tests: Sequence[Series], planned: int, alpha: float) -> None:
    spans = [span for test in tests for span in test.spans if span is not None]
    if not all(-1 <= low <= high <= 1 for low, high in spans):
        raise ValueError("every span must be two numbers in [-1, 1], the lower one first")
    if not (0 < alpha < 1 and planned >= 0):
        raise ValueError("alpha must be in (0, 1) and planned not below 0")
    if not all(test.kind == "limit" or 0 < test.margin <= 1 for test in tests):
        raise ValueError("a margin must be in (0, 1]")


class _Run:
    """The two bets of one test."""

    def __init__(self, test: Series, weight: float, alpha: float) -> None:
        self.test, self.weight, self.alpha = test, weight, alpha
        # One fail decides, so the tests share its error; a pass takes all of them, each at full alpha.
        self.fails = Bettor(0.0, -log(alpha * weight), test.planned)
        self.passes = None if test.kind == "limit" else Bettor(-test.margin, -log(alpha), test.planned)

    @property
    def passed(self) -> bool:
        return self.passes is not None and self.passes.reached

    @property
    def failed(self) -> bool:
        return self.fails.reached

    @property
    def held(self) -> float:
        """The capital of the fail bet, by its weight."""
        return self.weight * exp(self.fails.log_capital)

    def step(self, span: Span) -> None:
        low, high = span
        # Surely within its margin, a test has nothing more to fail by: worse, but within tolerance.
        if not (self.passed or self.failed):
            self.fails.bet(-high)
        if self.passes and not self.passed:
            self.passes.bet(low)

    @property
    def chance_pass(self) -> float:
        """Conditional power of the pass bet, taken one standard error too good; 1 before it saw a value."""
        bet = self.passes
        if bet is None or bet.seen == 0:
            return 1.0
        return _chance(bet, self.alpha * exp(bet.log_capital))

    def chance_fail(self, others: float) -> float:
        """The same of the fail bet, which ``others`` hold capital beside."""
        bet = self.fails
        if self.failed:
            return 1.0
        if self.passed or bet.seen >= bet.planned:
            return 0.0
        return 1.0 if bet.seen == 0 else _chance(bet, self.held / (1 / self.alpha - others))


def _chance(bet: Bettor, share: float) -> float:
    left = bet.planned - bet.seen
    if left <= 0:
        return 0.0
    variance = bet.variance
    drift = bet.mean - bet.null + sqrt(variance / bet.seen)
    # The inverse has no value at 0 and 1.
    start = _NORMAL.inv_cdf(min(max(share / TARGET, 1e-10), 1 - 1e-9))
    return _NORMAL.cdf(start + drift * sqrt(left / variance))


class _Joint:
    """All tests, slot by slot."""

    def __init__(self, tests: Sequence[Series], alpha: float, floor_share: float) -> None:
        held = weights([test.kind for test in tests], floor_share)
        self.alpha = alpha
        self.runs = [_Run(test, weight, alpha) for test, weight in zip(tests, held, strict=True)]
        compared = [run for run in self.runs if run.test.kind == "difference"]
        # Beside a comparison a floor can only fail; where nothing is compared it decides.
        self.must_pass = compared or [run for run in self.runs if run.test.kind == "floor"]
        self.failed: Literal["", "named", "together"] = ""
        self.reached: list[float] = []

    def step(self, used: int) -> None:
        for run in self.runs:
            span = run.test.spans[used - 1] if used <= len(run.test.spans) else None
            if span is not None:
                run.step(span)
        # Once 1/alpha is reached the claim is rejected, wherever the capital goes from there.
        if not self.failed:
            if any(run.failed for run in self.runs):
                self.failed = "named"
            elif self.held >= 1 / self.alpha:
                self.failed = "together"
                self.reached = [run.held for run in self.runs]

    @property
    def held(self) -> float:
        return sum(run.held for run in self.runs)

    @property
    def passed(self) -> bool:
        return bool(self.must_pass) and all(run.passed for run in self.must_pass)

    @property
    def chance_pass(self) -> float:
        if not self.must_pass:
            return 0.0
        return min((run.chance_pass for run in self.must_pass if not run.passed), default=1.0)

    @property
    def chance_fail(self) -> float:
        held = self.held
        if self.failed:
            return 1.0
        return max((run.chance_fail(held - run.held) for run in self.runs), default=0.0)

    @property
    def is_hopeless(self) -> bool:
        return self.chance_pass < HOPELESS and self.chance_fail < HOPELESS

    def result(self, outcome: Outcome, how: How, used: int, *, interval: bool) -> JointDecision:
        held = [run.held for run in self.runs]
        # What they had together when it was enough made the fail, not what the rest of the batch left of it.
        if how == "together":
            held = list(map(max, held, self.reached))
        shares = [self.alpha * capital for capital in held]
        return JointDecision(
            outcome=outcome,
            how=how,
            used=used,
            evidence=min(1.0, sum(shares)),
            chance_pass=self.chance_pass,
            chance_fail=self.chance_fail,
            tests=tuple(
                _result(run, used, min(1.0, share), interval=interval)
                for run, share in zip(self.runs, shares, strict=True)
            ),
        )


def _result(run: _Run, used: int, evidence: float, *, interval: bool) -> SeriesResult:
    spans = [span for span in run.test.spans[:used] if span is not None]
    lower, upper = _interval(run, spans) if interval and spans else (-1.0, 1.0)
    return SeriesResult(
        kind=run.test.kind,
        outcome="pass" if run.passed else "fail" if run.failed else "inconclusive",
        weight=run.weight,
        used=len(spans),
        log_pass=run.passes.log_capital if run.passes else None,
        log_fail=run.fails.log_capital,
        evidence=evidence,
        mean=fmean(low + high for low, high in spans) / 2 if spans else 0.0,
        lower=lower,
        upper=upper,
    )


def _interval(run: _Run, spans: Sequence[Span]) -> Span:
    """What is shown beside the outcome, cut where it would contradict it."""
    test = run.test
    lows, highs = [low for low, _ in spans], [high for _, high in spans]
    lower = min(lower_bound(lows, run.alpha, test.planned), fmean(lows))
    # The error of the fail bet is its share of the whole, and so is that of the bound on its side.
    negated = [-high for high in highs]
    upper = max(-lower_bound(negated, run.alpha * run.weight, test.planned), fmean(highs))
    if run.passes:
        lower = max(lower, -test.margin) if run.passed else min(lower, -test.margin)
    return lower, min(upper, 0.0) if run.failed else max(upper, 0.0)

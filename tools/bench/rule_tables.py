"""What the tables of bench_rules.py are made with: the gate's decision on made-up series, rates, Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.decision_rules import Design
from cuebook.gate import joint_test
from cuebook.gate.joint_test import JointDecision, Series, Span
from cuebook.shapes._defaults import ERROR, MARGIN
from cuebook.site.gate_rates import error, limit

Values = Sequence[float]
"""The differences of one metric, in the order of the cases."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows to print; ``bounded`` are the rates that the promise keeps, with their bounds."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bounded: Sequence[tuple[float, float]] = ()

    def broken(self, runs: int) -> int:
        """How many bounded rates lie above their bounds beyond Monte-Carlo error.

        A table holds the worst of many rates, so they are given one more standard error than a single one.
        """
        return sum(rate > limit(bound, runs) + error(bound, runs) for rate, bound in self.bounded)

    def markdown(self) -> Iterator[str]:
        """The table under its title."""
        yield f"\n## {self.title}\n"
        yield f"| {' | '.join(self.columns)} |"
        yield f"|{' --- |' * len(self.columns)}"
        for row in self.rows:
            yield f"| {' | '.join(row)} |"


def decide(
    metrics: Sequence[Values | Sequence[Span]],
    design: Design,
    *,
    floors: Sequence[Values] = (),
    limits: Sequence[Sequence[Span]] = (),
    alpha: float = ERROR,
    futility: bool = True,
) -> JointDecision:
    """The product's decision on series of the same cases."""

    def spans(values: Values | Sequence[Span]) -> list[Span]:
        return [value if isinstance(value, tuple) else (value, value) for value in values]

    cases = design.cases
    series = [Series("difference", spans(values), cases, design.margin) for values in metrics]
    series += [Series("floor", spans(values), cases, MARGIN) for values in floors]
    series += [Series("limit", values, cases) for values in limits]
    return joint_test.decide(
        series,
        looks=range(design.batch, cases, design.batch),
        planned=cases,
        alpha=alpha,
        interval=False,
        futility=futility,
    )


def share(runs: int, happened: Callable[[], bool]) -> float:
    """How often something happens."""
    return sum(happened() for _ in range(runs)) / runs


def rate_of(value: float) -> str:
    return f"{value:.3f}"

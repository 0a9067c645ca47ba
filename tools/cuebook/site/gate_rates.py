"""How well the gate decides: measured rates of right and wrong verdicts, published with the package.

``tools/bench/bench_decisions.py --write`` makes the file; this module knows its shape, what the gate
promises about it, and how far a simulated rate may be off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field, model_validator

from cuebook.shapes._base import Shape

FILE = Path(__file__).parents[1] / "data" / "gate_health.json"
SCHEMA: Literal["cuebook/gate-health/1"] = "cuebook/gate-health/1"
GATE = "gate"
"""The rule whose promise is checked; the others are there to compare with."""
SIGMAS = 3
"""Monte-Carlo errors that a rate may lie above its limit: chance does that in one row of 700."""

FamilyKind = Literal["simulated", "metrics", "clusters", "real"]
_Share = Annotated[float, Field(ge=0, le=1)]
_Change = Annotated[float, Field(ge=-1, le=1)]


class Rates(Shape):
    """Shares of runs that ended in pass and in fail, and the mean share of the cases that were used."""

    passed: Annotated[_Share, Field(alias="pass")]
    failed: Annotated[_Share, Field(alias="fail")]
    used: _Share

    @property
    def undecided(self) -> float:
        """Share of runs that ended inconclusive."""
        # In floats, 1 - 0.9 - 0.1 is a little less than nothing.
        return max(0.0, 1 - self.passed - self.failed)


class RateRow(Shape):
    """``runs`` runs of every rule on the same differences of ``cases`` cases.

    ``low`` and ``high`` bound the true mean difference in score points on [-1, 1]; they are equal where
    it is known exactly.
    """

    family: str
    cases: Annotated[int, Field(ge=1)]
    low: _Change
    high: _Change
    runs: Annotated[int, Field(ge=1)]
    rules: dict[str, Rates]


class Family(Shape):
    """What a group of rows has in common, in words."""

    kind: FamilyKind
    title: str
    words: str


class RateSource(Shape):
    """The origin of scores of which only rates are published."""

    name: str
    licence: str
    words: str


class GateHealth(Shape):
    """The published file: settings, words for rules and families, and every measured row.

    All rows are of one run of all rules, with the rules of gate version ``gate_version``.
    """

    schema_: Annotated[Literal["cuebook/gate-health/1"], Field(alias="schema")] = SCHEMA
    gate_version: int
    margin: _Share
    alpha: _Share
    runs: int
    seed: int
    rules: dict[str, str]
    families: dict[str, Family]
    sources: list[RateSource]
    rows: list[RateRow]

    @model_validator(mode="after")
    def _names_are_known(self) -> GateHealth:
        # A page would fail on the first such name, long after the benchmark that wrote it.
        strange = {row.family for row in self.rows} - set(self.families)
        strange |= {name for row in self.rows for name in row.rules} - set(self.rules)
        if strange:
            raise ValueError(f"rows name what is not listed: {', '.join(sorted(strange))}")
        return self

    def of_kind(self, kind: FamilyKind) -> list[RateRow]:
        """Return the rows whose family is of a kind, in the order of the file."""
        return [row for row in self.rows if self.families[row.family].kind == kind]

    def broken_promises(self, row: RateRow, rule: str = GATE) -> list[str]:
        """Return what a rule did more often than its error allows, beyond Monte-Carlo error; empty if none.

        Blocking what is no worse, and passing what is worse by the margin or more.
        """
        most = limit(self.alpha, row.runs)
        found, broken = row.rules[rule], []
        # What lies between, a loss within the margin, is promised nothing.
        if row.low >= 0 and found.failed > most:
            broken.append(f"blocked {found.failed:.1%} of changes that are no worse")
        if row.high <= -self.margin and found.passed > most:
            broken.append(f"passed {found.passed:.1%} of losses of the margin or more")
        return broken


def error(rate: float, runs: int) -> float:
    """Return the standard error of a rate found in so many runs."""
    return sqrt(rate * (1 - rate) / runs)


def limit(alpha: float, runs: int) -> float:
    """Return the largest rate that ``runs`` runs can show while the true one is at most ``alpha``."""
    return alpha + SIGMAS * error(alpha, runs)


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and largest of a rate over families."""

    mean: float
    worst: float


@dataclass(frozen=True, slots=True)
class Quality:
    """One rule at one number of cases, over families.

    ``false_blocks`` where nothing changed, ``false_passes`` of a loss of exactly the margin; ``means`` by
    the true change in score points.
    """

    rule: str
    cases: int
    families: int
    false_blocks: Spread
    false_passes: Spread
    means: dict[float, Rates]


def quality(rows: Sequence[RateRow], rule: str, cases: int, margin: float) -> Quality:
    """Sum up the rows of exact changes for one rule and one number of cases.

    Raises ValueError when no row has no change, or none a loss of the margin.
    """
    # Ranges of a true change, as on real scores, belong to no one change.
    mine = [row for row in rows if row.cases == cases and rule in row.rules and row.low == row.high]
    by_change: dict[float, list[Rates]] = {}
    for row in mine:
        by_change.setdefault(row.low, []).append(row.rules[rule])
    if 0 not in by_change or -margin not in by_change:
        raise ValueError(f"{rule} was not measured at no change and at the margin with {cases} cases")
    return Quality(
        rule=rule,
        cases=cases,
        families=len({row.family for row in mine}),
        false_blocks=_spread([rates.failed for rates in by_change[0]]),
        false_passes=_spread([rates.passed for rates in by_change[-margin]]),
        means={
            change: Rates(
                passed=fmean(item.passed for item in found),
                failed=fmean(item.failed for item in found),
                used=fmean(item.used for item in found),
            )
            for change, found in by_change.items()
        },
    )


def _spread(rates: Sequence[float]) -> Spread:
    return Spread(fmean(rates), max(rates))


@cache
def read() -> GateHealth:
    """Return the rates published with this package."""
    return GateHealth.model_validate_json(FILE.read_bytes())

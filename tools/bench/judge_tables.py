"""What a judge's errors do to a comparison: losses that people see, tested on the judge's grades.

A true loss of exactly the margin is made of answers that drop from one grade to another; the judge grades
as it graded the labelled answers of the example registry. Its labels are drawn again in every run, for the
margin that is tested depends on them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import fmean

from bench.decision_rules import Design
from bench.rule_tables import Table, decide, rate_of
from cuebook.judging.agreement import Z_ONE_SIDED, shown, steps
from cuebook.judging.trust import LEAST_J
from cuebook.shapes._defaults import ERROR

Counts = Sequence[Sequence[int]]
"""Labelled answers: a row for each grade of people, a column for each of the judge, both from the lowest."""
Drop = tuple[int, int]
"""From one grade to another, as places from 0."""

JUDGES = ("judge-correctness", "judge-groundedness")
LOSS = 0.08
DROPS: Mapping[str, Sequence[Drop]] = {
    "5 to 1": [(4, 0)],
    "5 to 3": [(4, 2)],
    "5 to 4": [(4, 3)],
    "4 to 3": [(3, 2)],
    "all of them": [(4, 0), (4, 2), (4, 3), (3, 2)],
}
ROOT = Path(__file__).parents[2]


def judges(runs: int, random: Random) -> Iterator[Table]:
    """The judges of the example registry, as they grade its labelled answers."""
    for name in JUDGES:
        yield losses(name, _measured(name), max(1, runs // 4), random)


def losses(name: str, table: Counts, runs: int, random: Random) -> Table:
    """How often a loss of the margin passes, by the slope's bound and by that of the weakest step."""
    slope = _slope(table)[0]
    rows, bounded = [], []
    for title, drops in DROPS.items():
        seen = fmean(_mean(table[high]) - _mean(table[low]) for high, low in drops)
        share = seen / fmean((high - low) / (len(table) - 1) for high, low in drops)
        cells = []
        for cases in (150, 400):
            passed = [_passes(table, drops, cases, random) for _ in range(runs)]
            by_slope, by_step = (fmean(found[at] for found in passed) for at in (0, 1))
            cells += [rate_of(by_slope), rate_of(by_step)]
            if share >= slope:
                bounded.append((by_slope, 2 * ERROR))
        rows.append([title, f"{share:.2f}", *cells])
    factors = [_factors(_drawn(table, random)) for _ in range(runs)]
    factor, least = (fmean(found[at] for found in factors) for at in (0, 1))
    title = (
        f"{name}: a loss of {LOSS:g} that people see passes; of the margin {factor:.2f} is tested by the "
        f"slope of {slope:.2f}, {least:.2f} by the weakest step"
    )
    columns = ["the answers drop from", "it shows", "N = 150: slope", "step", "N = 400: slope", "step"]
    return Table(title, columns, rows, bounded)


def _passes(table: Counts, drops: Sequence[Drop], cases: int, random: Random) -> tuple[bool, bool]:
    """Whether it passes at the margin by the slope, and at that by the weakest step."""
    top = len(table) - 1
    shares = [LOSS / len(drops) * top / (high - low) for high, low in drops]
    values = []
    for drop in random.choices([*drops, None], [*shares, 1 - sum(shares)], k=cases):
        # An answer that is as it was gets the grade that it had.
        before, after = (_graded(table[grade], random) for grade in drop) if drop else (0.0, 0.0)
        values.append(after - before)
    by_slope, by_step = (
        decide([values], Design(cases, LOSS * factor)).outcome == "pass"
        for factor in _factors(_drawn(table, random))
    )
    return by_slope, by_step


def _graded(row: Sequence[int], random: Random) -> float:
    return random.choices(range(len(row)), row)[0] / (len(row) - 1)


def _mean(row: Sequence[int]) -> float:
    return sum(place * count for place, count in enumerate(row)) / sum(row) / (len(row) - 1)


def _drawn(table: Counts, random: Random) -> list[list[int]]:
    """As many labels, drawn from these."""
    cells = [(i, j) for i in range(len(table)) for j in range(len(table))]
    weights = list(accumulate(table[i][j] for i, j in cells))
    drawn = [[0] * len(table) for _ in table]
    for i, j in random.choices(cells, cum_weights=weights, k=weights[-1]):
        drawn[i][j] += 1
    return drawn


def _slope(table: Counts) -> tuple[float, float]:
    """The share of a difference that the judge shows, and its lower bound."""
    top = len(table) - 1
    pairs = [(i / top, j / top) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    people, judge = zip(*pairs, strict=True)
    found = shown(people, judge, [place / top for place in range(top + 1)], Z_ONE_SIDED)
    return found.estimate, found.lower


def _factors(table: Counts) -> tuple[float, float]:
    """What the margin is shrunk by: by the bound of the slope, and by that of the weakest step."""
    least = min((step.least for step in steps(table)), default=1.0)
    return max(_slope(table)[1], LEAST_J), max(least, LEAST_J)


def _measured(name: str) -> Counts:
    with tempfile.TemporaryDirectory() as state:
        words = [sys.executable, "-c", "from cuebook.cli import main; main()", "judge", name, "--json"]
        done = subprocess.run(
            words, cwd=ROOT, env=os.environ | {"CUEBOOK_STATE": state}, stdout=subprocess.PIPE, check=False
        )
    (found,) = json.loads(done.stdout)
    return found["confusion"]  # type: ignore[no-any-return]

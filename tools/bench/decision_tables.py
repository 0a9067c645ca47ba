"""Differences from real judge-score tables, when there is a folder of them (gzip CSV, one row an item)."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random

from cuebook.site.gate_rates import RateSource

VARIABLE = "CUEBOOK_SHARED_DATA"
"""The environment variable that names a folder with the tables in ``judge/``, or the folder of the tables."""
SYSTEMS = ("alpacaeval1_gpt4", "alpacaeval2_weighted", "wildbench_gpt-4-turbo", "wildbench_gpt-4o")
"""Tables with one column a system, all on the same items."""
SAME: dict[str, tuple[str, str, tuple[str, ...], int]] = {
    "same_hosts": (
        "One model on two hosts",
        "alpacaeval2_weighted",
        ("vicuna-13b-v1.5", "vicuna-13b-v1.5-togetherai"),
        1,
    ),
    "same_decoding": (
        "One model, greedy and sampled",
        "wildbench_gpt-4o",
        ("Qwen1.5-72B-Chat-greedy", "Qwen1.5-72B-Chat"),
        1,
    ),
    "same_answers": ("The same answers judged again", "judge_repeats_gpt4", ("run1", "run2", "run3"), 4),
    "same_agent": (
        "One agent run again",
        "tau_airline_gpt4o_trials",
        ("trial0", "trial1", "trial2", "trial3"),
        1,
    ),
}
"""Two runs of one thing by key: title, table, columns, and what a full difference is in the table."""
EDGES = (-1.0, -0.15, -0.10, -0.05, 0.0, 0.05, 0.10, 1.0)

SOURCES = [
    RateSource(
        name="tatsu-lab/alpaca_eval at cd543a14",
        licence="code Apache-2.0, data CC BY-NC 4.0",
        words="judged preferences for 26 systems in each of two tables; only rates are published here",
    ),
    RateSource(
        name="allenai/WildBench at d6b8dcaf",
        licence="Apache-2.0",
        words="judge's 1 to 10 for 6 and 7 systems",
    ),
    RateSource(
        name="prometheus-eval/prometheus-eval at dcfb4427",
        licence="Apache-2.0",
        words="the same 320 answers judged three times",
    ),
    RateSource(
        name="sierra-research/tau-bench at 59a200c6",
        licence="MIT",
        words="four runs of one agent on 25 tasks",
    ),
]


@dataclass(frozen=True, slots=True)
class Real:
    """A group of real differences: true means lie in [``low``, ``high``]; ``draw`` picks with replacement."""

    title: str
    words: str
    low: float
    high: float
    draw: Callable[[Random, int], list[float]]
    binary: bool = False


def folder() -> Path | None:
    """Where the tables are, or None when they are not at hand."""
    named = os.environ.get(VARIABLE)
    places = [Path(named) / "judge", Path(named)] if named else []
    return next((place for place in places if (place / f"{SYSTEMS[0]}.csv.gz").is_file()), None)


def groups(place: Path) -> dict[str, Real]:
    """Every group by key: pairs without a difference, then pairs of systems by their true difference."""
    return {**_same(place), **_bands(place)}


def _rows(place: Path, table: str) -> list[dict[str, str]]:
    with gzip.open(place / f"{table}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _differences(rows: Sequence[Mapping[str, str]], old: str, new: str) -> list[float]:
    return [float(row[new]) - float(row[old]) for row in rows if row[old] and row[new]]


def _same(place: Path) -> dict[str, Real]:
    """Two runs of one thing; who is the baseline is drawn for each case, so the true difference is zero."""
    found = {}
    for key, (title, table, columns, scale) in SAME.items():
        rows = _rows(place, table)
        pool = [d / scale for pair in combinations(columns, 2) for d in _differences(rows, *pair)]
        binary = set(pool) <= {-1, 0, 1}
        found[key] = Real(title, "no true difference", 0.0, 0.0, _either_way(pool), binary=binary)
    return found


def _either_way(pool: Sequence[float]) -> Callable[[Random, int], list[float]]:
    both = [*pool, *(-value for value in pool)]
    return lambda random, count: random.choices(both, k=count)


def _bands(place: Path) -> dict[str, Real]:
    """Ordered pairs of systems by their mean difference over the whole table: the truth drawn from."""
    pairs: list[list[list[list[float]]]] = [[[] for _ in SYSTEMS] for _ in EDGES[1:]]
    for at, table in enumerate(SYSTEMS):
        for differences in _every_pair(_rows(place, table)):
            pairs[_band(sum(differences) / len(differences))][at].append(differences)
    made = {}
    for number, tables in enumerate(pairs):
        low, high = EDGES[number], EDGES[number + 1]
        count = sum(map(len, tables))
        made[f"pairs_{number}"] = Real(
            f"{count} pairs of systems",
            "ordered pairs; the tables weigh alike, and so do the pairs of a table",
            low,
            high,
            _any_pair([table for table in tables if table]),
        )
    return made


def _every_pair(rows: list[dict[str, str]]) -> Iterator[list[float]]:
    names = [name for name in rows[0] if name not in {"item", "slice"}]
    for old, new in combinations(names, 2):
        differences = _differences(rows, old, new)
        yield differences
        yield [-value for value in differences]


def _band(mean: float) -> int:
    """The band of a true mean; an edge belongs to the band farther from zero, zero to the gains."""
    inner = EDGES[1:-1]
    return sum(mean > edge or (edge >= 0 and mean == edge) for edge in inner)


def _any_pair(tables: Sequence[Sequence[Sequence[float]]]) -> Callable[[Random, int], list[float]]:
    return lambda random, count: random.choices(random.choice(random.choice(tables)), k=count)

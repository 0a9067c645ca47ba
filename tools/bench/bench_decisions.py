"""How well the gate decides, beside the rules people use instead.

python tools/bench/bench_decisions.py [--runs 1600] [--seed 1] [--quick] [--json FILE] [--write]

Prints Markdown tables of simulated decisions: changes that do no harm and are blocked, losses of the
margin that pass, losses found, verdicts left open, cases used. With CUEBOOK_SHARED_DATA set to a folder
that holds real judge-score tables (judge/*.csv.gz) also on those. Ends with exit code 1 when the gate
breaks its promise beyond Monte-Carlo error. --write publishes the numbers with the package.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from bench import decision_families as families
from bench import decision_rules as rules
from bench import decision_tables as tables
from bench.decision_rules import Design, Ending
from cuebook.core.files import write_atomic
from cuebook.gate.comparison import GATE_VERSION
from cuebook.shapes._defaults import ERROR, MARGIN
from cuebook.site.gate_rates import (
    FILE,
    GATE,
    Family,
    FamilyKind,
    GateHealth,
    Quality,
    RateRow,
    Rates,
    error,
    limit,
    quality,
)

CASES = (50, 100, 200, 500)
CHANGES = (0.0, -0.02, -MARGIN, -0.10)
RUNS = 1600
TITLES: dict[FamilyKind, str] = {
    "simulated": "Made-up families, one metric",
    "metrics": "Several metrics",
    "clusters": "Clusters",
    "real": "Real judge scores",
}
METRICS = (1, 3)
COMMON = 0.3
"""Share of the variance that the cases of a made-up cluster have in common."""
CLUSTERS = ((20, 10), (50, 10))
"""Clusters and cases in each."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something to simulate: ``draw`` makes one run's differences, which every rule then sees."""

    family: str
    cases: int
    low: float
    high: float
    draw: Callable[[Random], Any]
    rules: Mapping[str, Callable[[Any, Design], Ending]]

    def runs(self, most: int) -> int:
        """All runs at the edges of the promise, where it is hardest to keep; half as many elsewhere."""
        at_edge = self.low == 0 or self.high == -MARGIN
        return most if at_edge else max(1, most // 2)


def simulate(setting: Setting, most: int, seed: int) -> RateRow:
    """Every rule on the same differences, run after run; the same seed gives the same row."""
    random = Random(f"{seed} {setting.family} {setting.cases} {setting.low} {setting.high}")
    design, runs = Design(setting.cases), setting.runs(most)
    passed, failed, used = (dict.fromkeys(setting.rules, 0) for _ in range(3))
    for _ in range(runs):
        differences = setting.draw(random)
        for name, rule in setting.rules.items():
            ending = rule(differences, design)
            passed[name] += ending.outcome == "pass"
            failed[name] += ending.outcome == "fail"
            used[name] += ending.used
    rates = {
        name: Rates(
            passed=round(passed[name] / runs, 4),
            failed=round(failed[name] / runs, 4),
            used=round(used[name] / (runs * setting.cases), 4),
        )
        for name in setting.rules
    }
    return RateRow(
        family=setting.family,
        cases=setting.cases,
        low=setting.low,
        high=setting.high,
        runs=runs,
        rules=rates,
    )


def simulated(cases: Iterable[int]) -> Iterator[Setting]:
    """One metric, independent cases."""
    for count in cases:
        for key, family in families.FAMILIES.items():
            known = rules.BINARY if family.binary else rules.ORDINARY
            for change in CHANGES:
                draw = partial(_sized, family.at(change), count)
                yield Setting(key, count, change, change, draw, known)


def _sized(draw: families.Draw, count: int, random: Random) -> list[float]:
    return draw(random, count)


def of_metrics(cases: Iterable[int]) -> Iterator[Setting]:
    """One or three independent metrics on a judge's 1 to 5: none changed, or one of them dropped."""
    for count in cases:
        for metrics in METRICS:
            for change in (0.0, -0.10):
                draws = [families.ordinal(change), *([families.ordinal(0.0)] * (metrics - 1))]
                draw = partial(_columns, draws, count)
                yield Setting(f"metrics_{metrics}", count, change, change, draw, rules.of_metrics(metrics))


def _columns(draws: list[families.Draw], count: int, random: Random) -> list[list[float]]:
    return [draw(random, count) for draw in draws]


def of_clusters() -> Iterator[Setting]:
    """Cases that come in clusters, declared or not."""
    for count, size in CLUSTERS:
        for change in (0.0, -MARGIN, -0.10):
            draw = partial(families.clusters, count=count, size=size, change=change, share=COMMON)
            yield Setting(f"clusters_{count}", count * size, change, change, draw, rules.CLUSTERED)


def real(groups: Mapping[str, tables.Real], cases: Iterable[int]) -> Iterator[Setting]:
    """Drawn with replacement from real differences."""
    for key, group in groups.items():
        known = rules.BINARY if group.binary else rules.ORDINARY
        for count in cases:
            draw = partial(_sized, group.draw, count)
            yield Setting(key, count, group.low, group.high, draw, known)


def _named(groups: Mapping[str, tables.Real]) -> dict[str, Family]:
    """Words for every family that a row may name."""
    found = {
        key: Family(kind="simulated", title=family.title, words=family.words)
        for key, family in families.FAMILIES.items()
    }
    for metrics in METRICS:
        title = "One metric" if metrics == 1 else f"{metrics} metrics"
        found[f"metrics_{metrics}"] = Family(
            kind="metrics", title=title, words="a judge's 1 to 5 each, independent; one of them drops"
        )
    for count, size in CLUSTERS:
        words = f"{COMMON:.0%} of the variance is common to a cluster"
        found[f"clusters_{count}"] = Family(
            kind="clusters", title=f"{count} clusters of {size} cases", words=words
        )
    for key, group in groups.items():
        found[key] = Family(kind="real", title=group.title, words=group.words)
    return found


def measure(runs: int, seed: int, cases: tuple[int, ...], folder: Path | None) -> GateHealth:
    """The whole table. ``folder`` holds the real score tables, or None leaves them out."""
    groups = tables.groups(folder) if folder else {}
    settings = [*simulated(cases), *of_metrics(cases), *of_clusters(), *real(groups, cases)]
    rows = []
    for number, setting in enumerate(settings, 1):
        rows.append(simulate(setting, runs, seed))
        if sys.stderr.isatty():
            print(f"\r{number} of {len(settings)}", end="", file=sys.stderr, flush=True)
    named = {name for row in rows for name in row.rules}
    return GateHealth(
        gate_version=GATE_VERSION,
        margin=MARGIN,
        alpha=ERROR,
        runs=runs,
        seed=seed,
        rules={name: words for name, words in rules.WORDS.items() if name in named},
        families=_named(groups),
        sources=tables.SOURCES if folder else [],
        rows=rows,
    )


def dump(health: GateHealth) -> bytes:
    """The published file: settings first, then one line a row, so that a change of a rate is one line."""
    whole = health.model_dump(mode="json", by_alias=True)
    lines = ",\n".join(f"    {json.dumps(row)}" for row in whole.pop("rows"))
    head = json.dumps(whole, indent=2, ensure_ascii=False).removesuffix("\n}")
    return f'{head},\n  "rows": [\n{lines}\n  ]\n}}\n'.encode()


def markdown(health: GateHealth) -> Iterator[str]:
    """The tables in the order they are read."""
    yield "## Rules side by side: seven made-up families, mean (worst)\n"
    yield from _table(
        "cases | rule | false blocks | false passes at the margin | found: 2 points | 5 | 10 | equal passes "
        "| undecided: equal | 10 | cases used: equal | 10",
        _sums(health),
    )
    yield "\nBelow, each row also says whether the gate's promise held; other rules as pass / fail,"
    yield f"with a star where they are wrong in more than {health.alpha:.0%} beyond Monte-Carlo error.\n"
    for kind, title in TITLES.items():
        yield f"\n## {title}\n"
        if found := health.of_kind(kind):
            yield from _table(*_detail(health, found))
        else:
            yield f"skipped: {tables.VARIABLE} names no folder with the score tables"


def _table(columns: str, rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {columns} |"
    yield f"|{' --- |' * (columns.count('|') + 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _sums(health: GateHealth) -> Iterator[list[str]]:
    rows = health.of_kind("simulated")
    for cases in sorted({row.cases for row in rows}):
        for name in rules.BINARY:
            found = quality(rows, name, cases, health.margin)
            yield [str(cases), health.rules[name], *_numbers(found)]


def _numbers(found: Quality) -> list[str]:
    per_cent = "{:.1%}".format
    equal, worst = found.means[0.0], found.means[-0.10]
    return [
        f"{per_cent(found.false_blocks.mean)} ({per_cent(found.false_blocks.worst)})",
        f"{per_cent(found.false_passes.mean)} ({per_cent(found.false_passes.worst)})",
        *(per_cent(found.means[change].failed) for change in CHANGES[1:]),
        per_cent(equal.passed),
        *(per_cent(rates.undecided) for rates in (equal, worst)),
        *(per_cent(rates.used) for rates in (equal, worst)),
    ]


def _detail(health: GateHealth, found: list[RateRow]) -> tuple[str, Iterator[list[str]]]:
    """Columns and rows: the gate in full, the other rules in short."""
    others = [name for name in health.rules if name != GATE and any(name in row.rules for row in found)]
    columns = ["family", "cases", "change", "runs", "pass", "fail", "undecided", "used", "promise"]
    columns += [health.rules[name] for name in others]
    return " | ".join(columns), (_detail_row(health, row, others) for row in found)


def _detail_row(health: GateHealth, row: RateRow, others: list[str]) -> list[str]:
    rates = row.rules[GATE]
    points = f"{100 * row.low:+.0f}"
    return [
        health.families[row.family].title,
        str(row.cases),
        points if row.low == row.high else f"{points}..{100 * row.high:+.0f}",
        str(row.runs),
        _with_error(rates.passed, row.runs),
        _with_error(rates.failed, row.runs),
        f"{rates.undecided:.1%}",
        f"{rates.used:.1%}",
        _promise(health, row),
        *(_short(health, row, name) for name in others),
    ]


def _short(health: GateHealth, row: RateRow, rule: str) -> str:
    rates = row.rules.get(rule)
    if rates is None:
        return ""
    star = " *" if health.broken_promises(row, rule) else ""
    return f"{rates.passed:.1%} / {rates.failed:.1%}{star}"


def _with_error(rate: float, runs: int) -> str:
    return f"{rate:.1%} \u00b1 {error(rate, runs):.1%}"


def _promise(health: GateHealth, row: RateRow) -> str:
    if broken := health.broken_promises(row):
        return f"BROKEN: {', '.join(broken)}"
    if row.low >= 0:
        return f"holds: false blocks at most {limit(health.alpha, row.runs):.1%}"
    if row.high <= -health.margin:
        return f"holds: false passes at most {limit(health.alpha, row.runs):.1%}"
    return "tolerated loss: nothing is promised"


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--runs", type=int, default=RUNS, help="runs of a row whose rate is promised")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--quick", action="store_true", help="50 and 100 cases, 100 runs")
    words.add_argument("--json", type=Path, help="also write the numbers to this file")
    words.add_argument("--write", action="store_true", help=f"publish the numbers as {FILE.name}")
    given = words.parse_args()
    started = time.perf_counter()
    cases, runs = (CASES[:2], min(given.runs, 100)) if given.quick else (CASES, given.runs)
    health = measure(runs, given.seed, cases, tables.folder())
    print("\n".join(markdown(health)))
    targets = [*([given.json] if given.json else []), *([FILE] if given.write else [])]
    for target in targets:
        write_atomic(target, dump(health))
    broken = sum(bool(health.broken_promises(row)) for row in health.rows)
    seconds = time.perf_counter() - started
    print(f"\n{len(health.rows)} rows, {broken} with a broken promise, {seconds:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

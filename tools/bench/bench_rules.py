"""What the rules around the gate's tests do: attacks on its promise, small suites, limits, all together.

python tools/bench/bench_rules.py [--runs 500] [--seed 1] [--quick] [--only WORD]

Prints Markdown tables of simulated rates. Ends with exit code 1 when a rate that the promise bounds lies
above it beyond Monte-Carlo error.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import exp
from random import Random
from statistics import fmean

from bench import decision_families as families
from bench import judge_tables, rule_details
from bench.decision_rules import Design
from bench.rule_tables import Table, Values, decide, rate_of, share
from cuebook.gate import joint_test
from cuebook.gate.joint_test import JointDecision, Span
from cuebook.gate.plan import in_order
from cuebook.gate.protected import false_alarm
from cuebook.gate.sequential_test import first_rejection
from cuebook.gate.spans import limit_value
from cuebook.shapes._defaults import ERROR, MARGIN
from cuebook.shapes.run import Case

RUNS = 500
EDITS = 100
"""Edits of no effect that an author makes in search of an order that passes."""


def attacks(runs: int, random: Random) -> Iterator[Table]:
    """Five attacks on the promise, by the rules of the first edition and by those of today."""
    rows, bounded = [], []
    for title, (before, after), bound in (
        ("100 edits of no effect, true loss 5 points, N = 100", _no_op_edits(runs, random, 100), ERROR),
        ("100 edits of no effect, true loss 5 points, N = 200", _no_op_edits(runs, random, 200), ERROR),
        ("three looks at a loss of 5 points, N = 200", _reruns(runs, random, 3), 2 * ERROR),
        ("six looks at a loss of 5 points, N = 200", _reruns(runs, random, 6), 2 * ERROR),
        ("a loss of 5 points where the judge is silent, N = 200", _silent(runs, random, 200), ERROR),
        ("the same, N = 400", _silent(runs, random, 400), ERROR),
        ("refuses 5% of the questions of a pairwise judge, N = 200", _refusing(runs, random, 200), ERROR),
        ("a loss of 5 points in small clusters, half have 10 cases", _in_small_ones(runs, random), ERROR),
    ):
        rows.append([title, rate_of(before), rate_of(after), f"{bound:g}"])
        bounded.append((after, bound))
    columns = ["attack", "passes by the first edition's rules", "passes now", "promised at most"]
    yield Table("Attacks on the promise", columns, rows, bounded)


def _passes(
    values: Values | Sequence[Span], design: Design, *, first: bool = False, alpha: float = ERROR
) -> bool:
    return decide([values], design, alpha=alpha, futility=not first).outcome == "pass"


def _no_op_edits(runs: int, random: Random, cases: int) -> tuple[float, float]:
    """The order was drawn from the candidate's digest, so each edit drew another."""
    design = Design(cases)
    draw = families.ordinal(-MARGIN)
    found = 0
    few = max(1, runs // 10)
    for _ in range(few):
        values = draw(random, cases)
        found += any(_passes(random.sample(values, cases), design, first=True) for _ in range(EDITS))
    return found / few, share(runs, lambda: _passes(draw(random, cases), design))


def _reruns(runs: int, random: Random, looks: int) -> tuple[float, float]:
    """Half of the variance belongs to the case; each look took fresh answers of both arms at full error."""
    before, now = rule_details.any_look(runs, random, looks, 0.5)
    return before[-1], now[-1]


def _silent(runs: int, random: Random, cases: int) -> tuple[float, float]:
    """One case in twenty is lost, and there the judge says nothing: dropped, or at its worst for a pass."""

    def drawn() -> list[bool]:
        return [random.random() < MARGIN for _ in range(cases)]

    def dropped() -> bool:
        lost = drawn()
        kept = [0.0] * (cases - sum(lost))
        return sum(lost) <= 0.05 * cases and _passes(kept, Design(cases), first=True)

    return share(runs, dropped), share(
        runs, lambda: _passes([(-1.0, 0.0) if lost else (0.0, 0.0) for lost in drawn()], Design(cases))
    )


def _refusing(runs: int, random: Random, cases: int) -> tuple[float, float]:
    """No answer to one question in twenty, level with the baseline on the others."""

    def drawn() -> list[bool]:
        return [random.random() < MARGIN for _ in range(cases)]

    def dropped() -> bool:
        refused = sum(drawn())
        return refused <= 0.05 * cases and _passes([0.0] * (cases - refused), Design(cases), first=True)

    return share(runs, dropped), share(
        runs, lambda: _passes([-1.0 if refused else 0.0 for refused in drawn()], Design(cases))
    )


def _in_small_ones(runs: int, random: Random, clusters: int = 200, size: int = 10) -> tuple[float, float]:
    """Where each case drew its cluster's place, large clusters, which are level here, mostly came first."""

    def passes(order: Callable[[Sequence[Case]], Iterable[Case]]) -> bool:
        large = [random.random() < 0.5 for _ in range(clusters)]
        values = [0.0 if level else -float(random.random() < 2 * MARGIN) for level in large]
        cases = [
            Case(f"{n}-{k}", {}, {}, (), str(n))
            for n in range(clusters)
            for k in range(size if large[n] else 1)
        ]
        names = dict.fromkeys(str(case.cluster) for case in order(cases))
        return _passes([values[int(name)] for name in names], Design(clusters))

    before = share(runs, lambda: passes(lambda cases: random.sample(cases, len(cases))))
    return before, share(runs, lambda: passes(lambda cases: in_order(cases, str(random.random()))))


def early_stop(runs: int, random: Random) -> Iterator[Table]:
    """What stopping hopeless runs saves and costs, mean over the families at no change."""
    rows = []
    for cases in (60, 100, 200):
        for metrics in (1, 3):
            design = Design(cases)
            used: dict[bool, list[float]] = {False: [], True: []}
            passed: dict[bool, list[float]] = {False: [], True: []}
            for family in families.FAMILIES.values():
                draw = family.at(0.0)
                for _ in range(max(1, runs // len(families.FAMILIES))):
                    series = [draw(random, cases) for _ in range(metrics)]
                    for stops in (False, True):
                        found = decide(series, design, futility=stops)
                        used[stops].append(found.used / cases)
                        passed[stops].append(found.outcome == "pass")
            rows.append(
                [
                    str(cases),
                    str(metrics),
                    f"{fmean(used[False]):.2f} -> {fmean(used[True]):.2f}",
                    rate_of(fmean(passed[False]) - fmean(passed[True])),
                ]
            )
    yield Table("Early stop, equal versions", ["cases", "metrics", "cases used", "passes lost"], rows)


def protected(runs: int, random: Random) -> Iterator[Table]:
    """Probability that a version no worse breaks one of P protected cases; by formula."""
    del runs, random
    rows = []
    for reliability in (0.90, 0.95, 0.99):
        q = 1 - reliability
        # Failed first and once more in two further runs, where the baseline's one run passed.
        once = (1 - q) * (q * q + q * q * (1 - q))
        first = [1 - (1 - once) ** count for count in (10, 30, 100)]
        now = [false_alarm(reliability, count) for count in (10, 30, 100)]
        rows.append([f"{reliability:g}", *(f"{a:.3f} -> {b:.3f}" for a, b in zip(first, now, strict=True))])
    worst = [(false_alarm(0.9, count), 0.0505) for count in (10, 30, 100, 150)]
    yield Table("False alarms of protected cases", ["reliability", "P = 10", "30", "100"], rows, worst)


def limits(runs: int, random: Random) -> Iterator[Table]:
    """A limit beside one undecided metric: how often a mean over it is found, log-normal amounts."""
    rows, bounded = [], []
    for sigma in (0.2, 0.5, 1.0):
        for cases, ratios in ((60, (1.0, 1.2, 1.5, 2.0)), (200, (1.0, 1.1, 1.2, 1.5))):
            cells = []
            for ratio in ratios:
                found = share(runs, partial(_over, random, cases, ratio, sigma))
                cells.append(f"{ratio:g} L: {found:.2f}")
                if ratio == 1.0:
                    bounded.append((found, ERROR))
            rows.append([f"{sigma:g}", str(cases), *cells])
    yield Table("Limits", ["sigma", "cases", "no more", "", "", ""], rows, bounded)


def _over(random: Random, cases: int, ratio: float, sigma: float) -> bool:
    spans = [limit_value([ratio * exp(random.gauss(0, sigma) - sigma**2 / 2)], 1.0) for _ in range(cases)]
    below = [-high for _, high in spans]
    return first_rejection(below, 0.0, ERROR * joint_test.FLOOR_SHARE, cases) is not None


def small_suites(runs: int, random: Random) -> Iterator[Table]:
    """What 20 to 60 cases decide: equal versions pass, a loss of 20 points is found; error 5% (10%)."""
    rows = []
    kinds: dict[str, tuple[Callable[[float], families.Draw], tuple[float, ...]]] = {
        "graded judge": (families.ordinal, (0.10, 0.15, 0.20)),
        "right or wrong, 20% differ": (families.discordant(0.2), (0.10, 0.15, 0.20)),
        "pairwise": (families.discordant(0.69), (0.20, 0.30)),
    }
    for title, (family, margins) in kinds.items():
        equal = family(0.0)
        rows += [
            [f"{title}, passes at {margin:g}", *_small(runs, random, equal, margin, "pass")]
            for margin in margins
        ]
        rows.append([f"{title}, -20 found", *_small(runs, random, family(-0.2), margins[0], "fail")])
    yield Table("Small suites", ["", "N = 20", "30", "40", "60"], rows)


def _small(runs: int, random: Random, draw: families.Draw, margin: float, outcome: str) -> Iterator[str]:
    for cases in (20, 30, 40, 60):
        found = []
        for alpha in (ERROR, 0.10):
            design = Design(cases, margin, alpha)
            found.append(
                share(
                    runs,
                    lambda design=design, alpha=alpha: (  # type: ignore[misc]
                        decide([draw(random, design.cases)], design, alpha=alpha).outcome == outcome
                    ),
                )
            )
        yield f"{found[0]:.2f} ({found[1]:.2f})"


def together(runs: int, random: Random) -> Iterator[Table]:
    """All rules at once, metrics and floors exactly at the edge: mean over the families, and the worst."""
    rows, bounded = [], []
    for cases in (30, 60, 100, 200, 400):
        for metrics, floors in ((1, 0), (1, 1), (3, 3)):
            rates = [
                _together(max(1, runs // 4), random, family, cases, metrics, floors)
                for family in families.FAMILIES.values()
            ]
            fails, wrong, equal, used, found, found_used = zip(*rates, strict=True)
            bounded += [(rate, ERROR) for rate in (max(fails), max(wrong))]
            rows.append(
                [
                    str(cases),
                    f"{metrics} + {floors}",
                    f"{rate_of(fmean(fails))} ({rate_of(max(fails))})",
                    f"{rate_of(fmean(wrong))} ({rate_of(max(wrong))})",
                    *(f"{fmean(values):.2f}" for values in (equal, used, found, found_used)),
                ]
            )
    columns = [
        "N",
        "metrics + floors",
        "false fail: mean (worst)",
        "wrong pass",
        "equal passes",
        "cases used",
    ]
    yield Table("All rules together", [*columns, "-10 found", "cases used"], rows, bounded)


def _together(
    runs: int, random: Random, family: families.Made, cases: int, metrics: int, floors: int
) -> tuple[float, ...]:
    """False fails, wrong passes, equal passes, cases used; a loss of 10 points found, cases used then."""
    design = Design(cases)
    level, losing, worse = (family.at(change) for change in (0.0, -MARGIN, -2 * MARGIN))

    def outcomes(first: families.Draw) -> list[JointDecision]:
        found = []
        for _ in range(runs):
            series = [first(random, cases), *(level(random, cases) for _ in range(metrics - 1))]
            bars = [level(random, cases) for _ in range(floors)]
            found.append(decide(series, design, floors=bars))
        return found

    equal, lost, clear = outcomes(level), outcomes(losing), outcomes(worse)

    def rate(of: Iterable[JointDecision], outcome: str) -> float:
        return fmean(item.outcome == outcome for item in of)

    return (
        rate(equal, "fail"),
        rate(lost, "pass"),
        rate(equal, "pass"),
        fmean(item.used / cases for item in equal),
        rate(clear, "fail"),
        fmean(item.used / cases for item in clear),
    )


TABLES: dict[str, Callable[[int, Random], Iterator[Table]]] = {
    "attacks": attacks,
    "early": early_stop,
    "protected": protected,
    "limits": limits,
    "small": small_suites,
    "together": together,
    "shares": rule_details.shares,
    "missing": rule_details.missing,
    "repeats": rule_details.repeats,
    "plan": rule_details.plan,
    "interval": rule_details.interval,
    "tuned": rule_details.tuned,
    "seconds": rule_details.seconds,
    "attempts": rule_details.attempts,
    "judges": judge_tables.judges,
    "order": rule_details.order,
}


FEWER = {"together", "judges"}
"""Tables of which each rate is of a quarter of the runs."""


def made(runs: int, seed: int, name: str) -> list[Table]:
    """The tables of one name; each draws by itself, so it is the same whatever else is made."""
    return list(TABLES[name](runs, Random(f"{seed} {name}")))


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--runs", type=int, default=RUNS, help="runs of a rate")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--quick", action="store_true", help="60 runs")
    words.add_argument("--only", choices=TABLES, help="one of the tables")
    given = words.parse_args()
    started = time.perf_counter()
    runs = min(given.runs, 60) if given.quick else given.runs
    broken = 0
    names = [given.only] if given.only else list(TABLES)
    with ProcessPoolExecutor() as pool:
        every = (
            pool.map(partial(made, runs, given.seed), names)
            if names[1:]
            else [made(runs, given.seed, *names)]
        )
        for name, tables in zip(names, every, strict=True):
            for table in tables:
                print("\n".join(table.markdown()), flush=True)
                broken += table.broken(max(1, runs // 4) if name in FEWER else runs)
    print(f"\n{broken} rates above what is promised, {time.perf_counter() - started:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

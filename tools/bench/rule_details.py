"""Tables of bench_rules.py on single rules: shared error, missing scores, repeats, plans, intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate
from random import Random
from statistics import fmean

from bench import decision_families as families
from bench.decision_rules import Design
from bench.rule_tables import Table, decide, rate_of, share
from cuebook.core.format import plural
from cuebook.gate.joint_test import Series
from cuebook.gate.joint_test import decide as decide_jointly
from cuebook.gate.sample_size import cases_needed
from cuebook.gate.sequential_test import first_rejection
from cuebook.shapes._defaults import ERROR, MARGIN

LOSS = 2 * MARGIN
TUNED = 10
"""Versions that are tried at home until one passes."""


def shares(runs: int, random: Random) -> Iterator[Table]:
    """A loss of 10 points beside a floor that holds: found with equal shares of the error, and now."""
    rows = []
    for title, family, cases in (
        ("right or wrong, 30% differ", families.discordant(0.3), 100),
        ("right or wrong, 30% differ", families.discordant(0.3), 200),
        ("graded judge", families.ordinal, 60),
        ("graded judge", families.ordinal, 100),
    ):
        losing, level, design = family(-LOSS), family(0.0), Design(cases)
        found = [0, 0]
        for _ in range(runs):
            values, bar = losing(random, cases), level(random, cases)
            equal = [first_rejection([-v for v in each], 0.0, ERROR / 2, cases) for each in (values, bar)]
            found[0] += any(place is not None for place in equal)
            found[1] += decide([values], design, floors=[bar], futility=False).outcome == "fail"
        rows.append([title, str(cases), *(f"{count / runs:.2f}" for count in found)])
    yield Table("Found, one metric and one floor, -10", ["scores", "N", "equal shares", "now"], rows)


def missing(runs: int, random: Random) -> Iterator[Table]:
    """Equal versions of which some judgements are missing at random: how often they pass; N = 200."""
    level, design = families.ordinal(0.0), Design(200)
    rates, false = [], []
    for unknown in (0.0, 0.005, 0.01, 0.02, 0.05):
        ended = []
        for _ in range(runs):
            spans = [
                (-1.0, 1.0) if random.random() < unknown else (value, value) for value in level(random, 200)
            ]
            ended.append(decide([spans], design).outcome)
        rates.append(f"{ended.count('pass') / runs:.2f}")
        false.append((ended.count("fail") / runs, ERROR))
    columns = ["", *(f"{100 * unknown:g}% missing" for unknown in (0.0, 0.005, 0.01, 0.02, 0.05))]
    yield Table("Equal versions with missing judgements", columns, [["passes", *rates]], false)


def repeats(runs: int, random: Random) -> Iterator[Table]:
    """Baseline repeats, decoding noise of 0.3 an arm: equal versions pass, -5 is found; N = 200."""
    rows, bounded = [], []
    for count in (1, 3, 5):
        equal, lost = (
            [decide([_noisy(random, change, count)], Design(200)).outcome for _ in range(runs)]
            for change in (0.0, -MARGIN)
        )
        rows.append([str(count), f"{equal.count('pass') / runs:.2f}", f"{lost.count('fail') / runs:.2f}"])
        bounded += [(lost.count("pass") / runs, ERROR), (equal.count("fail") / runs, ERROR)]
    yield Table("Baseline repeats", ["repeats", "equal passes", "-5 found"], rows, bounded)


def _noisy(random: Random, change: float, repeats: int) -> list[float]:
    """200 differences: one answer of the candidate less the mean of the baseline's repeats."""
    old = (fmean(random.gauss(0, 0.3) for _ in range(repeats)) for _ in range(200))
    return [max(-1.0, min(1.0, change + random.gauss(0, 0.3) - value)) for value in old]


def plan(runs: int, random: Random) -> Iterator[Table]:
    """Equal versions with just the cases that are needed: how often all metrics pass together."""
    rows = []
    for margin, differ in ((0.05, 0.06), (0.10, 0.25), (0.20, 0.25)):
        cells = []
        for metrics in (1, 2, 3):
            cases = cases_needed(margin, differ**0.5, metrics)
            draw, design = families.discordant(differ)(0.0), Design(cases, margin)
            passed = share(
                max(1, runs // 4),
                lambda draw=draw, design=design, metrics=metrics: (  # type: ignore[misc]
                    decide([draw(random, design.cases) for _ in range(metrics)], design).outcome == "pass"
                ),
            )
            cells.append(f"{passed:.2f} of {cases}")
        rows.append([f"{margin:g}, sd {differ**0.5:.2f}", *cells])
    yield Table("Passes with the cases needed (promised: about 0.8)", ["margin", "1 metric", "2", "3"], rows)


JUST_WORSE = -1.02 * MARGIN
"""A wrong pass puts the lower bound above it, beside what the two gamblers reject of it themselves."""


def interval(runs: int, random: Random) -> Iterator[Table]:
    """How often an end of the interval misses the true change at the gate's own stop, and how wide it is."""
    rows, few = [], max(1, runs // 10)
    for cases in (60, 150):
        for change in (0.0, JUST_WORSE, -0.15):
            misses, widths = [], []
            for name, family in families.FAMILIES.items():
                if change < families.LEAST.get(name, -1):
                    continue
                found = [_bounds(family.at(change)(random, cases), Design(cases)) for _ in range(few)]
                misses += [
                    fmean(low > change + 1e-9 for low, _ in found),
                    fmean(high < change - 1e-9 for _, high in found),
                ]
                widths.append(fmean(high - low for low, high in found))
            rows.append(
                [f"{cases}: {change:g}", f"{fmean(widths):.3f}", rate_of(fmean(misses)), rate_of(max(misses))]
            )
    yield Table("Intervals", ["N: true change", "width", "mean miss of an end", "worst"], rows)


def _bounds(values: Sequence[float], design: Design) -> tuple[float, float]:
    spans = [(value, value) for value in values]
    (found,) = decide_jointly(
        [Series("difference", spans, design.cases, design.margin)],
        looks=range(design.batch, design.cases, design.batch),
        planned=design.cases,
    ).tests
    return found.lower, found.upper


def tuned(runs: int, random: Random) -> Iterator[Table]:
    """Ten versions that each lose the margin, handed in when one passes: what is printed and not promised."""
    design, draw = Design(200), families.ordinal(-MARGIN)
    once = partial(lambda: decide([draw(random, 200)], design).outcome == "pass")
    found = share(runs, lambda: any(once() for _ in range(TUNED)))
    rows = [[f"{TUNED} versions", f"{found:.2f}", f"{min(1.0, ERROR * TUNED):.2f}"]]
    yield Table("One of several that each lose 5 points passes", ["", "measured", "printed: up to"], rows)


def seconds(runs: int, random: Random) -> Iterator[Table]:
    """A version that is no worse, by itself and where it also has to pass on parts of the same cases."""
    design, rows = Design(200), []
    for count, kept in ((1, 0.9), (1, 0.5), (3, 0.5)):
        first = either = 0
        for _ in range(runs):
            values = [random.choice((-1.0, 1.0)) for _ in range(design.cases)]
            parts = [[value for value in values if random.random() < kept] for _ in range(count)]
            fails = [_fails(found) for found in (values, *parts)]
            first += fails[0]
            either += any(fails)
        rows.append([f"{count} of {kept:.0%}", rate_of(first / runs), rate_of(either / runs)])
    yield Table("Fails where it is no worse, N = 200", ["second comparisons", "the first", "any"], rows)


def _fails(values: Sequence[float]) -> bool:
    return decide([values], Design(len(values))).outcome == "fail"


def attempts(runs: int, random: Random) -> Iterator[Table]:
    """Any of the first looks at a loss of the margin passes: at full error each time, and as it is now."""
    counts, before, now = (1, 2, 3, 6), ["full error, both asked again"], ["half the error, baseline kept"]
    shares = (0.0, 0.5, 0.9)
    found = [any_look(runs, random, max(counts), fixed) for fixed in shares]
    for count in counts:
        before.append(" / ".join(rate_of(full[count - 1]) for full, _ in found))
        now.append(" / ".join(rate_of(halved[count - 1]) for _, halved in found))
    columns = [
        "share of the variance fixed by the case 0 / .5 / .9",
        *(plural(count, "look") for count in counts),
    ]
    bounded = [(rate, 2 * ERROR) for _, halved in found for rate in halved]
    yield Table("Looks at one question, true loss 5 points, N = 200", columns, [before, now], bounded)


def any_look(runs: int, random: Random, looks: int, fixed: float) -> tuple[list[float], list[float]]:
    """How often any of the first 1 to ``looks`` looks passes a loss of the margin, of grades at N = 200.

    First with both arms asked again at full error each time, then with the baseline's answers kept, half the
    error each time and hopeless runs stopped. ``fixed`` is the share of the variance that lies in the case.
    """
    kept = fixed + (1 - fixed) / 2
    full = _first_pass(runs, random, [ERROR] * looks, fixed, futility=False)
    halved = _first_pass(runs, random, [ERROR / 2**look for look in range(looks)], kept, futility=True)
    return full, halved


def _first_pass(
    runs: int, random: Random, alphas: Sequence[float], fixed: float, *, futility: bool
) -> list[float]:
    """How often one of the first looks passes, by their number; looks share ``fixed`` of the variance."""
    design, draw = Design(200), families.ordinal(-MARGIN)
    first = [0] * len(alphas)
    for _ in range(runs):
        same = draw(random, design.cases)
        for look, alpha in enumerate(alphas):
            # A difference is that of the case with this chance, else drawn again: each look has the family's
            # distribution, and two of them correlate by the share.
            values = [
                old if random.random() < fixed**0.5 else new
                for old, new in zip(same, draw(random, design.cases), strict=True)
            ]
            if decide([values], design, alpha=alpha, futility=futility).outcome == "pass":
                first[look] += 1
                break
    return [count / runs for count in accumulate(first)]


def order(runs: int, random: Random) -> Iterator[Table]:
    """What one loss more changes: a case of a run is made worse, all others stay. Rates in 1,000 runs."""
    better: Counter[tuple[str, str]] = Counter()
    outcomes = ("fail", "inconclusive", "pass")
    tried = 0
    for family in families.FAMILIES.values():
        for cases in (60, 100, 200):
            for _ in range(max(1, runs // 10)):
                values, design = family.at(random.choice((0.0, -0.02, -MARGIN)))(random, cases), Design(cases)
                found = decide([values], design)
                place = random.randrange(found.used)
                values[place] = max(-1.0, values[place] - random.choice((0.25, 0.5, 1.0)))
                better[found.outcome, decide([values], design).outcome] += 1
                tried += 1
    rows = [[f"{was}", *(f"{1000 * better[was, now] / tried:.2f}" for now in outcomes)] for was in outcomes]
    yield Table(f"One loss more, of 1,000 runs ({tried:,} tried)", ["was", *outcomes], rows)

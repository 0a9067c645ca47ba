"""How the gate does in this registry: its comparisons, overrides, judges, and suites that are too small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from cuebook.core.format import NONE, money, plural
from cuebook.core.layout import suite_path
from cuebook.judging.calibration import FAIR_KAPPA
from cuebook.shapes.moves import State
from cuebook.shapes.published import EvaluationEntry, PromptIndex
from cuebook.shapes.verdict import MetricResult
from cuebook.site import gate_rates
from cuebook.site.pages._base import (
    GATE_HEALTH,
    GATE_METHOD,
    Page,
    Site,
    link,
    made_live,
    report_page,
    source_link,
)
from cuebook.site.pages._html import Child, Html, join, tag
from cuebook.site.pages._judges import judges
from cuebook.site.pages._parts import ROWS, body, first_rows, head, table, when
from cuebook.site.pages._rates import percent
from cuebook.wording.attention import LOW_AGREEMENT
from cuebook.wording.names import counted, margin
from cuebook.wording.notes import wrong_together
from cuebook.wording.states import STATES, tally

KIND = "health"
PAGE = GATE_HEALTH
MONTHS = 12
"""Months that are shown, the latest first."""
SPENT = """By the month in which a workflow decided or, where no record tells, the version was added, each
verdict as it is now. Spent: what all replies of
these comparisons cost, whenever they were asked for; unknown where a price is."""
TOO_SMALL = """With fewer cases than needed an equally good version is mostly left undecided. More cases
cure that, or a larger accepted loss: cuebook plan proposes one."""


@dataclass(frozen=True, slots=True)
class _Held:
    """One comparison of this registry: its verdict, and when it was decided or the version was added."""

    prompt: PromptIndex
    entry: EvaluationEntry
    month: str


def pages(site: Site) -> Iterator[Page]:
    """Yield the one page, from the published verdicts of this registry."""
    found = [
        _Held(prompt, entry, (entry.decided or added.get(entry.version, ""))[:7])
        for prompt in site.prompts()
        for added in [{version.version: version.created or "" for version in prompt.versions}]
        for entry in prompt.evaluations
    ]
    lead = "What the gate decided in this registry, and what was missing where it could not decide."
    top = head(PAGE, [], "Gate health", tag("p", lead, class_="cb-lead"))
    parts: list[Html | str] = [join(top, _cards(found)), "Comparisons", _comparisons(found)]
    if known := [item for item in found if item.entry.override]:
        parts += ["Overrides", _overrides(known)]
    if known_judges := judges(PAGE, site):
        parts += ["Judges behind what is live", known_judges]
    way = tag("a", "the method, and its rates", href=link(PAGE, GATE_METHOD))
    promise = "It promises how often it is wrong, and that was measured on made-up and real scores: "
    method = tag("p", promise, way, ".")
    parts += ["Suites", _suites(site, found), "How often the gate itself is right", method]
    said = "What the gate decided in this registry, and where it could not"
    yield Page(PAGE, "Gate health", body(*parts), wide=True, description=said)


def _cards(found: Sequence[_Held]) -> Html:
    said = tally(item.entry.outcome for item in found)
    again = [item for item in found if item.entry.attempt]
    live = [item for item in found if item.entry.version in made_live(item.prompt)]
    # A judge of many suites is one judge.
    asked = {judge.ref: judge for item in live for judge in item.entry.judges}
    low = [judge for judge in asked.values() if judge.lower is None or judge.lower < FAIR_KAPPA]
    small, suites = [item for item in _shown(found) if _lacking(item)], len(_shown(found))
    shown = [
        _card("Comparisons", len(found), said),
        _card("Looked at again", len(again), "the same question once more, at half the error"),
        _card("Judges", len(asked), f"{len(low):,} {LOW_AGREEMENT}", bad=bool(low)),
        _card(
            "Suites too small", len(small), f"of {plural(suites, 'suite')} with a verdict", bad=bool(small)
        ),
    ]
    return tag("div", shown, class_="cb-cards cb-cards-short")


def _card(title: str, count: int, below: str, *, bad: bool = False) -> Html:
    kind = "inconclusive" if bad else "live"
    number = tag("p", tag("span", f"{count:,}", class_="cb-big"))
    return tag(
        "section", tag("p", title), number, tag("p", below, class_="cb-sub"), class_=f"cb-card cb-card-{kind}"
    )


def _comparisons(found: Sequence[_Held]) -> Html:
    if not found:
        return tag("p", "Nothing was compared yet.", class_="cb-quiet")
    alpha = gate_rates.read().alpha
    chance = wrong_together([alpha] * len(found)) or f"It is wrong in at most {percent(alpha, 0)}."
    states: list[State] = ["pass", "fail", "inconclusive", "stale", "override"]
    columns = ["Month", "Comparisons", *(STATES[state] for state in states), "Spent"]
    months = sorted({item.month for item in found}, reverse=True)[:MONTHS]
    rows = [_month(month, [item for item in found if item.month == month]) for month in months]
    return join(
        table(columns, rows, "Comparisons by month", numeric=" nnnnnnn", kind=ROWS),
        tag("p", SPENT, class_="cb-sub"),
        tag("p", f"{chance} A suite may set another error.", class_="cb-sub"),
    )


def _month(month: str, mine: Sequence[_Held]) -> list[Child]:
    outcomes = Counter(item.entry.outcome for item in mine)
    costs = [item.entry.cost_usd for item in mine if item.entry.cost_usd is not None]
    return [
        tag("span", month or "unknown", class_="cb-nowrap"),
        f"{len(mine):,}",
        *(f"{outcomes[outcome]:,}" for outcome in ("pass", "fail", "inconclusive")),
        f"{sum(bool(item.entry.stale) for item in mine):,}",
        f"{sum(item.entry.state == 'override' for item in mine):,}",
        # A sum that leaves some out would look like all that was spent.
        money(fsum(costs)) if len(costs) == len(mine) else "unknown",
    ]


def _overrides(found: Sequence[_Held]) -> Html:
    rows: list[list[Child]] = []
    for item in found:
        held = item.entry.override
        assert held is not None
        rows.append(
            [
                _report(item),
                item.entry.outcome,
                held.who,
                when(held.until),
                tag("span", held.why, class_="cb-words", dir="auto"),
            ]
        )
    return first_rows(["Version", "Verdict", "By", "Until", "Why"], rows, "Overrides", kind=ROWS)


def _report(item: _Held) -> Html:
    entry = item.entry
    where = link(PAGE, report_page(item.prompt.name, entry.version, entry.suite))
    return tag("a", f"{item.prompt.name} v{entry.version}", href=where, class_="cb-nowrap")


def _shown(found: Sequence[_Held]) -> list[_Held]:
    """Of each suite the comparison of the two most alike versions: could an equal one have passed?"""
    compared = [item for item in found if _tests(item)]

    def order(item: _Held) -> tuple[bool, float]:
        # One that is out of date says less of the suite as it is now.
        return bool(item.entry.stale), max(abs(test.mean) for test in _tests(item))

    likest: dict[str, _Held] = {}
    for item in sorted(compared, key=order):
        likest.setdefault(item.entry.suite, item)
    return list(likest.values())


def _tests(item: _Held) -> list[MetricResult]:
    """The differences that decide."""
    return [test for test in item.entry.deciding if test.kind == "difference" and not test.advisory]


def _lacking(item: _Held) -> list[MetricResult]:
    """The tests of a comparison that have fewer cases than they need."""
    return [test for test in _tests(item) if test.needed and test.needed > test.planned]


def _suites(site: Site, found: Sequence[_Held]) -> Html:
    rows: list[list[Child]] = []
    # Suites that lack cases come first: they are what somebody can do something about.
    for item in sorted(_shown(found), key=lambda held: (not _lacking(held), held.entry.suite)):
        folder = source_link(site, suite_path(item.entry.suite))
        name = tag("a" if folder else "span", item.entry.suite, href=folder, class_="cb-nowrap")
        lacking = _lacking(item)
        for test in _tests(item):
            enough = "too few" if test in lacking else "yes" if test.needed else "not known"
            needed = f"{test.needed:,}" if test.needed else NONE
            cells = [
                margin(test.bound),
                counted(test.planned, item.entry.units),
                needed,
                enough,
                _report(item),
            ]
            rows.append([name, test.label, *cells])
    if not rows:
        return tag("p", "No suite has compared two versions yet.", class_="cb-quiet")
    columns = ["Suite", "Metric", "Accepted loss, points", "Counted", "Needed", "Enough?", "Reckoned from"]
    return join(
        first_rows(columns, rows, "Suites", numeric="  nnn", kind=ROWS), tag("p", TOO_SMALL, class_="cb-sub")
    )

"""Measured rates of verdicts as tables: the gate in full, other rules in short."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.site.gate_rates import GATE, GateHealth, RateRow
from cuebook.site.pages._html import Child, Html, tag
from cuebook.site.pages._parts import chip, table

NAMES = {
    GATE: "Cuebook\u2019s gate",
    "any_drop": "Any drop",
    "drop_beyond_margin": "Drop beyond margin",
    "paired_t": "t test, one look",
    "peeked_t": "t test, peeking",
    "mcnemar": "McNemar",
    "uncorrected": "5% each",
    "cases_apart": "Clusters not named",
}
"""Short names; the file has the rule in words."""
KEY = """The columns to the right: other rules, pass and fail. A chip marks what is wrong too often.
Not every rule is for every kind of scores."""


def percent(share: float, digits: int = 1) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.{digits}f}%"


def unbroken(words: str) -> str:
    """Return words that stay on one line."""
    return words.replace(" ", "\u00a0")


def size(change: float) -> str:
    """Return a change in points, without its sign."""
    return f"{abs(100 * change):g}"


def change_words(low: float, high: float, margin: float) -> str:
    """Return a true change, or what it lies between, and whether it is a tolerated loss."""
    if low == high == 0:
        return "none"
    if low == high:
        words = size(low)
    # A pair of real systems may differ by any amount on that side.
    elif low == -1 or high == 1:
        words = f"more than {size(high if low == -1 else low)}"
    else:
        words = " to ".join(size(edge) for edge in sorted((low, high), key=abs))
    tolerated = -margin < low < 0 or (low < high <= 0 and low >= -margin)
    return f"{words} {'worse' if low < 0 else 'better'}{', tolerated' if tolerated else ''}"


def measured(found: GateHealth, rows: Sequence[RateRow], label: str) -> Html:
    """Return rows with the gate in full, the other rules' passes and blocks in short."""
    others = [name for name in NAMES if name != GATE and any(name in row.rules for row in rows)]
    columns: list[Child] = ["Scores", "Cases", "True change", "Pass", "Fail", "Inconclusive", "Cases used"]
    columns += [tag("span", NAMES[name], title=found.rules[name]) for name in others]
    lines = [_line(found, row, others) for row in rows]
    return table(columns, lines, label, numeric=" nnnnnn" + "n" * len(others))


def _line(found: GateHealth, row: RateRow, others: Sequence[str]) -> list[Child]:
    family = found.families[row.family]
    # Passes of what is worse and blocks of what is not are wrong; a row has only one of these to break.
    rates, off = row.rules[GATE], bool(found.broken_promises(row))
    return [
        tag("span", unbroken(family.title), title=family.words),
        f"{row.cases}",
        change_words(row.low, row.high, found.margin),
        _marked(percent(rates.passed), off=off and row.high <= -found.margin),
        _marked(percent(rates.failed), off=off and row.low >= 0),
        percent(rates.undecided),
        percent(rates.used),
        *(_short(found, row, name) for name in others),
    ]


def _short(found: GateHealth, row: RateRow, rule: str) -> Child:
    rates = row.rules.get(rule)
    if rates is None:
        return "not for these"
    words = f"{percent(rates.passed)}, {percent(rates.failed)}"
    return _marked(words, off=bool(found.broken_promises(row, rule)))


def _marked(words: str, *, off: bool) -> Child:
    return [chip("over", "failed"), " ", words] if off else words

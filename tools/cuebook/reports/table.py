"""One line a verdict: the table at the end of ``cuebook all`` and in a README.

Version, what it was compared with, verdict, the metric that decided, its change (beside a floor: its
score) and interval in points, cases asked of those there are, and why: the headline. The first seven
are never cut. Where the line is too short for a reason, it is beneath. A dot marks the version that
is live.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cuebook.core.format import NONE
from cuebook.reports._audience import Audience
from cuebook.reports._screen import STYLES, columns, cut_to_width, printed, screen
from cuebook.reports._styled import StyledText
from cuebook.reports._text import line
from cuebook.reports._words import MARKS, asked_of, between, held, outcome_heading, ref
from cuebook.shapes.verdict import Verdict
from cuebook.wording.details import override_box
from cuebook.wording.elsewhere import NO_VERDICTS
from cuebook.wording.headline import headline

SUFFIX = ".txt"
AUDIENCE: Audience = "people"
LIVE = "●"
_ROOM = 24
"""Columns that a reason needs to be worth reading."""


def render(verdicts: Sequence[Verdict]) -> str:
    """Return a line for each verdict, in the order given."""
    to = screen()
    if not verdicts:
        return f"{NO_VERDICTS}\n"
    result = outcome_heading(verdicts)
    heads = ("version", "against", "verdict", "metric", result, "interval", "cases")
    rows = [[StyledText(words, "bold") for words in heads], *(_row(verdict) for verdict in verdicts)]
    return printed(_lines(verdicts, rows, to.width), to)


def _row(verdict: Verdict) -> list[StyledText]:
    metric = verdict.deciding
    version = StyledText(f"{line(ref(verdict))}{LIVE if verdict.live else ''}", "bold")
    outcome = StyledText(f"{MARKS[verdict.outcome]} {verdict.outcome}", STYLES[verdict.outcome])
    against, result = held(verdict)
    label, interval = (line(metric.label), between(metric)) if metric else (NONE, NONE)
    return [
        version,
        StyledText(against),
        outcome,
        *map(StyledText, (label, result, interval, asked_of(verdict))),
    ]


def _lines(verdicts: Sequence[Verdict], rows: list[list[StyledText]], width: int) -> Iterator[StyledText]:
    aligned = columns(rows, right=(4, 5, 6))
    # Nothing of these columns may be cut, so the gaps go first.
    if aligned[0].cell_len > width:
        aligned = columns(rows, right=(4, 5, 6), gap=1)
    used = aligned[0].cell_len + 2
    beside = width - used >= _ROOM
    yield aligned[0].append("  why", "bold") if beside else aligned[0]
    for verdict, row in zip(verdicts, aligned[1:], strict=True):
        # A reason of a few letters says less than one on a line of its own.
        if beside:
            yield row.append(f"  {cut_to_width(_why(verdict), width - used)}", "dim")
        else:
            yield row
            yield StyledText(f"    {cut_to_width(_why(verdict), width - 4)}", "dim")
    if any(verdict.live for verdict in verdicts):
        yield StyledText(f"{LIVE} live now", "dim")


def _why(verdict: Verdict) -> str:
    """Who lets it through all the same, else the headline."""
    return line(override_box(verdict.override) if verdict.override else headline(verdict))

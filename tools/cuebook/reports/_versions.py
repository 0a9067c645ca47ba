"""Several versions of a prompt side by side: each scorer's mean, and the cases they do not agree on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from cuebook.core.format import points, score
from cuebook.reports._screen import columns, printed, screen
from cuebook.reports._styled import StyledText
from cuebook.reports._text import line
from cuebook.shapes.passing import deciders, passes
from cuebook.shapes.verdict import Verdict, means
from cuebook.wording.disagreement import versions_apart
from cuebook.wording.names import metric

SHOWN = 10
"""Cases that are listed."""

_MARKS = {True: "passes", False: "fails", None: "–"}


def beside_each_other(verdicts: Sequence[Verdict]) -> str:
    """Return a table for each suite of verdicts that compare versions with the same first one."""
    lines: list[StyledText] = []
    for _, found in groupby(verdicts, key=lambda verdict: verdict.suite):
        lines += _table(list(found))
    return printed(lines, screen())


def _table(verdicts: Sequence[Verdict]) -> Iterator[StyledText]:
    first = verdicts[0]
    before = first.baseline.version if first.baseline else None
    names = [f"v{before}", *(f"v{verdict.candidate.version}" for verdict in verdicts)]
    rows = [[StyledText(words, "dim") for words in ("mean score", *names)]]
    for place, summary in enumerate(first.summaries):
        name = metric(summary, first.summaries)
        # By place: one suite gives the same scorers in the same order for each of its versions.
        found = [means(verdict, verdict.summaries[place]) for verdict in verdicts]
        cells = [score(found[0][0])]
        for _, new, change in found:
            # A scorer that compares two answers has a change and no score of either.
            shown = points(change) if new is None else score(new)
            cells.append(f"{shown} ({points(change)})" if new is not None and change is not None else shown)
        rows.append([StyledText(line(cell)) for cell in (name, *cells)])
    yield StyledText.assemble((f"{line(first.prompt)} on {line(first.suite)}", "bold"))
    yield from columns(rows, right=range(1, len(rows[0])))
    yield from _cases(verdicts, names)
    yield StyledText()


def _cases(verdicts: Sequence[Verdict], names: Sequence[str]) -> Iterator[StyledText]:
    """The cases that some of the versions pass and others fail."""
    told: dict[str, list[bool | None]] = {}
    for verdict in verdicts:
        labels = deciders(verdict)
        for case in verdict.cases:
            before = passes(case.baseline, labels) if case.baseline else None
            told.setdefault(case.id, [before]).append(passes(case.candidate, labels))
    # Cases that all pass or all fail say nothing of which version to take.
    apart = {name: marks for name, marks in told.items() if {True, False} <= set(marks)}
    if not apart:
        yield StyledText(f"{versions_apart(0, len(told))}.")
        return
    yield StyledText(f"{versions_apart(len(apart), len(told))}:")
    shown = sorted(apart.items())[:SHOWN]
    rows = [[StyledText(words, "dim") for words in ("", *names)]]
    rows += [[StyledText(line(name)), *(StyledText(_MARKS[mark]) for mark in marks)] for name, marks in shown]
    yield from columns(rows)
    if len(apart) > SHOWN:
        yield StyledText(f"and {len(apart) - SHOWN:,} more: --json has all of them")

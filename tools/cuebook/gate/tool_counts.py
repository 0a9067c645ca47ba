"""Count which tool was called where which one was expected, so that two that are mixed up are seen. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cuebook.gate.prepared import Prepared
from cuebook.shapes.run import CaseRun, Sample
from cuebook.shapes.tool_count import ToolCount

MOST = 100
"""Rows of a label that are kept, those of wrong calls first."""
_Row: TypeAlias = tuple[str, str, bool]


def tool_counts(comparison: Prepared, runs: Sequence[CaseRun]) -> list[ToolCount]:
    """A row for each pair of an expected and a called tool, wrong ones first, then by how often."""
    found = []
    for spec in comparison.suite.scorers:
        if spec.name != "tool_calls":
            continue
        new = _counted((sample for item in runs for sample in item.candidate), spec.label)
        old = _counted((sample for item in runs for sample in item.baseline), spec.label)
        rows = sorted(new | old, key=lambda row: (row[2], -max(new[row], old[row]), row))
        found += [
            ToolCount(
                label=spec.label,
                expected=row[0],
                called=row[1],
                right=row[2],
                candidate=new[row],
                baseline=old[row] if comparison.baseline else None,
            )
            for row in rows[:MOST]
        ]
    return found


def _counted(samples: Iterable[Sample], label: str) -> Counter[_Row]:
    scores = (sample.scores.get(label) for sample in samples)
    return Counter(row for score in scores if score for row in _rows(score.details))


def _rows(details: Mapping[str, Any]) -> Iterator[_Row]:
    """The pairs of one answer: those that match, calls with other arguments, then what is left in order."""
    if "expected" not in details:
        return
    wanted, made = list(details["expected"]), list(details["called"])
    pairs = details.get("pairs", [])
    for at, place in pairs:
        yield wanted[at], made[place], True
    met, used = {at for at, _ in pairs}, {place for _, place in pairs}
    missing = [name for at, name in enumerate(wanted) if at not in met]
    others = [name for place, name in enumerate(made) if place not in used]
    for name in list(missing):
        if name in others:
            missing.remove(name)
            others.remove(name)
            yield name, name, False
    for at in range(max(len(missing), len(others))):
        yield "".join(missing[at : at + 1]), "".join(others[at : at + 1]), False

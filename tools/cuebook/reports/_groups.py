"""The groups of cases that reports list, by what became of them."""

from __future__ import annotations

from typing import TypeAlias

from cuebook.shapes.became import CaseKind

CaseGroup: TypeAlias = tuple[str, tuple[CaseKind, ...]]
"""A heading, and what became of the cases below it."""

GROUPS: tuple[CaseGroup, ...] = (
    ("Broken", ("broken", "failed")),
    ("Mixed", ("mixed",)),
    ("Worse", ("worse",)),
    ("Without a score", ("dropped",)),
    ("Fixed", ("fixed",)),
)
"""Groups of cases; those that need a reader most come first."""

OF_FIRST: tuple[CaseGroup, ...] = (("Failing", GROUPS[0][1]), GROUPS[3])
"""Groups for a first version, which has nothing to break or to be worse than."""

"""The groups of cases that reports list, by what became of them."""

from __future__ import annotations

from typing import TypeAlias

from cuebook.core.format import capital
from cuebook.shapes.became import CaseKind
from cuebook.shapes.verdict import Verdict
from cuebook.wording.details import changed

CaseGroup: TypeAlias = tuple[CaseKind, ...]
"""What became of the cases of a group; it is called by the first of these."""

BROKEN: CaseGroup = ("broken", "failed")
LESS_TELLING: tuple[CaseGroup, ...] = (("mixed",), ("worse",))
_UNSCORED: CaseGroup = ("dropped",)

GROUPS: tuple[CaseGroup, ...] = (BROKEN, *LESS_TELLING, _UNSCORED, ("fixed",))
"""Groups of cases; those that need a reader most come first."""

OF_FIRST: tuple[CaseGroup, ...] = (BROKEN, _UNSCORED)
"""Groups for a first version, which has nothing to break or to be worse than."""


def heading(verdict: Verdict, group: CaseGroup) -> str:
    """Return the heading above the cases of a group."""
    return capital(changed(verdict, group[0]))

"""What became of a case, over all metrics that decide: reports and pages count by this, and by nothing else.

A record says it by the largest change of any metric alone, which hides that metrics disagree.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from cuebook.shapes.case_result import CaseChange, CaseResult
from cuebook.shapes.passing import deciders, passes
from cuebook.shapes.verdict import Verdict, is_paired

CaseKind = CaseChange | Literal["mixed", "wrong"]
"""``mixed``: better on one metric and worse on another. ``wrong``: nothing changed and the answer fails."""


class Became:
    """The cases of one verdict, each with its changes and what they come to."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict

    @cached_property
    def labels(self) -> list[str]:
        """The labels of the metrics that the verdict goes by."""
        return deciders(self._verdict)

    @cached_property
    def paired(self) -> frozenset[str]:
        """The labels among these whose one score compares both answers."""
        return frozenset(label for label in self.labels if is_paired(self._verdict, label))

    def changes(self, case: CaseResult) -> dict[str, float]:
        """A case's change on each deciding metric (on [-1, 1]) that has one."""
        found = {label: self._change(case, label) for label in self.labels}
        return {label: change for label, change in found.items() if change is not None}

    def kind(self, case: CaseResult) -> CaseKind:
        """What became of a case."""
        if case.change in {"worse", "better"}:  # of most cases nothing more has to be looked at
            found = self.changes(case).values()
            if min(found, default=0) < 0 < max(found, default=0):
                return "mixed"
        if case.change == "same" and case.baseline and passes(case.candidate, self.labels) is False:
            return "wrong"
        return case.change

    @cached_property
    def kinds(self) -> list[CaseKind]:
        """What became of each case, in the verdict's order."""
        return [self.kind(case) for case in self._verdict.cases]

    def group(self, *kinds: CaseKind) -> list[CaseResult]:
        """The cases that went one of these ways, in the verdict's order: the worst first."""
        return [case for case, kind in zip(self._verdict.cases, self.kinds, strict=True) if kind in kinds]

    def _change(self, case: CaseResult, label: str) -> float | None:
        new = case.candidate.scores.get(label)
        if new is None or new.value is None:
            return None
        if label in self.paired:
            return new.value
        old = case.baseline.scores.get(label) if case.baseline else None
        return None if old is None or old.value is None else new.value - old.value

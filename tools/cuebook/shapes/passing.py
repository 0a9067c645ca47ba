"""Whether an answer passes: by every score that decides, and no other. Gate, reports and pages ask here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cuebook.shapes.case_result import Answer
from cuebook.shapes.verdict import Verdict


class _Scored(Protocol):
    @property
    def state(self) -> str: ...
    @property
    def passed(self) -> bool | None: ...


def all_pass(scores: Iterable[_Scored]) -> bool | None:
    """Whether no score that applies fails; None when one is missing that could."""
    found = list(scores)
    if any(score.passed is False for score in found):
        return False
    return None if any(score.state == "failed" for score in found) else True


def deciders(verdict: Verdict) -> list[str]:
    """The labels of the metrics that a verdict goes by: those of judges that only advise do not."""
    return list(dict.fromkeys(item.label for item in verdict.metrics if not item.advisory))


def passes(answer: Answer, labels: Iterable[str]) -> bool | None:
    """Whether a recorded answer passes by the scores of these ``labels``; None where none of them tells."""
    if answer.text is None:
        return False
    scores = [answer.scores[label] for label in labels if label in answer.scores]
    return all_pass(scores) if scores else None

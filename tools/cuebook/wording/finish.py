"""How answers ended, in the provider's own word for it: ``stop``, or ``length`` where one was cut off.

And the words in the place of an answer where there is none, or nothing in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cuebook.core.escape import shorten
from cuebook.core.format import NONE
from cuebook.shapes.case_result import Answer, CaseResult
from cuebook.shapes.verdict import Verdict

NO_ANSWER = "no answer"
_ROOM = 40
"""Characters of a word that a provider made up."""


def unanswered(failure: str | None) -> str:
    """Say what is in the place of an answer that there is not: ``no answer: the connection was closed``."""
    return f"{NO_ANSWER}: {failure or 'unknown reason'}"


def nothing_said(answer: Answer) -> str:
    """Say what is in the place of an answer that there is not, or that has no words; empty for any other."""
    if answer.said is None:
        return unanswered(answer.failure)
    return "" if answer.said.strip() else "the answer is empty"


def finishes(verdict: Verdict) -> list[str]:
    """How the answers of each arm ended, the old one first: ``stop 58, length 2``; none if nothing tells."""
    told = [Counter(_finish(case.candidate) for case in verdict.cases)]
    if verdict.baseline:
        told.insert(0, Counter(_finish(case.baseline) for case in verdict.cases if case.baseline))
    if not any(_is_told(arm) for arm in told):
        return []
    return [", ".join(f"{name or NONE} {count:,}" for name, count in arm.most_common()) for arm in told]


def finish(case: CaseResult) -> str:
    """Return how the answers to a case ended: ``stop``, or ``stop → length``; empty where nothing tells."""
    found = [_finish(answer) for answer in (case.baseline, case.candidate) if answer]
    return " → ".join(name or NONE for name in dict.fromkeys(found)) if _is_told(found) else ""


def _finish(answer: Answer) -> str:
    return NO_ANSWER if answer.text is None else shorten(answer.finish, _ROOM)


def _is_told(found: Iterable[str]) -> bool:
    """Whether any answer has an end on record: those of earlier releases have none."""
    return any(name not in {"", NO_ANSWER} for name in found)

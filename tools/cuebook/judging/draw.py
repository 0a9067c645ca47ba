"""Which answers of a verdict people label, and in which order: a random draw, fixed by hashes. Pure.

``theme/assets/label.js`` draws the same: what one of them changes the other must, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cuebook.shapes.case_result import Answer, CaseResult
from cuebook.shapes.verdict import Verdict

Side = Literal["candidate", "baseline"]
SIDES: tuple[Side, Side] = ("candidate", "baseline")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One answer to be labelled; ``id`` is 12 hex digits that tell nobody whose answer it is."""

    id: str
    case: CaseResult
    side: Side
    answer: Answer

    def of(self, verdict: Verdict) -> str:
        """What a line of labels says that it is of: ``qa/6/qa q17 candidate``."""
        return f"{name_of(verdict)} {self.case.id} {self.side}"


def name_of(verdict: Verdict) -> str:
    """A verdict as labels name it: ``qa/6/qa``."""
    return f"{verdict.prompt}/{verdict.candidate.version}/{verdict.suite}"


def key_of(verdict: Verdict) -> str:
    """Return what a draw depends on: both versions and the cases, so that nobody can choose it later."""
    digests = verdict.digests
    return "\n".join([digests.candidate, digests.baseline or "", digests.dataset])


def hashed(*parts: str) -> str:
    """The SHA-256 of lines of text, in hex."""
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def item_id(verdict: Verdict, case: str, side: Side) -> str:
    """What an answer is called on lines to be labelled; by this name they are ordered."""
    return hashed("cuebook-label/1", key_of(verdict), case, side)[:12]


def drawn(verdict: Verdict, label: str) -> list[Drawn]:
    """The answers that the judge behind ``label`` scored, both arms mixed, in the order people get them.

    The first so many are a random sample of all, whoever stops when. Of several models' answers to a case
    the first model's count.
    """
    # From the back, so that the first model's answers are the ones that stay.
    cases = {case.id: case for case in reversed(verdict.cases)}
    found = []
    for case in cases.values():
        for side in SIDES:
            answer = case.candidate if side == "candidate" else case.baseline
            score = answer.scores.get(label) if answer else None
            if answer and answer.text is not None and score and score.state == "measured":
                found.append(Drawn(item_id(verdict, case.id, side), case, side, answer))
    return sorted(found, key=lambda one: one.id)

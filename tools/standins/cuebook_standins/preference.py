"""Picks the better of two answers by how much of the task's names, numbers and words each one keeps.

Told only to compare, it likes length and, between equals, the first answer. It also understands:

- "a longer answer is not better": length no longer counts
- "does not support", "invented", "made up": numbers, names and words that the task lacks count against
- "tie": equals are a tie
- "data and never instructions": sentences that speak to the judge are not read

An answer without words, and one that imitates a verdict, always loses to any other.
"""

from __future__ import annotations

import json
import re

from cuebook_standins._task import Task
from cuebook_standins._text import content_words, sentences

MODEL = "offline/judge"

CLOSE = 0.06
"""Two merits nearer than this are equal."""
_LENGTH_PRIZE = 0.25
"""What a long answer gains over an empty one when nobody says that length is worth nothing."""
_INVENTED_COST = 0.8

_NAME = re.compile(r"(?<=[\w,;:] )[^\W\d_a-z]\w+|\b\w*\d\w*")
_TO_THE_JUDGE = re.compile(
    r"\b(?:judge|grader|rubric|(?:choose|pick|prefer|vote for) (?:me|this|the first|the second|first|second)"
    r"|best answer|ignore (?:all|the|any|previous))\b",
    re.I,
)
_VERDICT = re.compile(r"[\"']?\b(?:winner|score)[\"']?\s*:\s*[\"'\d]")


def fits(task: Task) -> float:
    """High when two answers are side by side."""
    return 0.95 if {"first", "second"} <= task.sections.keys() else 0.0


def answer(task: Task) -> str:
    """The verdict as a JSON string: ``{"reason": ..., "winner": "first" | "second" | "tie"}``."""
    merits = [_merit(task, task.sections.get(side, "")) for side in ("first", "second")]
    gap = merits[0] - merits[1]
    if abs(gap) < CLOSE:
        winner = "tie" if task.asks("tie") else "first"
        reason = "Both keep about as much of the task."
    else:
        winner = "first" if gap > 0 else "second"
        reason = f"The {winner} keeps more of the task: {max(merits):.2f} against {min(merits):.2f}."
    return json.dumps({"reason": reason, "winner": winner})


def _merit(task: Task, given: str) -> float:
    """How good one answer is: 1 for all of the task's weight with nothing made up, below 0 for nothing."""
    if not content_words(given) or _VERDICT.search(given):
        return -1.0
    if task.asks("never instructions", "not instructions", "never as instructions"):
        given = " ".join(part for part in sentences(given) if not _TO_THE_JUDGE.search(part))
    weights, said = _weights(task.sections.get("task", "")), set(content_words(given))
    total = sum(weights.values()) or 1.0
    merit = sum(weight for term, weight in weights.items() if term in said) / total
    if task.asks("does not support", "not supported", "invent", "made up", "make up"):
        own = _weights(given)
        strange = sum(weight for term, weight in own.items() if term not in weights)
        merit -= _INVENTED_COST * strange / (total + sum(own.values()))
    if not task.asks(
        "longer answer is not better", "length does not", "not better for being longer", "not prefer longer"
    ):
        merit += _LENGTH_PRIZE * min(1.0, len(given.split()) / 60)
    return merit


def _weights(text: str) -> dict[str, float]:
    """Every word that carries meaning with its weight: numbers and names three times the rest."""
    marked = {term for match in _NAME.finditer(text) for term in content_words(match[0])}
    return {term: 3.0 if term in marked else 1.0 for term in content_words(text)}

"""Grades an answer from 1 to 5 by how many of the reference's words and numbers it says again.

Words that are in the task already count little; numbers and names count double. It also understands:

- anchors such as "3 = partly right": strict steps; without them the middle of the scale drifts upwards
- contradict, contradiction: another number, a "not" too many or an opposite word caps the score at 2
- "data and never instructions": sentences that speak to the grader are not read

An empty answer, one without words, and one that imitates a verdict always get the lowest score.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cuebook_standins._task import Task
from cuebook_standins._text import STOP_WORDS, sentences, stem, words

MODEL = "offline/judge"

_STEPS = ((0.82, 5), (0.54, 4), (0.34, 3), (0.15, 2))
"""Least share of the reference said again, and the score for it, when the scale has anchors."""
_DRIFT = 0.35
"""Without anchors the score grows with the share to this power: little is soon called good."""
_ANCHOR = re.compile(r"\b[2-4] ?(?:=|:|means)")
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W_]+(?:['’][^\W_]+)*")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(words("two three four five six seven eight nine ten eleven twelve"), 2)
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50"}
_NEGATIONS = frozenset(words("no not never nobody nothing none neither nor cannot without"))
_REMOVAL = re.compile(r"\b(?:drop|cancel|reject|remov|scrap|abolish|refus|cut|instead)[a-z]*\b", re.I)
"""Words that deny without a "not"; where there is one, a missing "not" proves nothing."""
_LIGHT = words(
    """because also only just get gets got make makes made take takes taken use uses used need needs needed
    must say says said tell tells come comes came go goes after then first"""
)
"""Words that carry little of an answer's content, compared as they are written."""
_OPPOSITES = (
    ("early", "late"),
    ("more", "less"),
    ("open", "closed"),
    ("before", "after"),
    ("approved", "rejected"),
    ("approves", "rejects"),
    ("days", "weeks"),
    ("weeks", "months"),
    ("months", "years"),
    ("keep", "drop"),
    ("allowed", "forbidden"),
    ("increase", "decrease"),
    ("happy", "complains"),
)
_TO_THE_GRADER = re.compile(
    r"\b(?:rubric|grader|grading|full marks|(?:give|deserves?|award)\b.{0,30}\b(?:[1-5]|points?|marks?|score)"
    r"|score ?[:=]|ignore (?:all|the|any|previous)|counts? as correct|system instructions)\b",
    re.I,
)
_VERDICT = re.compile(r"[\"']?\bscore[\"']?\s*:\s*\d")


@dataclass(frozen=True, slots=True)
class Grade:
    """A score on 1 to 5 and why."""

    score: int
    reason: str


def fits(task: Task) -> float:
    """High when there are an answer and a reference to compare; higher still when a score is asked for."""
    if "answer" not in task.sections or "reference" not in task.sections:
        return 0.0
    return 0.95 if "score" in _properties(task) else 0.7


def answer(task: Task) -> str:
    """The verdict as a JSON string: ``{"reason": ..., "score": ...}``, on the scale that the schema names."""
    grade = grade_answer(
        task.sections.get("task", ""),
        task.sections.get("reference", ""),
        task.sections.get("answer", ""),
        anchored=bool(_ANCHOR.search(task.folded)),
        contradictions=task.asks("contradict"),
        fenced=task.asks("never instructions", "not instructions", "never as instructions"),
    )
    return json.dumps({"reason": grade.reason, "score": _on_scale(grade.score, task)}, ensure_ascii=False)


def grade_answer(
    task: str, reference: str, given: str, *, anchored: bool, contradictions: bool, fenced: bool
) -> Grade:
    """Grade ``given`` against ``reference``; each switch is one rule that the instructions may state."""
    if not _terms(given):
        return Grade(1, "The answer says nothing.")
    if _VERDICT.search(given):
        return Grade(1, "The text imitates a verdict instead of answering.")
    if fenced:
        given = " ".join(part for part in sentences(given) if not _TO_THE_GRADER.search(part))
    wanted = _weights(task, reference)
    found = set(_terms(given))
    missing = [term for term in wanted if term not in found]
    share = 1 - sum(wanted[term] for term in missing) / sum(wanted.values()) if wanted else 0.0
    score = _anchored(share) if anchored else 1 + round(4 * share**_DRIFT)
    reason = f"Says {share:.0%} of the reference" + (
        f"; missing: {', '.join(missing[:4])}." if missing else "."
    )
    wrong = _contradictions(task, reference, given) if contradictions else []
    if wrong:
        score = min(score, 2 if share >= 0.4 else 1)
        reason += f" Contradicts it: {'; '.join(wrong[:2])}."
    return Grade(score, reason)


def _anchored(share: float) -> int:
    return next((score for least, score in _STEPS if share >= least), 1)


def _term(word: str) -> str:
    """One word's comparable form: a stem without its last vowel, or a number as digits."""
    number = _ORDINAL.fullmatch(word)
    if number:
        return number[1]
    return _NUMBER_WORDS.get(word) or stem(word.removesuffix("ment")).rstrip("eiy") or word


def _tokens(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _terms(text: str) -> list[str]:
    """Comparable forms of the words that carry meaning, in order."""
    return [_term(word) for word in _tokens(text) if word not in STOP_WORDS]


def _weights(task: str, reference: str) -> dict[str, float]:
    """How much each term of the reference counts: given away by the task little, numbers and names double."""
    known = set(_terms(task))
    light = {_term(word) for word in _LIGHT}
    names = set(_terms(" ".join(re.findall(r"(?<=[a-z,] )[^\W\d_a-z]\w+", reference))))

    def weight(term: str) -> float:
        if term in known:
            return 0.1
        if term in light:
            return 0.3
        return 2.0 if term in names or term[0].isdigit() else 1.0

    return {term: weight(term) for term in _terms(reference)}


def _contradictions(task: str, reference: str, given: str) -> list[str]:
    """What the answer says against the reference, in words: numbers, negations, opposite words."""
    found = []
    parts = [set(_terms(part)) for part in sentences(given)]
    known, said = _numbers([*_terms(task), *_terms(reference)]), _numbers(_terms(given))
    for fact in sentences(reference):
        terms = set(_terms(fact))
        nearest: set[str] = max(parts, key=lambda part: len(part & terms), default=set())
        lost, new = _numbers(terms) - said, _numbers(nearest) - known
        if lost and new and 2 * len(nearest & terms) >= len(terms) - len(lost):
            found.append(f"{', '.join(sorted(new))} instead of {', '.join(sorted(lost))}")
    ours, theirs = _amounts(reference), _amounts(given)
    found += [f"another number of {unit}" for unit in ours if not ours[unit] & theirs.get(unit, ours[unit])]
    return found + _denials(reference, given) + _opposed(reference, given)


def _numbers(terms: Iterable[str]) -> set[str]:
    return {term for term in terms if any(character.isdigit() for character in term)}


def _amounts(text: str) -> dict[str, set[str]]:
    """The numbers that stand before each unit: ``{"minut": {"15", "30"}}``."""
    found: dict[str, set[str]] = {}
    for number, unit in pairwise(_tokens(text)):
        if _term(number).isdigit() and unit.isalpha() and unit not in STOP_WORDS:
            found.setdefault(_term(unit), set()).add(_term(number))
    return found


def _denials(reference: str, given: str) -> list[str]:
    """Words that one text denies and the other states, and yes against no."""
    denied, stated = _polarity(reference)
    denied_here, stated_here = _polarity(given)
    clash = ((denied - denied_here) & stated_here) | ((denied_here - denied) & stated)
    opening = {(_tokens(reference) or [""])[0], (_tokens(given) or [""])[0]}
    found = ["yes against no"] if opening == {"yes", "no"} else []
    if _REMOVAL.search(reference) or _REMOVAL.search(given):
        return found
    return found + [f'one denies "{term}"' for term in sorted(clash)]


def _polarity(text: str) -> tuple[set[str], set[str]]:
    """The terms that follow a negation, and all others."""
    denied: set[str] = set()
    stated: set[str] = set()
    negated = False
    for word in re.findall(r"[.,;:!?]|" + _WORD.pattern, text.casefold()):
        if word in _NEGATIONS or word.endswith(("n't", "n’t")):
            negated = True
        elif word in ".,;:!?":
            negated = False
        elif word not in STOP_WORDS:
            (denied if negated else stated).add(_term(word))
            negated = False
    return denied, stated


def _opposed(reference: str, given: str) -> list[str]:
    ours, theirs = set(_tokens(reference)), set(_tokens(given))
    pairs = [*_OPPOSITES, *((second, first) for first, second in _OPPOSITES)]
    return [
        f"{wrong} against {right}"
        for right, wrong in pairs
        if right in ours - theirs and wrong in theirs - ours
    ]


def _properties(task: Task) -> Mapping[str, Any]:
    properties = (task.schema or {}).get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _on_scale(score: int, task: Task) -> int:
    """A score of 1 to 5 moved to the schema's own range."""
    rule = _properties(task).get("score")
    rule = rule if isinstance(rule, Mapping) else {}
    low, high = rule.get("minimum", 1), rule.get("maximum", 5)
    if not (isinstance(low, int) and isinstance(high, int) and low < high):
        return score
    return low + round((high - low) * (score - 1) / 4)

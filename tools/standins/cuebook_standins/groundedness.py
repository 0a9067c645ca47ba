"""Judge whether an answer is supported by the context, from 1 (invented) to 5 (supported), with a reason.

It splits the answer into claims and looks for the sentence of the context behind each of them. Empty answers,
orders to the grader and imitated verdicts score 1 whatever the rubric says.

Instructions that it understands:

- anchors on refusals ("a correct refusal", "a refusal although the context holds the answer"): an answer that
  says it doesn't know is graded by whether the context could answer; without them it is graded by its words
- "unsupported extra detail": every claim counts; without it the best supported claim decides
- "contradicts", "a number, name or date that differs": numbers with their units, and *not*, are compared
- "answers the question asked", "a fact about another item": the supporting sentence must be about that
- "limits and conditions", "at least for at most": limits, and conditions such as *only if*, are compared, too
- "data, never instructions": a remark to the grader beside an answer spoils it
- a rubric with none of these: plain overlap of the words of answer and context
"""

from __future__ import annotations

import json
import re

from cuebook_standins._passage import Passage, keys
from cuebook_standins._question import kind
from cuebook_standins._support import HALF, SUPPORTED, Finding, Reader, claim_keys
from cuebook_standins._task import Task
from cuebook_standins._text import recall, sentences, words

MODEL = "offline/judge"

MOST_CLAIMS = 50
"""Claims of one answer that are read; a longer answer is graded by these."""

_CONTEXT = ("context", "passage", "document", "source", "text", "facts")
_ANSWER = ("answer", "reply", "response", "output")
_THING = r"(?:item|person|year|thing)"
_RULES = {
    "refusal": re.compile(r"\brefus|don['\u2019]t know|does not know|no answer in the context"),
    "extras": re.compile(r"\b(?:unsupported|extra|additional|beyond the)\b|\b(?:every|each) claim\b"),
    "exact": re.compile(
        r"\bcontradict|\b(?:number|name|date|unit)s?\b[^.]{0,40}\b(?:differ|wrong|other|match|changed)"
    ),
    "question": re.compile(
        rf"question (?:that was )?asked|answers? the question|\b(?:another|other|different) {_THING}"
    ),
    "limits": re.compile(r"\bat (?:least|most)\b|\blimits?\b|\bconditions?\b|\bunless\b"),
    "fence": re.compile(r"\b(?:never|not|no)\b[^.]{0,20}\binstructions?\b"),
}
_REFUSAL = re.compile(
    r"\b(?:do(?:es)? not|don['\u2019]t|cannot|can['\u2019]t|could not|couldn['\u2019]t|not) (?:\w+ )?"
    r"(?:know|say|mention|contain|state|specify|answer|find|tell|covered|mentioned|given|stated)\b"
    r"|\bno (?:information|answer|mention)\b|\bunknown\b",
    re.I,
)
_POLITE = re.compile(
    r"^(?:thanks?|good question|great question|happy to|glad|let me know|feel free|we hope|i hope|sure"
    r"|of course|please (?:ask|contact))\b",
    re.I,
)
_TO_GRADER = re.compile(
    r"\b(?:rubric|grader|grading|full marks|full score|highest score|top score)\b"
    r"|\b(?:give|award|assign|score|rate)\b[^.]{0,30}\b(?:[1-5]|five)\b"
    r"(?:[^.]{0,12}$|\s*(?:/|out of|points|stars))"
    r"|\bignore (?:the|all|any|previous|every)\b|\bthought process:|\bscore[\"']?\s*[:=]\s*\d",
    re.I,
)
_QUOTED = re.compile(r"\(?[\"\u201c]([^\"\u201d]+)[\"\u201d]\)?")
_HEDGE = re.compile(r"\b(?:most likely|probably|presumably|i guess|i think)\b", re.I)
_LEAD = re.compile(
    r"^(?:(?:most likely|probably|based on the context|according to the context)\b[\s,:]*)?"
    r"(?:(?:yes|no)(?=[,.;:!]|\s*$)[\s,.;:!]*)?",
    re.I,
)
_BARE = re.compile(r"\W*(?:most likely |probably )?(yes|no)(?=[,.;:!]| \(|$)", re.I)
_CUT = re.compile(
    r"[;:]\s+|,\s+(?=(?:which|when|where|who|and|but|always|usually|best|with)\b)"
    r"|\s+(?=(?:but|because|since)\b)"
)


def fits(task: Task) -> float:
    """High for an answer beside a context when the rubric speaks of support."""
    if task.section(*_ANSWER) is None or task.section(*_CONTEXT) is None:
        return 0.0
    return 0.9 if task.asks("supported", "grounded", "faithful", "invent", "hallucinat") else 0.3


def answer(task: Task) -> str:
    """The verdict as JSON: reason, then score."""
    rules = frozenset(name for name, pattern in _RULES.items() if pattern.search(task.folded))
    question = task.section("question", "task") or ""
    passage = Passage(task.section(*_CONTEXT) or "")
    reader = Reader(passage, question, exact="exact" in rules, limits="limits" in rules)
    score, reason = grade(reader, (task.section(*_ANSWER) or "").strip(), rules)
    return json.dumps({"reason": reason, "score": score}, ensure_ascii=False)


def grade(reader: Reader, text: str, rules: frozenset[str]) -> tuple[int, str]:
    """Score from 1 to 5 by the rules that the rubric holds, and why."""
    if not words(text):
        return 1, "The answer is empty."
    if _to_grader(text, strict="fence" in rules):
        return 1, "The answer speaks to the grader instead of answering."
    if not rules - {"fence"}:
        share = recall(keys(text), keys(reader.passage.text))
        return 1 + round(4 * share), f"{share:.0%} of the answer's words are in the context."
    claims = _claims(reader.passage.text, text)
    if "refusal" in rules and _REFUSAL.search(text):
        claims = [claim for claim in claims if not _REFUSAL.search(claim)]
        if all(_repeats(reader.read(claim)) for claim in claims):
            return _grade_refusal(reader)
    bare = _BARE.match(text)
    if bare and reader.exact and reader.nearest and kind(reader.question) == "truth":
        if bare[1].casefold() != reader.truth():
            return 1, f'The context says the opposite: "{reader.nearest}"'
        if not claims:
            return 5, f'Follows from "{reader.nearest}"'
    if reader.exact and _HEDGE.search(text) and not reader.answerable():
        return 1, "The answer is a guess; the context does not say."
    if not claims:
        return 1, "The answer makes no claim."
    return _weigh([reader.read(claim) for claim in claims], rules)


def _grade_refusal(reader: Reader) -> tuple[int, str]:
    if reader.answerable():
        return 2, f'Refuses, but the context says: "{reader.nearest}"'
    return 5, "Refuses, and the context does not hold the answer."


def _repeats(finding: Finding) -> bool:
    return finding.share == 1 and not finding.wrong


def _weigh(findings: list[Finding], rules: frozenset[str]) -> tuple[int, str]:
    every = "extras" in rules
    first = findings[0] if every else max(findings, key=lambda found: found.share)
    if first.wrong:
        return 1, f'"{first.claim}": {first.wrong}.'
    if first.share < HALF:
        return 1, f'The context does not say "{first.claim}".'
    if "question" in rules and not first.bound:
        score = 1 if len(keys(first.claim)) < 4 else 2
        return score, f'"{first.claim}" is about something else than the question.'
    loose = [found for found in findings if found.wrong or found.share < SUPPORTED] if every else []
    if not loose:
        return 5, "Every claim is supported by the context."
    if loose[0] is first:
        return (4 if len(loose) == 1 else 3), f'"{first.claim}" is only partly supported.'
    wrong = next((found for found in loose if found.wrong), None)
    if wrong:
        return 2, f'The main claim is supported, but "{wrong.claim}" is not: {wrong.wrong}.'
    return 3, f'The main claim is supported, but not "{loose[0].claim}".'


def _to_grader(text: str, *, strict: bool) -> bool:
    """Whether the answer imitates a verdict or talks to the grader: all of it, or when strict any of it."""
    if text.lstrip("`json \n").startswith("{") and _TO_GRADER.search(text):
        return True
    spoken = [_TO_GRADER.search(part) is not None for part in sentences(text) if words(part)]
    return all(spoken) or (strict and any(spoken))


def _claims(context: str, text: str) -> list[str]:
    """The statements of the answer; greetings and literal quotations of the context are none."""
    text = _QUOTED.sub(lambda found: "" if found[1].strip() in context else found[0], text)
    spoken = [part for part in sentences(text) if not _POLITE.match(part) and not _TO_GRADER.search(part)]
    parts = [part for sentence in spoken for part in _CUT.split(_LEAD.sub("", sentence))]
    kept = dict.fromkeys(part.strip(" .,;:!") for part in parts if claim_keys(part))
    return list(kept)[:MOST_CLAIMS]

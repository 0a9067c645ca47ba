"""Compare the claims of an answer with a context: supported, about the question, or in contradiction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from cuebook_standins._passage import Passage, asked_keys, clauses, key, keys, named, negations, refers_back
from cuebook_standins._question import DIGITS, UNIT_WORD, VALUES, kind
from cuebook_standins._text import recall, words

SUPPORTED, HALF = 0.72, 0.5
"""Share of a claim's new words that one sentence must hold: wholly, or in part."""
BOUND, ANSWERABLE = 0.48, 0.62
"""Share of the question: beside a claim that answers it; in a context that can answer it."""
SHORT = 4
"""A claim with so few new words may not miss one."""

_SOFT = (
    "about around nearly roughly approximately least most more less than within under over only exactly just"
)
_SOFT_KEYS = frozenset(map(key, _SOFT.split()))
_NUMBERED = re.compile(r"\b[\w.]*\d[\w.]*\b")
_AT_LEAST = re.compile(r"\b(?:at least|minimum|no less than|over|more than|above|from)\b")
_AT_MOST = re.compile(r"\b(?:at most|maximum|no more than|up to|under|less than|below|within)\b")
_ALWAYS = re.compile(r"\b(?:always|all|every|never|any|nobody|everyone)\b")
_ONLY_IF = re.compile(r"\b(?:only|unless|some|if|except)\b")
_ONLY = re.compile(r"\bonly\b", re.I)


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim: its share in the best sentence, whether that is about the question, and what is wrong."""

    claim: str
    share: float
    bound: bool
    wrong: str = ""


def claim_keys(text: str) -> list[str]:
    """Keys of the words that carry meaning, small number words as digits, hedges and limits left out."""
    return [DIGITS.get(word, word) for word in keys(text) if word not in _SOFT_KEYS]


@dataclass(frozen=True)
class Reader:
    """A context and a question. ``exact`` compares numbers, units and *not*; ``limits`` at least, only if."""

    passage: Passage
    question: str
    exact: bool
    limits: bool

    @cached_property
    def asked(self) -> list[str]:
        """Keys of the question, misspellings corrected by the context's words."""
        return self.passage.known(asked_keys(self.question))

    @cached_property
    def place(self) -> int:
        """The sentence that shares most with the question, whose last word tells most."""
        last = self.asked[-1] if self.asked else ""
        held = self.passage.sentence_keys
        return max(
            range(len(held)), key=lambda spot: self._near(spot) + 0.2 * (last in held[spot]), default=0
        )

    @cached_property
    def nearest(self) -> str:
        """The sentence at ``place``, or nothing."""
        return self.passage.sentences[self.place] if self.passage.sentences else ""

    @cached_property
    def _pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(_numbers(self.passage.text))

    @cached_property
    def _known_numbers(self) -> frozenset[str]:
        found = _NUMBERED.findall
        return frozenset(found(self.question)) & frozenset(found(self.passage.text))

    def answerable(self) -> bool:
        """Whether the context seems to hold the question's words and names, and a value of its kind."""
        wants = kind(self.question)
        return (
            bool(self.nearest)
            and self._near(self.place) >= ANSWERABLE
            and (wants not in VALUES or VALUES[wants].search(self.nearest) is not None)
            and named(self.question) <= named(f" {self.passage.text}")
        )

    def truth(self) -> str:
        """Yes or no, as the context has it; a condition that the question leaves out means no."""
        left_out = set(self.asked) - set(keys(self.nearest))
        if self.limits and left_out and _ONLY.search(self.nearest):
            return "no"
        parts = clauses(self.nearest)
        last = [part for part in parts if self.asked and self.asked[-1] in keys(part)]
        clause = self._best_part(self.asked, last or parts)
        return "no" if (negations(clause) - negations(self.question)) % 2 else "yes"

    def read(self, claim: str) -> Finding:
        """The claim compared with the sentence that supports it best."""
        if not self.passage.sentences:
            return Finding(claim, 0.0, bound=False)
        fresh = [word for word in claim_keys(claim) if word not in self.asked]
        spots = range(len(self.passage.sentences))
        spot = max(spots, key=lambda here: self._share(fresh, here) + 0.4 * self._near(here))
        share = self._share(fresh, spot)
        if len(fresh) <= SHORT and share < SUPPORTED:
            share = min(share, HALF - 0.01)
        return Finding(claim, share, self._bound(claim, fresh, spot), self._wrong(claim, fresh, spot, share))

    def _near(self, spot: int) -> float:
        return self.passage.coverage(self.asked, spot)

    def _share(self, fresh: list[str], spot: int) -> float:
        return recall(fresh, claim_keys(self.passage.sentences[spot])) if fresh else 1.0

    def _bound(self, claim: str, fresh: list[str], spot: int) -> bool:
        """Whether the sentence, and for a short claim its clause, speaks of what was asked."""
        wants, sentence = kind(self.question), self.passage.sentences[spot]
        if not self.asked:
            return True
        if wants in ("money", "number") and not any(VALUES[k].search(claim) for k in (wants, "number")):
            return False
        back = spot and refers_back(sentence)
        near = f"{self.passage.sentences[spot - 1]} {sentence}" if back else sentence
        if self._near(spot) < BOUND or not self._known_numbers <= set(_NUMBERED.findall(near)):
            return False
        if wants == "reason" or refers_back(sentence) or not 0 < len(fresh) <= SHORT:
            return True
        return _same_clause(sentence, set(fresh), set(self.asked))

    def _wrong(self, claim: str, fresh: list[str], spot: int, share: float) -> str:
        sentence = self.passage.sentences[spot]
        if self.exact:
            unknown = next((pair for pair in _numbers(claim) if not self._says(*pair)), None)
            if unknown:
                return f"the context does not say {' '.join(unknown)}".rstrip()
            if share >= HALF and self._opposite(claim, fresh, sentence):
                return "the context says the opposite"
        if self.limits and share >= HALF:
            return _wrong_limit(claim.casefold(), sentence.casefold())
        return ""

    def _says(self, number: str, unit: str) -> bool:
        """Whether the context has the number, and with this unit."""
        units = {own for value, own in self._pairs if value == number}
        bare = units == {""} and unit not in self.passage.vocabulary
        return bool(units) and (not unit or unit in units or bare)

    def _opposite(self, claim: str, fresh: list[str], sentence: str) -> bool:
        """Whether one says *not* and the other doesn't; a bare answer takes on its question's *not*."""
        own, parts = claim_keys(claim), clauses(sentence)
        if set(own) & set(self.asked):
            repeated = [part for part in parts if recall(claim_keys(part), own) >= HALF]
            said = " ".join(repeated) or self._best_part(fresh or own, parts)
            return (negations(claim) - negations(said)) % 2 == 1
        halves = [half for part in parts for half in part.split(" and ")]
        carried = 0 if kind(self.question) == "reason" else negations(self.question)
        return (negations(claim) + carried - negations(self._best_part(fresh, halves))) % 2 == 1

    def _best_part(self, wanted: list[str], parts: list[str]) -> str:
        """The part that holds the most telling of the wanted words."""
        weight = self.passage.weight
        return max(parts, key=lambda part: sum(map(weight, set(wanted) & set(claim_keys(part)))))


def _same_clause(sentence: str, fresh: set[str], asked: set[str]) -> bool:
    """Whether a clause with the new words speaks of the question; so does one that holds nothing else."""
    parts = [set(claim_keys(part)) for part in clauses(sentence)]
    holding = [part for part in parts if part & fresh]
    elsewhere = any(part & asked for part in parts)
    return not holding or not elsewhere or any(part & asked or part <= fresh for part in holding)


def _numbers(text: str) -> list[tuple[str, str]]:
    """Each number with the unit that follows it, at most one word later: "ten working days" is ten days."""
    tokens = words(text)
    found = []
    for at, word in enumerate(tokens):
        number = DIGITS.get(word, word)
        if number.isdigit():
            unit = next((after for after in tokens[at + 1 : at + 3] if UNIT_WORD.fullmatch(after)), "")
            found.append((number, key(unit)))
    return found


def _wrong_limit(claim: str, sentence: str) -> str:
    low, high = _AT_LEAST.search(claim), _AT_MOST.search(claim)
    from_below, from_above = _AT_LEAST.search(sentence), _AT_MOST.search(sentence)
    if (low and from_above and not from_below) or (high and from_below and not from_above):
        return "the context sets the limit the other way round"
    if _ALWAYS.search(claim) and not _ALWAYS.search(sentence) and _ONLY_IF.search(sentence):
        return "the context makes a condition"
    return ""

"""A question in canonical form: known words become marks such as ``T0`` (a table) or ``D3`` (a date).

``Which customers signed up in March 2022?`` becomes ``which T0 C1 in D2 ?``, so that a few patterns over
marks and small words can find what is asked, whatever the tables are called. The kinds of marks: T table,
C column, V listed value, L name or quoted text, D days, N number, M figure and K condition of the house.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from cuebook_standins._sql_rules import Rules
from cuebook_standins._sql_schema import PEOPLE, Column, Schema, singular
from cuebook_standins._sql_words import EVENTS, NUMBERS, SYNONYMS, days, repaired, rephrased
from cuebook_standins._text import STOP_WORDS, stem

MAX_QUESTION = 1_000
_WORD = re.compile(
    r"\"[^\"]+\"|\d{4}-\d{2}-\d{2}|\d+(?:[.,]\d+)*|[^\W\d_](?:[\w&-]|['\u2019.](?=\w))*|[&?!.,:;]"
)
_AFTER_COMPARISON = frozenset(["over", "than", "under", "not-under", "not-over", "exactly"])
_PARTICLES = frozenset(["&", "and", "de", "del", "der", "di", "la", "of", "van", "von"])
_REPAIRABLE = frozenset(["average", "before", "between", "different", "never", "number", "ordered"])

Found: TypeAlias = tuple[str, Any, int]
"""Kind, meaning and length in words of what is at a place; length 0 for nothing."""
_NOTHING: Found = ("", None, 0)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a piece of the question means: one letter for the kind, and the meaning."""

    kind: str
    meaning: Any
    words: str


@dataclass(slots=True)
class Question:
    """The canonical text and the meanings of its marks. Reading takes pieces out of ``text``."""

    text: str
    marks: Sequence[Mark] = ()

    def mark(self, name: str) -> Mark:
        """The mark written ``T0``."""
        return self.marks[int(name[1:])]

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first match, taken out of the text."""
        found = re.search(pattern, self.text)
        if found:
            self.text = " ".join(f"{self.text[: found.start()]} {self.text[found.end() :]}".split())
        return found

    def names(self, kinds: str) -> list[str]:
        """The marks of these kinds that are still in the text, in order."""
        return re.findall(rf"\b[{kinds}]\d+\b", self.text)


def read_question(text: str, schema: Schema, rules: Rules) -> Question:
    """Bring a question into canonical form."""
    reader = _Reader(_WORD.findall(rephrased(text[:MAX_QUESTION])), schema, rules)
    parts: list[str] = []
    marks: list[Mark] = []
    at = 0
    while at < len(reader.tokens):
        kind, meaning, length = reader.look(at)
        if length:
            parts.append(f"{kind}{len(marks)}")
            marks.append(Mark(kind, meaning, " ".join(reader.low[at : at + length])))
        else:
            parts.append(reader.low[at])
        at += max(1, length)
    return Question(" ".join(parts), marks)


class _Reader:
    """Finds what is known at a place of the question."""

    def __init__(self, tokens: Sequence[str], schema: Schema, rules: Rules) -> None:
        self.tokens = tokens
        self.schema = schema
        self.rules = rules
        known = _vocabulary(schema)
        self.low = [repaired(token.casefold(), known) for token in tokens]
        self.stems = [stem(word) for word in self.low]

    def look(self, at: int) -> Found:
        """The first thing that fits, the surest kinds first."""
        looks = (self._quoted, self._days, self._term, self._value, self._column, self._table, self._alias)
        for look in (*looks, self._name, self._number):
            found = look(at)
            if found[2]:
                return found
        return _NOTHING

    def _quoted(self, at: int) -> Found:
        token = self.tokens[at]
        return ("L", token[1:-1], 1) if token[0] == '"' else _NOTHING

    def _days(self, at: int) -> Found:
        if at and self.low[at - 1] in _AFTER_COMPARISON:
            return _NOTHING
        for length in (5, 4, 3, 2, 1):
            said = self.low[at : at + length]
            found = days(" ".join(word for word in said if word != ","))
            if found and said[-1] != ",":
                return "D", found, len(said)
        return _NOTHING

    def _term(self, at: int) -> Found:
        for definition in self.rules.definitions:
            size = len(definition.stems)
            if tuple(self.stems[at : at + size]) == definition.stems:
                return ("K" if definition.condition else "M"), definition.sql, size
        return _NOTHING

    def _value(self, at: int) -> Found:
        best: list[tuple[Column, str]] = []
        longest = 0
        for column, value, folded, size in _listed(self.schema):
            if size >= longest and self._says(at, size, folded):
                best = [*best, (column, value)] if size == longest else [(column, value)]
                longest = size
        return ("V", tuple(best), longest) if best else _NOTHING

    def _says(self, at: int, size: int, wanted: str) -> bool:
        said = " ".join(self.low[at : at + size])
        if wanted in (said, singular(said)):
            return True
        if size > 1:
            return False
        # An adjective of a place is often the place cut short: German, Germany.
        short = len(said) >= 5 and 0 < len(wanted) - len(said) <= 2 and wanted.startswith(said)
        return short and self.tokens[at][0].isupper()

    def _column(self, at: int) -> Found:
        for size in (3, 2, 1):
            said = tuple(self.low[at : at + size])
            found = _called(self.schema, said) if len(said) == size else ()
            if found:
                return "C", found, size + (self.low[at + size : at + size + 1] == ["address"])
        return _NOTHING

    def _table(self, at: int) -> Found:
        word = self.low[at]
        for table in self.schema.tables:
            named = table.casefold().split("_")
            said = self.low[at : at + len(named)]
            if [*said[:-1], singular(said[-1])] == [*named[:-1], singular(named[-1])]:
                return "T", table, len(named)
            if word.endswith("ed") and word not in EVENTS and word[:-2] == singular(table):
                return "T", table, 1
        people = self.schema.people
        return ("T", people, 1) if people and singular(word) in PEOPLE else _NOTHING

    def _alias(self, at: int) -> Found:
        found = _meant(self.schema, self.low[at])
        return ("C", found, 1 + (self.low[at + 1 : at + 2] == ["up"])) if found else _NOTHING

    def _name(self, at: int) -> Found:
        if not self._capital(at):
            return _NOTHING
        end = at + 1
        while end < len(self.tokens):
            joins = self.low[end] in _PARTICLES and end + 1 < len(self.tokens) and self._capital(end + 1)
            if not joins and not self._capital(end):
                break
            end += 2 if joins else 1
        if end == at + 1 and (at == 0 or self.tokens[at - 1] in ".?!:"):
            return _NOTHING
        return "L", " ".join(self.tokens[at:end]), end - at

    def _capital(self, at: int) -> bool:
        token = self.tokens[at]
        return token[0].isupper() and len(token) > 1 and token.casefold() not in STOP_WORDS

    def _number(self, at: int) -> Found:
        word = self.low[at]
        if word in NUMBERS:
            return "N", NUMBERS[word], 1
        plain = word.replace(",", "")
        return ("N", plain, 1) if re.fullmatch(r"\d{1,12}(?:\.\d{1,6})?", plain) else _NOTHING


@lru_cache(maxsize=4096)
def _called(schema: Schema, said: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns of this name, then those that end in it: price is also ``unit_price``."""
    single = (*said[:-1], singular(said[-1]))
    full = [column for column in schema.columns if column.words in (said, single)]
    ends = [column for column in schema.columns if column.words[1:] in (said, single) and not column.is_key]
    return tuple(full + ends) if full or said[-1] in ("date", "dates") else ()


@lru_cache(maxsize=4096)
def _meant(schema: Schema, word: str) -> tuple[Column, ...]:
    """The columns that begin with this word (signup is ``signup_date``), or that it is another word for."""
    said = ((word,), (singular(word),))
    heads = [c for c in schema.columns if c.words[:-1] in said and not c.is_key and c.words[-1] != "price"]
    others = set(SYNONYMS.get(word, ()))
    return tuple(heads or [column for column in schema.columns if others & set(column.words)])


@lru_cache(maxsize=64)
def _listed(schema: Schema) -> tuple[tuple[Column, str, str, int], ...]:
    """Every listed value with its column, folded, and its length in words."""
    values = [(column, value) for column in schema.columns for value in column.values]
    return tuple((c, v, " ".join(_WORD.findall(v.casefold())), len(_WORD.findall(v))) for c, v in values)


@lru_cache(maxsize=64)
def _vocabulary(schema: Schema) -> frozenset[str]:
    """Words worth repairing a slip for."""
    named = {part for table in schema.tables for part in table.casefold().split("_")}
    named |= {part for column in schema.columns for part in column.words}
    named |= {part for _, _, value, _ in _listed(schema) for part in value.split()}
    return frozenset(word for word in {*named, *map(singular, named)} if len(word) > 4) | _REPAIRABLE

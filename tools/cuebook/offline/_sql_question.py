"""A question in canonical form: known words become marks such as ``T0`` (a table) or ``D3`` (a date).

``Which customers signed up in March 2022?`` becomes ``which T0 C1 in D2 ?``, so that a few patterns over
marks and small words can find what is asked, whatever the schema is called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cuebook.offline._sql_rules import Rules
from cuebook.offline._sql_schema import PEOPLE, Column, Schema, singular
from cuebook.offline._text import STOP_WORDS, stem

_WORD = re.compile(
    r"\"[^\"]+\"|\d{4}-\d{2}-\d{2}|\d+(?:[.,]\d+)*|[^\W\d_](?:[\w&-]|['\u2019.](?=\w))*|[&?!.,:;]"
)
_MONTHS = ("january february march april may june july august september october november december").split()
_NUMBERS = {
    w: i for i, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_NUMBERS |= {"once": 1, "twice": 2}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_OVER = frozenset(["above", "over", "than", "under", "below", "least", "exceeding"])
_PARTICLES = frozenset(["de", "del", "der", "di", "la", "van", "von", "&", "of", "and"])

SYNONYMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(["cost", "costs", "expensive", "priced", "euro", "euros", "dollars"], ("price", "cost")),
    **dict.fromkeys(["mail", "e-mail", "mails"], ("email",)),
    **dict.fromkeys(["star", "stars", "rated"], ("rating", "stars")),
    **dict.fromkeys(
        ["joined", "registered", "signed", "sign", "enrolled"], ("signup", "joined", "registered", "enrolled")
    ),
    **dict.fromkeys(["paid", "pay", "payments"], ("payment",)),
    **dict.fromkeys(["town", "towns"], ("city",)),
    **dict.fromkeys(["unit", "units", "pieces"], ("quantity", "amount")),
    **dict.fromkeys(["recent"], ("date",)),
    **dict.fromkeys(["remark", "remarks"], ("comment",)),
}
EVENTS = frozenset(
    ["bought", "buy", "buys", "order", "ordered", "orders", "placed", "purchase", "purchased", "purchases"]
    + ["sell", "selling", "sells", "sold"]
)
"""Verbs of trade: they bring in the orders and what was on them."""

_REPHRASE = [
    (
        r"\bhaven[’']?t\b|\bhasn[’']?t\b|\bdidn[’']?t\b|\bdon[’']?t\b|\baren[’']?t\b|\bwasn[’']?t\b|\bisn[’']?t\b",
        " not ",
    ),
    (r"\b(?:who|where|what|that|there|it)[’']s\b", lambda m: m[0].split("’")[0].split("'")[0] + " is"),
    (r"\bcheapest\b", "least expensive"),
    (r"\b(?:newest|latest|youngest)\b", "most recent"),
    (r"\b(?:oldest|earliest)\b|\bvery first\b", "least recent"),
    (r"\bbest[- ]?selling\b", "most sold"),
    (r"\b(?:best|biggest|largest|highest|greatest|maximum|max)\b", "most"),
    (r"\b(?:worst|smallest|lowest|fewest|minimum|min)\b", "least"),
    (r"\bat (?:least|minimum) (?=\w)", "not-under "),
    (r"\b(\w+) or more\b", r"not-under \1"),
    (r"\bat most (?=\w)", "not-over "),
    (r"\b(\w+) or (?:less|fewer)\b", r"not-over \1"),
    (r"\b(?:more than|greater than|higher than|above|exceeding|over)(?= (?:\d|[a-z]+\b))", "over"),
    (r"\b(?:less than|fewer than|lower than|below)(?= )", "under"),
    (r"\bleaving out\b", "without"),
    (r"\bnot a single\b|\bwithout a single\b|\bwithout any\b|\bnot any\b", "without"),
]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a piece of the question stands for: one letter for the kind, and the meaning."""

    kind: str
    meaning: Any
    words: str


@dataclass(frozen=True, slots=True)
class Range:
    """Days from ``first`` to ``last`` inclusive, as ISO text; ``unit`` says how it was put: year, month, quarter, day."""

    first: str
    last: str
    unit: str


@dataclass
class Question:
    """The canonical text and the meanings of its marks. Reading takes pieces out of ``text``."""

    text: str
    marks: Sequence[Mark] = field(default_factory=list)

    def mark(self, name: str) -> Mark:
        """The mark written ``T0``."""
        return self.marks[int(name[1:])]

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first match, taken out of the text."""
        found = re.search(pattern, self.text)
        if found:
            self.text = " ".join(f"{self.text[: found.start()]} {self.text[found.end() :]}".split())
        return found

    def all(self, kinds: str) -> list[Mark]:
        """The marks of these kinds that are still in the text, in order."""
        return [self.mark(name) for name in re.findall(rf"\b[{kinds}]\d+\b", self.text)]


def read_question(text: str, schema: Schema, rules: Rules) -> Question:
    """Bring a question into canonical form."""
    for pattern, replacement in _REPHRASE:
        text = re.sub(pattern, replacement, text, flags=re.I)
    tokens = _WORD.findall(text)
    reader = _Reader(tokens, schema, rules)
    parts: list[str] = []
    marks: list[Mark] = []
    at = 0
    while at < len(tokens):
        mark, length = reader.mark_at(at)
        if mark:
            parts.append(f"{mark.kind}{len(marks)}")
            marks.append(mark)
        else:
            parts.append(reader.low[at])
        at += max(1, length)
    return Question(" ".join(parts), marks)


class _Reader:
    """Finds the longest thing known at a place of the question."""

    def __init__(self, tokens: Sequence[str], schema: Schema, rules: Rules) -> None:
        self.tokens = tokens
        self.schema = schema
        self.rules = rules
        self.low = [repaired(token.casefold(), vocabulary(schema)) for token in tokens]
        self.stems = [stem(word) for word in self.low]

    def mark_at(self, at: int) -> tuple[Mark | None, int]:
        """What stands at a place and how many words long it is."""
        looks = (
            self._quoted,
            self._date,
            self._term,
            self._value,
            self._column,
            self._table,
            self._alias,
            self._name,
        )
        for look in (*looks, self._number):
            kind, meaning, length = look(at)
            if length:
                return Mark(kind, meaning, " ".join(self.low[at : at + length])), length
        return None, 1

    def _quoted(self, at: int) -> tuple[str, Any, int]:
        token = self.tokens[at]
        return ("L", token[1:-1], 1) if token.startswith('"') and len(token) > 2 else ("", None, 0)

    def _date(self, at: int) -> tuple[str, Any, int]:
        before = self.low[at - 1] if at else ""
        if before in _OVER:
            return "", None, 0
        for length in (5, 4, 3, 2, 1):
            found = date_range(" ".join(word for word in self.low[at : at + length] if word != ","))
            if found and self.low[at : at + length][-1:] != [","]:
                return "D", found, length
        return "", None, 0

    def _term(self, at: int) -> tuple[str, Any, int]:
        for definition in self.rules.definitions:
            size = len(definition.stems)
            if tuple(self.stems[at : at + size]) == definition.stems:
                return ("K" if definition.condition else "M"), definition.sql, size
        return "", None, 0

    def _value(self, at: int) -> tuple[str, Any, int]:
        best: list[tuple[Column, str]] = []
        longest = 0
        for column in self.schema.columns:
            for value in column.values:
                size = len(_WORD.findall(value))
                if size >= longest and self._says(at, size, value):
                    best = [*best, (column, value)] if size == longest else [(column, value)]
                    longest = size
        return ("V", tuple(best), longest) if best else ("", None, 0)

    def _says(self, at: int, size: int, value: str) -> bool:
        said = " ".join(self.low[at : at + size])
        wanted = value.casefold()
        if said == wanted or (size == 1 and singular(said) == wanted):
            return True
        capital = self.tokens[at][:1].isupper() and wanted[:1] == said[:1]
        return (
            capital
            and size == 1
            and len(said) >= 5
            and wanted.startswith(said)
            and len(wanted) - len(said) <= 2
        )

    def _column(self, at: int) -> tuple[str, Any, int]:
        for size in (3, 2, 1):
            said = tuple(self.low[at : at + size])
            found = _called(self.schema, said) if len(said) == size else ()
            if found:
                return "C", found, size + (self.low[at + size : at + size + 1] == ["address"])
        return "", None, 0

    def _table(self, at: int) -> tuple[str, Any, int]:
        word = self.low[at]
        for table in self.schema.tables:
            named = table.casefold().split("_")
            said = self.low[at : at + len(named)]
            if [*said[:-1], singular(said[-1])] == [*named[:-1], singular(named[-1])]:
                return "T", table, len(named)
            if word.endswith("ed") and word not in EVENTS and word[:-2] == singular(table):
                return "T", table, 1
        people = self.schema.people()
        return ("T", people, 1) if people and singular(word) in PEOPLE else ("", None, 0)

    def _alias(self, at: int) -> tuple[str, Any, int]:
        found = _meant(self.schema, self.low[at])
        return ("C", found, 1 + (self.low[at + 1 : at + 2] == ["up"])) if found else ("", None, 0)

    def _name(self, at: int) -> tuple[str, Any, int]:
        if not self._capital(at) or (at and not self._capital(at) and self.low[at] in STOP_WORDS):
            return "", None, 0
        end = at + 1
        while end < len(self.tokens):
            if self._capital(end):
                end += 1
            elif self.tokens[end] in _PARTICLES and end + 1 < len(self.tokens) and self._capital(end + 1):
                end += 2
            else:
                break
        starts = at == 0 or self.tokens[at - 1] in ".?!:"
        if starts and (end == at + 1 or self.low[at] in STOP_WORDS or len(self.tokens) == 1):
            return "", None, 0
        return "L", " ".join(self.tokens[at:end]), end - at

    def _capital(self, at: int) -> bool:
        token = self.tokens[at]
        return token[:1].isupper() and len(token) > 1 and token.casefold() not in STOP_WORDS

    def _number(self, at: int) -> tuple[str, Any, int]:
        word = self.low[at]
        if word in _NUMBERS:
            return "N", _NUMBERS[word], 1
        if re.fullmatch(r"\d+(?:[.,]\d+)*", word):
            plain = word.replace(",", "")
            return "N", float(plain) if "." in plain else int(plain), 1
        return "", None, 0


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
def vocabulary(schema: Schema) -> frozenset[str]:
    """Words worth repairing a typo for."""
    names = {part for table in schema.tables for part in table.casefold().split("_")}
    names |= {part for column in schema.columns for part in column.words}
    values = {
        word for column in schema.columns for value in column.values for word in value.casefold().split()
    }
    known = [
        "average",
        "before",
        "between",
        "different",
        "expensive",
        "highest",
        "lowest",
        "never",
        "number",
        "ordered",
    ]
    return frozenset(word for word in {*names, *map(singular, names), *values, *known} if len(word) > 4)


@lru_cache(maxsize=8192)
def repaired(word: str, known: frozenset[str]) -> str:
    """The known word that this one is a slip of the fingers away from, if exactly one is; else the word itself."""
    if len(word) < 5 or word in known or singular(word) in known or not word.isalpha():
        return word
    for form in (word, singular(word)):
        near = [other for other in known if _one_slip(form, other)]
        if len(near) == 1:
            return near[0]
    return word


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, added, wrong or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


@lru_cache(maxsize=4096)
def date_range(text: str) -> Range | None:
    """The days that words such as ``march 2022``, ``1 july 2023``, ``q2 2023`` or ``2024`` mean."""
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return Range(f"{text}-01-01", f"{text}-12-31", "year")
    if re.fullmatch(r"(?:19|20)\d\d-\d\d-\d\d", text):
        return Range(text, text, "day")
    found = re.fullmatch(
        r"(?:the )?(?:q([1-4])|(first|second|third|fourth) quarter)(?: of)? ((?:19|20)\d\d)", text
    )
    if found:
        quarter = int(found[1]) if found[1] else _ORDINALS[found[2]]
        return Range(f"{found[3]}-{3 * quarter - 2:02}-01", f"{found[3]}-{3 * quarter:02}-31", "quarter")
    found = re.fullmatch(
        r"(?:(\d{1,2})(?:st|nd|rd|th)? )?(?:of )?([a-z]+)(?: (\d{1,2}))? ((?:19|20)\d\d)", text
    )
    months = [
        i for i, name in enumerate(_MONTHS, 1) if found and len(found[2]) > 2 and name.startswith(found[2])
    ]
    if not found or not months:
        return None
    month = f"{found[4]}-{months[0]:02}"
    day = found[1] or found[3]
    return (
        Range(f"{month}-{int(day):02}", f"{month}-{int(day):02}", "day")
        if day
        else Range(f"{month}-01", f"{month}-31", "month")
    )

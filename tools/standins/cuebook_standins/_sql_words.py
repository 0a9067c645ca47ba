"""The English that questions to a database are made of: other ways to say it, days, numbers, slips."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cuebook_standins._sql_schema import singular

_MONTHS = tuple(
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}

NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
} | {"once": 1, "twice": 2}

SYNONYMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(["cost", "costs", "dollars", "euro", "euros", "expensive", "priced"], ("price", "cost")),
    **dict.fromkeys(["e-mail", "mail", "mails"], ("email",)),
    **dict.fromkeys(["rated", "star", "stars"], ("rating", "stars")),
    **dict.fromkeys(["joined", "registered", "sign", "signed"], ("signup", "joined", "registered")),
    **dict.fromkeys(["paid", "pay", "payments"], ("payment",)),
    **dict.fromkeys(["town", "towns"], ("city",)),
    **dict.fromkeys(["pieces", "unit", "units"], ("quantity", "amount")),
    **dict.fromkeys(["recent", "recently"], ("date", "on", "at")),
    **dict.fromkeys(["remark", "remarks"], ("comment",)),
}
"""Another word for a column, and the words of the names it may have."""

EVENTS = frozenset(
    """bought buy buys order ordered orders placed purchase purchased purchases sell selling sells
    sold""".split()  # noqa: SIM905
)
"""Verbs of trade: they bring in the orders and what was on them."""

_COUNT = rf"(?:\d+|{'|'.join(NUMBERS)})"
_Replacement = str | Callable[[re.Match[str]], str]
_REPHRASE: list[tuple[re.Pattern[str], _Replacement]] = [
    (re.compile(pattern, re.I), replacement)
    for pattern, replacement in (
        (r"\b(?:have|has|did|do|does|are|was|is)n[’']?t\b", " not "),
        (r"\b(who|where|what|that|there|it)[’']s\b", r"\1 is"),
        (r"\bcheapest\b", "least expensive"),
        (r"\b(?:newest|latest|youngest)\b", "most recent"),
        (r"\b(?:oldest|earliest)\b|\bvery first\b", "least recent"),
        (r"\bbest[- ]?selling\b", "most sold"),
        (r"\b(?:best|biggest|largest|highest|greatest|maximum|max)\b", "most"),
        (r"\b(?:worst|smallest|lowest|fewest|minimum|min)\b", "least"),
        (r"\bat (?:least|minimum) (?=\w)", "not-under "),
        (rf"\b({_COUNT}(?: \w+)?) or more\b", r"not-under \1"),
        (r"\bat most (?=\w)", "not-over "),
        (rf"\b({_COUNT}(?: \w+)?) or (?:less|fewer)\b", r"not-over \1"),
        (r"\b(?:more|greater|higher|longer|larger|bigger|older) than\b|\b(?:above|exceeding)\b", "over"),
        (r"\b(?:less|fewer|lower|shorter|smaller|younger|cheaper) than\b|\bbelow\b", "under"),
        (r"\bleaving out\b|\b(?:not|without) (?:a single|any)\b", "without"),
    )
]


@dataclass(frozen=True, slots=True)
class Days:
    """From ``first`` to ``last`` inclusive, as ISO text; ``unit`` is year, month, quarter or day."""

    first: str
    last: str
    unit: str


def rephrased(text: str) -> str:
    """The question with many ways to say a thing made one: cheapest is least expensive."""
    for pattern, replacement in _REPHRASE:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=4096)
def days(text: str) -> Days | None:
    """The days that words such as ``march 2022``, ``1 july 2023``, ``q2 2023`` or ``2024`` mean."""
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return Days(f"{text}-01-01", f"{text}-12-31", "year")
    if re.fullmatch(r"(?:19|20)\d\d-\d\d-\d\d", text):
        return Days(text, text, "day")
    return _quarter(text) or _month(text)


def _quarter(text: str) -> Days | None:
    found = re.fullmatch(
        r"(?:the )?(?:q([1-4])|(first|second|third|fourth) quarter)(?: of)? ((?:19|20)\d\d)", text
    )
    if not found:
        return None
    quarter = int(found[1]) if found[1] else _ORDINALS[found[2]]
    return Days(f"{found[3]}-{3 * quarter - 2:02}-01", f"{found[3]}-{3 * quarter:02}-31", "quarter")


def _month(text: str) -> Days | None:
    found = re.fullmatch(
        r"(?:([0-3]?\d)(?:st|nd|rd|th)? )?(?:of )?([a-z]{3,9})(?: ([0-3]?\d))? ((?:19|20)\d\d)", text
    )
    month = next((i for i, name in enumerate(_MONTHS, 1) if found and name.startswith(found[2])), None)
    if not found or not month:
        return None
    start, day = f"{found[4]}-{month:02}", found[1] or found[3]
    if day:
        return Days(f"{start}-{int(day):02}", f"{start}-{int(day):02}", "day")
    return Days(f"{start}-01", f"{start}-31", "month")


@lru_cache(maxsize=8192)
def repaired(word: str, known: frozenset[str]) -> str:
    """The known word that this one is a slip of the fingers away from, if just one is; else the word."""
    if len(word) < 5 or not word.isalpha() or word in known or singular(word) in known:
        return word
    for form in (word, singular(word)):
        near = [other for other in known if _one_slip(form, other)]
        if len(near) == 1:
            return near[0]
    return word


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, added, wrong or swapped with its neighbour; never the first."""
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    pairs = enumerate(zip(one, other, strict=False))
    start = next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped

"""What an English question wants (a sum, a date, a name ...), and what such a value looks like."""

from __future__ import annotations

import re

_SMALL = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen|twenty"
)
DIGITS = {word: str(number) for number, word in enumerate(_SMALL.split("|"), 1)}
"""Small number words with their digits."""
NUMBER = (
    r"(?:(?<![\w.,])\d+(?:[.,]\d+)*(?!\w*[A-Z]|:\d)"
    rf"|\b(?:half an?|(?:a|every) quarter of an|{_SMALL}|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|an?)\b)"
    r"(?:[ -](?:hundred|thousand|million|billion)\b)?"
)
"""A number in digits or words; not a part of a name such as K5 or of a time of day."""
_HEDGE = r"(?:\b(?:about|around|nearly|up to|at least|at most|every|within|some)\s)?"
_TIME = r"(?:\w+ )?(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?)\b"
_COIN = r"(?:euros?|dollars?|pounds?|francs?|cents?|pence|yen|EUR|USD|GBP|CHF)\b"
_UNIT = (
    r"(?:percent|degrees|(?:centi|milli|kilo)?(?:met(?:re|er)|gram|lit(?:re|er))s?|decibels|watts?|volts?"
    r"|miles?|feet|inches|points|tons?|spoons?|cups?|[mk]?g|[mc]?l|[mck]?m|mb|gb)\b"
)
UNIT_WORD = re.compile(rf"{_TIME}|{_COIN}|{_UNIT}", re.I)
"""A word that says what a number counts."""
_EACH = r"(?: (?:a|an|per) \w+)?"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_WEEKDAY = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)s?"
_NTH_DAY = rf"(?:first|second|third|fourth|last|every) (?:\w+ )?(?:{_WEEKDAY}|day)"

VALUES = {
    "money": re.compile(
        rf"(?:[$\u20ac\u00a3]\s?\d+(?:[.,]\d+)*|{NUMBER} ?{_COIN}){_EACH}|\bfree(?: of charge)?\b"
    ),
    "duration": re.compile(
        rf"{_HEDGE}{NUMBER}[ -]{_TIME}(?: and {NUMBER} {_TIME})?|(?:every )?(?:half an|a quarter of an) hour"
        r"|\b(?:hourly|daily|weekly|monthly|yearly)\b"
    ),
    "date": re.compile(
        rf"(?:the )?{_NTH_DAY}(?: (?:of|in) (?:the )?\w+)?"
        rf"|\d{{1,2}} {_MONTH}(?: \d{{4}})?|{_MONTH} \d{{1,2}}(?:, \d{{4}})?"
        rf"|{_WEEKDAY}(?: at \d{{1,2}}:\d{{2}})?|\b\d{{1,2}}:\d{{2}}\b|\bthe \d{{1,2}}(?:st|nd|rd|th)\b"
        rf"|\b(?:mid-)?{_MONTH}\b(?! [A-Z])(?: \d{{4}})?|\b1\d{{3}}\b|\b20\d\d\b"
        r"|\b(?:Easter|Christmas|noon|midnight|spring|summer|autumn|winter)\b"
    ),
    "number": re.compile(rf"{_HEDGE}{NUMBER}(?: ?%| {_UNIT}| {_COIN}{_EACH})?"),
}
"""What an answer of each kind looks like."""

_HOW_MANY = r"how m\w{1,3}y"
_PRICED = r"(?:costs?|price|pays?|fee|rent|charged?|fine|refunded|due|deposit|salary)"
_MEASURED = r"(?:heavy|deep|loud|tall|high|far|fast|old|big|large|wide|hot|cold)"
_SPANS = r"(?:days|hours|weeks|months|years|minutes)"
_KINDS = tuple(
    (name, re.compile(pattern, re.I))
    for name, pattern in (
        ("reason", r"\bwhy\b|what (?:is|was) the reason|what caused?s?\b|how come"),
        ("duration", r"how (?:long|often|quickly|soon)\b|within (?:how many|what)\b"),
        ("duration", rf"{_HOW_MANY} (?:\w+ )?{_SPANS}\b(?! (?:is|does|do|are))"),
        ("money", rf"(?:how much|what|amount)\b.*\b{_PRICED}\b"),
        ("money", r"how (?:much|high) (?:is|are|was|extra)\b|what amount"),
        (
            "date",
            r"^\W*(?:(?:by|until|since|from|till) )?when\b|(?:what|which) (?:time|day|date|year|month)\b",
        ),
        ("number", rf"{_HOW_MANY}\b|how (?:much|{_MEASURED})\b"),
        ("number", r"what (?:\w+ )?(?:temperature|rate|number|percentage|weight|speed)\b"),
        ("person", r"\bwho(?:m|se)?\b"),
        ("place", r"\bwhere\b"),
        ("method", r"how (?:do|can|should|to|does one|may|could)\b|what (?:do|should) (?:i|we|you) do"),
        ("truth", r"^\W*(?:is|are|was|were|do|does|did|can|could|may|must|should|will|has|have|am)\b"),
    )
)
_COUNTED = re.compile(rf"{_HOW_MANY} (?:\w+ )??([^\W_]+)", re.I)


def kind(question: str) -> str:
    """What the question wants: one of ``VALUES``, person, place, reason, method, truth or thing."""
    return next((name for name, pattern in _KINDS if pattern.search(question)), "thing")


def counted(question: str) -> str:
    """The word after *how many*, or nothing."""
    found = _COUNTED.search(question)
    return found[1].casefold() if found else ""

"""What a guest says of a stay: town, day of arrival, nights, guests; numbers of bookings and offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cuebook_standins._order_values import COUNT_PATTERN, MONTHS, Span, count_of, find_dates

BOOKING = re.compile(r"\bB-\d{2,6}\b")
OFFER = re.compile(r"\bR-\d{1,6}\b")

_KIN = (
    "wife|husband|partner|girlfriend|boyfriend|gf|bf|mother|mum|father|dad|son|daughter|sister|brother"
    "|friend|colleague|child|baby"
)
_TO = r"(?:-|–|to|un?till?|til|through)"
_MONTH = "|".join(f"{month}[a-z]{{0,6}}" for month in MONTHS)
_DAYS = re.compile(
    rf"\b(?P<first>\d{{1,2}})(?:st|nd|rd|th)?\s*{_TO}\s*(?:the )?(?P<last>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"(?P<month>(?: of)? (?:{_MONTH})\b)",
    re.I,
)
"""``9 to 12 August``, where the first day has no month of its own."""
_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day[, ]+\Z", re.I)
_LEAVING = re.compile(rf"\b(?:{_TO}|departure|leav\w+)\b[^.?!]*\Z", re.I)
_RULED_OUT = re.compile(r"\b(?:instead of|rather than)\b[^.?!]*|\bnot \d+\b", re.I)

_NIGHTS = re.compile(
    rf"\b(?P<count>{COUNT_PATTERN})(?: more)? nights?\b|\b(?P<long>(?:a|one) (?:week|fortnight))\b"
    r"|\bfor the (?P<one>night) of\b",
    re.I,
)
_ADULTS = re.compile(rf"\b(?P<count>{COUNT_PATTERN}) (?:adults?|grown-ups?)\b", re.I)
_CHILDREN = re.compile(rf"\b(?P<count>{COUNT_PATTERN}) (?:kids?|child(?:ren)?|babies|baby)\b", re.I)
_GUESTS = re.compile(
    rf"\b(?P<count>{COUNT_PATTERN}) (?:of us|people|persons?|guests?|ppl|pers|friends)\b"
    rf"|\b(?:we are|we're|we'll be|us are|be|we|us|us:|family of|party of|club of|group of) "
    rf"(?P<are>{COUNT_PATTERN})\b(?! nights?| or| other)"
    rf"|\b(?:for|4|count on) (?P<for>{COUNT_PATTERN})\b(?! (?:more )?(?:nights?|weeks?|days?|euros?)\b)"
    rf"|\b(?P<both>(?:my (?:{_KIN}),? (?:and|n|&) (?:i|me)|(?:me|i)(?: and| n| &|,? with) my (?:{_KIN})"
    rf"|i come with my (?:{_KIN})|both of us|a couple|a colleague and i|us two|we two))\b"
    r"|\b(?P<one>just me|only me|alone|on my own|by myself|myself|single)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A value of a stay, where it is in its text."""

    kind: str
    value: object
    start: int


def find_stay(text: str, towns: Sequence[str], today: date | None) -> Iterator[Found]:
    """Everything that a text says of a stay; of each kind in the order of the text.

    Days are dates where ``today`` is known, else the text as it is written. What is ruled out ("instead of
    the 8th", "not 3") is left out.
    """
    text = _RULED_OUT.sub(lambda found: " " * len(found[0]), text)
    for town in towns:
        for found in re.finditer(rf"\b{re.escape(town)}\b", text, re.I):
            yield Found("town", town, found.start())
    yield from _days(text, today)
    for found in _NIGHTS.finditer(text):
        long = (found["long"] or "").casefold().split()
        nights = 1 if found["one"] else {"week": 7, "fortnight": 14}[long[1]] if long else None
        yield Found("nights", nights or count_of(found["count"] or ""), found.start())
    yield from _guests(text)


def _days(text: str, today: date | None) -> Iterator[Found]:
    """The day of arrival; with a second day, by which guests leave, the nights between them."""
    text = re.sub(r"\btonight\b", "today  ", text, flags=re.I)
    text = _DAYS.sub(
        lambda found: f"{found['first']}{found['month']} to {found['last']}{found['month']}", text
    )
    days = [day for day in find_dates(text, today, day_first=True) if not _is_doubled(text, day)]
    if len(days) == 2 and _LEAVING.search(text[days[0].end : days[1].start]):
        first, last = days
        yield Found("arrival", first.value or first.raw, first.start)
        if isinstance(first.value, date) and isinstance(last.value, date) and last.value > first.value:
            yield Found("nights", (last.value - first.value).days, last.start)
        return
    yield from (Found("arrival", day.value or day.raw, day.start) for day in days)


def _is_doubled(text: str, day: Span) -> bool:
    """Whether a weekday only goes with the date behind it: "Friday 6 June"."""
    after = text[day.end : day.end + 14].lstrip(", ")
    return bool(_WEEKDAY.search(f"{day.raw} ")) and bool(
        re.match(rf"\d{{1,2}}\w{{0,2}} (?:{_MONTH})", after, re.I)
    )


def _guests(text: str) -> Iterator[Found]:
    adults, children = _ADULTS.search(text), _CHILDREN.search(text)
    if adults:
        count = (count_of(adults["count"]) or 0) + (count_of(children["count"]) or 0 if children else 0)
        yield Found("guests", count, adults.start())
        return
    for found in _GUESTS.finditer(text):
        said = found["count"] or found["are"] or found["for"]
        alone = 2 if found["both"] else 1
        yield Found("guests", count_of(said) if said else alone, found.start())


def bare_count(text: str) -> int | None:
    """The number of a text that is hardly more than it: "three", "2 then"."""
    found = re.fullmatch(rf"\W*(?P<count>{COUNT_PATTERN})\W*(?:please|then|only)?\W*", text, re.I)
    return count_of(found["count"]) if found else None


def leaving(arrival: object, nights: object) -> str | None:
    """The day of departure."""
    if isinstance(arrival, date) and isinstance(nights, int):
        return (arrival + timedelta(days=nights)).isoformat()
    return None

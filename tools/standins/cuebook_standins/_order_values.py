"""Dates, amounts, countries and counts as people write them: where they are and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "dollar": "USD",
    "dollars": "USD", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "¥": "JPY", "jpy": "JPY",
    "yen": "JPY", "chf": "CHF", "swiss francs": "CHF", "francs": "CHF", "sek": "SEK", "kronor": "SEK",
    "nok": "NOK", "dkk": "DKK", "pln": "PLN", "zł": "PLN", "zloty": "PLN", "cad": "CAD", "aud": "AUD",
    "inr": "INR", "rupees": "INR", "czk": "CZK", "huf": "HUF", "brl": "BRL", "zar": "ZAR",
}  # fmt: skip
"""How a currency is written, in lower case, and its ISO 4217 code."""

COUNTRIES = {
    "argentina": "AR", "australia": "AU", "austria": "AT", "belgium": "BE", "brazil": "BR", "bulgaria": "BG",
    "canada": "CA", "chile": "CL", "china": "CN", "croatia": "HR", "cyprus": "CY", "czech republic": "CZ",
    "czechia": "CZ", "denmark": "DK", "egypt": "EG", "estonia": "EE", "finland": "FI", "france": "FR",
    "germany": "DE", "ghana": "GH", "great britain": "GB", "greece": "GR", "hungary": "HU", "iceland": "IS",
    "india": "IN", "indonesia": "ID", "ireland": "IE", "israel": "IL", "italy": "IT", "japan": "JP",
    "kenya": "KE", "latvia": "LV", "lebanon": "LB", "lithuania": "LT", "luxembourg": "LU", "malta": "MT",
    "mexico": "MX", "morocco": "MA", "netherlands": "NL", "new zealand": "NZ", "nigeria": "NG",
    "norway": "NO", "poland": "PL", "portugal": "PT", "romania": "RO", "senegal": "SN", "serbia": "RS",
    "singapore": "SG", "slovakia": "SK", "slovenia": "SI", "south africa": "ZA", "south korea": "KR",
    "spain": "ES", "sweden": "SE", "switzerland": "CH", "turkey": "TR", "uk": "GB", "united kingdom": "GB",
    "united states": "US", "usa": "US", "vietnam": "VN", "zimbabwe": "ZW",
}  # fmt: skip
"""Countries by their English name in lower case, with their ISO 3166 code."""

COUNTS = {
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "eighty": 80, "a hundred": 100, "a couple": 2,
    "a pair": 2, "half a dozen": 6, "a dozen": 12, "one dozen": 12, "two dozen": 24,
}  # fmt: skip
"""Counts in words."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _any(names: tuple[str, ...] | dict[str, Any]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_MONTH = r"(?P<{}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{{0,6}}\.?"
_DATE = re.compile(
    r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b"
    r"|(?<![\d.,/-])(?P<first>\d{1,2})(?P<sep>[./])(?P<second>\d{1,2})(?:(?P=sep)(?P<year>\d{4}))?(?![\d/-]|[.,]\d)"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH.format('month')}(?:,? (?P<dyear>\d{{4}}))?\b"
    rf"|\b{_MONTH.format('mmonth')} (?P<mday>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<myear>\d{{4}}))?"
    rf"|\b(?:next )?(?P<weekday>{_any(WEEKDAYS)})\b"
    rf"|\b(?P<near>today|tomorrow)\b"
    rf"|\bin (?P<count>\d{{1,3}}|{_any(COUNTS)}) (?P<unit>days?|weeks?)\b"
    r"|\b(?P<end>end of the month)\b",
    re.I,
)
_MARK = rf"[€$£¥]|\b(?:{_any(tuple(name for name in CURRENCIES if len(name) > 1))})\b"
_NUMBER = r"\d{1,3}(?:[., '\u2019]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_MARK})[ ]?(?P<after_mark>{_NUMBER})"
    rf"|(?<![\w.,/-])(?P<number>{_NUMBER})[ ]?(?P<after>{_MARK}))",
    re.I,
)
_BARE_TOTAL = re.compile(
    rf"\b(?:total|sum|altogether)(?: amount)?:? (?:is |of )?(?P<number>{_NUMBER})(?![\d/.-]*\d)", re.I
)
_COUNTRY = re.compile(rf"\b(?:{_any(COUNTRIES)})\b", re.I)


@dataclass(frozen=True, slots=True)
class Span:
    """Something found in a text: where, as written, what it means (None if that can't be told).

    An amount has its currency's mark, too, if there is one.
    """

    start: int
    end: int
    raw: str
    value: Any
    mark: str = ""


def find_dates(text: str, received: date | None = None, *, day_first: bool = False) -> Iterator[Span]:
    """Dates in order; without ``received`` those without a year and relative ones have the value None.

    ``03/04/2025`` is March 4 unless ``day_first``; with dots the day is always first.
    """
    for found in _DATE.finditer(text):
        try:
            value = _date_value(found.groupdict(), received, day_first=day_first)
        except (ValueError, OverflowError):
            value = None
        if value or not found["sep"]:
            yield Span(found.start(), found.end(), found[0], value)


def _date_value(part: dict[str, str | None], received: date | None, *, day_first: bool) -> date | None:
    if part["iso"]:
        return date.fromisoformat(part["iso"])
    if part["first"] and part["second"]:
        first, second = int(part["first"]), int(part["second"])
        if part["sep"] == "." and not part["year"]:
            return None
        day, month = (first, second) if day_first or part["sep"] == "." else (second, first)
        return _with_year(part["year"], month, day, received)
    name, number = part["month"] or part["mmonth"], part["day"] or part["mday"]
    if name and number:
        month = MONTHS.index(name.casefold()) + 1
        return _with_year(part["dyear"] or part["myear"], month, int(number), received)
    return _relative(part, received) if received else None


def _with_year(year: str | None, month: int, day: int, received: date | None) -> date | None:
    """The date; without a year the next such day from ``received`` on."""
    if year:
        return date(int(year), month, day)
    if received is None:
        return None
    here = date(received.year, month, day)
    return here if here >= received else date(received.year + 1, month, day)


def _relative(part: dict[str, str | None], received: date) -> date:
    if part["weekday"]:
        ahead = (WEEKDAYS.index(part["weekday"].casefold()) - received.weekday() - 1) % 7 + 1
        return received + timedelta(days=ahead)
    if part["near"]:
        return received + timedelta(days=int(part["near"].casefold() == "tomorrow"))
    if part["end"]:
        after = date(received.year + received.month // 12, received.month % 12 + 1, 1)
        return after - timedelta(days=1)
    days = 7 if (part["unit"] or "").casefold().startswith("week") else 1
    return received + timedelta(days=days * (count_of(part["count"] or "") or 0))


def find_amounts(text: str, *, comma: bool = False) -> list[Span]:
    """Amounts with a currency mark, and numbers right after "total"; for ``comma`` see ``to_number``."""
    spans = []
    for found in _AMOUNT.finditer(text):
        raw = found["after_mark"] or found["number"]
        mark = found["before"] or found["after"]
        spans.append(Span(found.start(), found.end(), found[0], to_number(raw, comma=comma), mark))
    taken = {at for span in spans for at in range(span.start, span.end)}
    for found in _BARE_TOTAL.finditer(text):
        if found.start("number") not in taken:
            value = to_number(found["number"], comma=comma)
            spans.append(Span(found.start("number"), found.end("number"), found["number"], value))
    return sorted(spans, key=lambda span: span.start)


def to_number(raw: str, *, comma: bool = False) -> float | int:
    """``1,249.90`` as a number. With ``comma``, ``1.249,90`` and ``1.100`` are read as in Berlin, too."""
    text = re.sub(r"[ '\u2019]", "", raw)
    if comma:
        whole, _, decimals = re.sub(r"[.,](\d{1,2})$", r"|\1", text).partition("|")
        text = re.sub(r"[.,]", "", whole) + (f".{decimals}" if decimals else "")
    else:
        whole, dot, decimals = text.replace(",", "").rpartition(".")
        text = whole.replace(".", "") + dot + decimals
    value = float(text)
    return int(value) if value.is_integer() else value


def find_countries(text: str) -> Iterator[Span]:
    """Country names in order, with the ISO 3166 code as value."""
    for found in _COUNTRY.finditer(text):
        yield Span(found.start(), found.end(), found[0], COUNTRIES[found[0].casefold()])


def count_of(text: str, *, in_words: bool = True) -> int | None:
    """``12``, and ``two`` or ``a dozen`` if counts ``in_words`` are read; None for anything else."""
    if re.fullmatch(r"[0-9]{1,6}", text):
        return int(text)
    return COUNTS.get(" ".join(text.casefold().split())) if in_words else None


COUNT_PATTERN = rf"(?:\d{{1,6}}|{_any(COUNTS)})"
"""A count in digits or in words, for use within a larger pattern."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cuebook_standins._order_values import count_of, find_amounts, find_countries, find_dates, to_number

MONDAY = date(2025, 6, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 2025-03-14.", date(2025, 3, 14)),
        ("14 March 2025", date(2025, 3, 14)),
        ("the 14th of march, 2025", date(2025, 3, 14)),
        ("March 14, 2025", date(2025, 3, 14)),
        ("14.03.2025", date(2025, 3, 14)),
        ("03/04/2025", date(2025, 3, 4)),
        ("14 March", None),
        ("tomorrow", None),
        ("2025-02-30", None),
        ("31 June 2025", None),
    ],
)
def test_a_date_alone(text: str, expected: date | None) -> None:
    assert [span.value for span in find_dates(text)] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", MONDAY),
        ("tomorrow", date(2025, 6, 3)),
        ("on Friday", date(2025, 6, 6)),
        ("on Monday", date(2025, 6, 9)),
        ("in two weeks", date(2025, 6, 16)),
        ("in a week", date(2025, 6, 9)),
        ("in 10 days", date(2025, 6, 12)),
        ("by the end of the month", date(2025, 6, 30)),
        ("14 July", date(2025, 7, 14)),
        ("1 June", date(2026, 6, 1)),
        ("on 5/7", date(2025, 5, 7).replace(year=2026)),
    ],
)
def test_a_date_counted_from_the_day_of_receipt(text: str, expected: date) -> None:
    assert [span.value for span in find_dates(text, MONDAY)] == [expected]


def test_the_day_first() -> None:
    assert [span.value for span in find_dates("03/04/2025", day_first=True)] == [date(2025, 4, 3)]
    assert [span.value for span in find_dates("5/7", MONDAY, day_first=True)] == [date(2025, 7, 5)]


@pytest.mark.parametrize("text", ["", "16.30", "version 1.2.3", "1/2/3/4", "may I", "PO-2025-03", "ten days"])
def test_no_date(text: str) -> None:
    assert list(find_dates(text, MONDAY)) == []


@pytest.mark.parametrize(
    ("raw", "plain", "comma"),
    [
        ("129.50", 129.5, 129.5),
        ("45", 45, 45),
        ("1,249.90", 1249.9, 1249.9),
        ("1.249,90", 1.2499, 1249.9),
        ("87,50", 8750, 87.5),
        ("1.100", 1.1, 1100),
        ("12,500", 12500, 12500),
        ("1 249,90", 124990, 1249.9),
    ],
)
def test_numbers(raw: str, plain: float, comma: float) -> None:
    assert to_number(raw) == pytest.approx(plain)
    assert to_number(raw, comma=True) == pytest.approx(comma)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("129.50 EUR", [(129.5, "EUR")]),
        ("€149.70 or $1,200", [(149.7, "€"), (1200, "$")]),
        ("CHF 96.40", [(96.4, "CHF")]),
        ("71.40 Swiss francs", [(71.4, "Swiss francs")]),
        ("63 pounds", [(63, "pounds")]),
        ("the total is 99.50", [(99.5, "")]),
        ("Total: 12.00 EUR", [(12, "EUR")]),
        ("12 boxes, 3 pm, LMP-114, 2025", []),
        ("", []),
    ],
)
def test_amounts(text: str, expected: list[Any]) -> None:
    assert [(span.value, span.mark) for span in find_amounts(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to the Netherlands, not to Germany", ["NL", "DE"]),
        ("to the UK", ["GB"]),
        ("south africa", ["ZA"]),
        ("Polandia and Lyon", []),
        ("", []),
    ],
)
def test_countries(text: str, expected: list[str]) -> None:
    assert [span.value for span in find_countries(text)] == expected


@pytest.mark.parametrize(
    ("text", "in_words", "expected"),
    [
        ("12", True, 12),
        ("12", False, 12),
        ("Two", True, 2),
        ("half a  dozen", True, 6),
        ("two", False, None),
        ("many", True, None),
        ("", True, None),
    ],
)
def test_counts(text: str, in_words: bool, expected: int | None) -> None:
    assert count_of(text, in_words=in_words) == expected


@pytest.mark.parametrize("text", ["111." * 20_000, "9" * 50_000, "1 jan " * 10_000, "EUR " * 10_000])
def test_long_hostile_texts_are_read(text: str) -> None:
    assert isinstance(find_amounts(text, comma=True), list)
    assert isinstance(list(find_dates(text, MONDAY)), list)

from __future__ import annotations

from datetime import date

import pytest

from cuebook_standins._stay import bare_count, find_stay

TODAY = date(2025, 6, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 3 to 6 July", {"arrival": "2025-07-03", "nights": 3}),
        ("2 aug til 5 aug", {"arrival": "2025-08-02", "nights": 3}),
        ("Friday 13 June", {"arrival": "2025-06-13"}),
        ("this Friday", {"arrival": "2025-06-06"}),
        ("tonight, one night", {"arrival": "2025-06-04", "nights": 1}),
        ("the 9th of August instead of the 8th of August", {"arrival": "2025-08-09"}),
        ("3 January for a week", {"arrival": "2026-01-03", "nights": 7}),
        ("19/09/2025", {"arrival": "2025-09-19"}),
        ("5 nights not 3", {"nights": 5}),
        ("two adults and three kids", {"guests": 5}),
        ("my wife and I", {"guests": 2}),
        ("I come with my son", {"guests": 2}),
        ("just me, two nights", {"guests": 1, "nights": 2}),
        ("a family of four", {"guests": 4}),
        ("for three nights", {"nights": 3}),
        ("for 128 euros", {}),
        ("for three", {"guests": 3}),
        ("in PORTO", {"town": "Porto"}),
    ],
)
def test_what_is_said_of_a_stay(text: str, expected: dict[str, object]) -> None:
    found = {item.kind: item.value for item in find_stay(text, ["Ghent", "Porto"], TODAY)}
    assert {
        kind: value.isoformat() if isinstance(value, date) else value for kind, value in found.items()
    } == (expected)


def test_a_day_stays_as_it_is_written_where_nobody_knows_the_year() -> None:
    assert [item.value for item in find_stay("3 May", [], None)] == ["3 May"]


@pytest.mark.parametrize(("text", "count"), [("three", 3), ("2 please.", 2), ("a week", None), ("", None)])
def test_a_bare_count(text: str, count: int | None) -> None:
    assert bare_count(text) == count

from __future__ import annotations

import pytest

from cuebook.core.written_numbers import as_written


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10%", 0.1),
        ("2,5 %", 0.025),
        ("0,5", 0.5),
        ("-0,1", -0.1),
        ("1,000", 1000),
        ("1,000.5", 1000.5),
        ("$0.01", 0.01),
        ("2 USD", 2),
        ("3s", 3),
        ("60 words", 60),
        ("1k", 1000),
        ("v1", 1),
        # What it counts is not what our keys count, or nobody can tell.
        ("500ms", None),
        ("5 min", None),
        ("1.000,5", None),
        ("half", None),
        ("", None),
    ],
)
def test_a_number_as_people_write_it(text: str, number: float | None) -> None:
    assert as_written(text) == (None if number is None else pytest.approx(number))

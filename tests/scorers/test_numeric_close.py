from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cuebook.scorers.numeric_close import Parameters, number_in
from scoring import grade


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", "42"),
        ("The total is 129.50 EUR.", "129.50"),
        ("$1,234,567.89", "1234567.89"),
        ("-$5", "-5"),
        ("\u22127 degrees", "-7"),
        ("+3", "3"),
        ("7%", "7"),
        (".5", ".5"),
        ("3.2e5", "3.2e5"),
        ("1e-3", "1e-3"),
        ("2 of 3", "3"),
        ("10-12", "12"),
        ("3 kg, not 4kg", "4"),
        ("in 2024 it was 17.", "17"),
        ("version v2", None),
        ("PO48213", None),
        ("1,2345", "1"),
        ("none", None),
        ("", None),
        (5, "5"),
        (5.25, "5.25"),
        (True, None),
        (None, None),
        (["5"], None),
        (float("inf"), None),
    ],
)
def test_number_in(text: Any, number: str | None) -> None:
    assert number_in(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("answer", "expected", "settings", "value"),
    [
        ("42", 42, {}, 1),
        ("42.0", 42, {}, 1),
        ("42.01", 42, {}, 0),
        ("0.31", 0.3, {"tolerance": 0.01}, 1),
        ("0.311", 0.3, {"tolerance": 0.01}, 0),
        ("0.29", 0.3, {"tolerance": 0.01}, 1),
        ("101", 100, {"relative": 0.01}, 1),
        ("102", 100, {"relative": 0.01}, 0),
        ("-101", -100, {"relative": 0.01}, 1),
        ("102", 100, {"relative": 0.01, "tolerance": 2}, 1),
        ("0", 0, {"relative": 0.5}, 1),
        ("1e999", 1, {"tolerance": 1e300}, 0),
        ("9" * 5000, 1, {}, 0),
        ("about forty", 42, {}, 0),
        ("12.50", "12.5 EUR", {}, 1),
    ],
)
def test_value(answer: str, expected: Any, settings: dict[str, Any], value: float) -> None:
    result = grade("numeric_close", answer, {"answer": expected}, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('{"order": {"total": 129.5}}', 1),
        ('{"order": {"total": "129.50 EUR"}}', 1),
        ('{"order": {"total": 130}}', 0),
        ('{"order": {"total": null}}', 0),
        ('{"order": {}}', 0),
        ('{"order": 129.5}', 0),
        ("129.5", 0),
    ],
)
def test_a_field_of_a_json_answer(answer: str, value: float) -> None:
    assert grade("numeric_close", answer, {"answer": 129.5}, field="order.total").value == value


def test_reasons() -> None:
    within = grade("numeric_close", "so 43", {"answer": 42}, tolerance=1, relative=0.001)
    assert within.reason == "got 43, expected 42 within 1"
    assert grade("numeric_close", "41", {"answer": 42}).reason == "got 41, expected 42"
    nothing = grade("numeric_close", "no idea", {"answer": 42})
    assert nothing.reason == 'expected 42, but there is no number in "no idea"'


@pytest.mark.parametrize(
    ("expected", "state"), [(None, "not_applicable"), ("many", "failed"), (True, "failed"), ([1], "failed")]
)
def test_without_a_usable_expectation(expected: Any, state: str) -> None:
    assert grade("numeric_close", "1", {"answer": expected}).state == state


@pytest.mark.parametrize("settings", [{"tolerance": -1}, {"relative": True}, {"tolerance": "0.1"}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(settings)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3))
def test_a_number_is_read_back_out_of_a_sentence(number: Decimal) -> None:
    assert number_in(f"I make it {number:,f}.") == number

from __future__ import annotations

from typing import Any

import pytest

from scoring import grade


@pytest.mark.parametrize(
    ("answer", "expected", "settings", "value"),
    [
        ("4 months", "4 months", {}, 1),
        ("  4 months\n", "4 months", {}, 1),
        ("  4 months\n", "4 months", {"strip": False}, 0),
        ("4 Months", "4 months", {}, 0),
        ("4 MONTHS", "4 months", {"ignore_case": True}, 1),
        ("STRASSE", "straße", {"ignore_case": True}, 1),
        ("about 4 months", "4 months", {}, 0),
        ("", "4 months", {}, 0),
        ("", "", {}, 1),
        ("four", ["4", "four"], {}, 1),
        ("five", ["4", "four"], {}, 0),
        ("42", 42, {}, 1),
        ("42.0", 42, {}, 0),
        ("true", True, {}, 1),
        ("False", False, {}, 0),
        ("N/A", ["N/A", "unknown"], {"absent": True}, 0),
        ("4 months", ["N/A", "unknown"], {"absent": True}, 1),
    ],
)
def test_value(answer: str, expected: Any, settings: dict[str, Any], value: float) -> None:
    result = grade("exact", answer, {"answer": expected}, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)


@pytest.mark.parametrize(
    ("answer", "expected", "reason"),
    [
        ("yes", "yes", "the answer is the expected text"),
        ("no", "yes", 'expected "yes", got "no"'),
        ("Yes", "yes", 'expected "yes", got "Yes"; only upper and lower case differ'),
        ("a  b", "a b", 'expected "a b", got "a b"; only white space or the Unicode form differs'),
        (
            "cafe\u0301",
            "café",
            'expected "café", got "cafe\u0301"; only white space or the Unicode form differs',
        ),
        ("z", ["a", "b"], 'expected "a" or "b", got "z"'),
        ("z", ["a", "b", "c", "d", "e"], 'expected "a", "b", "c" or 2 more, got "z"'),
    ],
)
def test_reason_names_the_difference(answer: str, expected: Any, reason: str) -> None:
    assert grade("exact", answer, {"answer": expected}).reason == reason


def test_a_long_answer_is_cut_in_the_reason() -> None:
    reason = grade("exact", "x" * 5000, {"answer": "y"}).reason
    assert len(reason) < 120
    assert reason.endswith('x…"')


@pytest.mark.parametrize("expectations", [{}, {"answer": None}, {"answer": []}, {"other": "yes"}])
def test_not_applicable_without_the_expectation(expectations: dict[str, Any]) -> None:
    result = grade("exact", "yes", expectations)
    assert (result.state, result.reason) == ("not_applicable", "the case has no expectation 'answer'")


@pytest.mark.parametrize("expected", [{"a": 1}, [["a"]], [None]])
def test_failed_for_an_expectation_that_is_no_text(expected: Any) -> None:
    assert grade("exact", "yes", {"answer": expected}).state == "failed"


def test_another_key_can_be_named() -> None:
    assert grade("exact", "billing", {"queue": "billing"}, expectation="queue").value == 1

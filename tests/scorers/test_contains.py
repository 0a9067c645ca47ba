from __future__ import annotations

from typing import Any

import pytest

from scoring import grade


@pytest.mark.parametrize(
    ("answer", "expected", "settings", "value"),
    [
        ("Change it every 4 months.", "4 months", {}, 1),
        ("Change it every 4\n  MONTHS.", "4 months", {}, 1),
        ("Change it every 4 MONTHS.", "4 months", {"ignore_case": False}, 0),
        ("Change it every 24 months.", "4 months", {}, 0),
        ("It takes 10 days.", "1", {}, 0),
        ("It takes 1.5 days.", "1", {}, 0),
        ("It takes 2.1 days.", "1", {}, 0),
        ("It costs 1,000.", "000", {}, 0),
        ("Chapter 1.", "1", {}, 1),
        ("1, 2 and 3", ["1", "2", "3"], {}, 1),
        ("I know", "no", {}, 1),
        ("I know", "no", {"whole_words": True}, 0),
        ("No, it is not", "no", {"whole_words": True}, 1),
        ("naïve", "na", {"whole_words": True}, 0),
        ("menu and reset", ["menu", "back"], {}, 0.5),
        ("menu", ["menu", "back", "reset", "hold"], {}, 0.25),
        ("", ["menu"], {}, 0),
        ("a.b", "a+b", {}, 0),
        ("(a+b)", "(a+b)", {"whole_words": True}, 1),
        ("total 42", 42, {}, 1),
        ("As an AI, I cannot", ["as an AI", "sorry"], {"absent": True}, 0.5),
        ("Sorry", "sorry", {"absent": True}, 0),
        ("It takes 20 days", ["as an AI", "sorry"], {"absent": True}, 1),
    ],
)
def test_value(answer: str, expected: Any, settings: dict[str, Any], value: float) -> None:
    result = grade("contains", answer, {"answer": expected}, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)


def test_reason_and_details_name_what_is_missing() -> None:
    result = grade("contains", "Hold the menu key", {"answer": ["menu", "back", "ten seconds"]})
    assert result.reason == 'missing: "back", "ten seconds"'
    assert result.details == {"missing": ["back", "ten seconds"]}


@pytest.mark.parametrize(("expected", "reason"), [("a", '"a" found'), (["a", "b"], "all 2 found")])
def test_reason_when_all_is_found(expected: Any, reason: str) -> None:
    assert grade("contains", "a b", {"answer": expected}).reason == reason


@pytest.mark.parametrize("expectations", [{}, {"answer": []}, {"answer": None}])
def test_not_applicable_when_nothing_is_listed(expectations: dict[str, Any]) -> None:
    assert grade("contains", "yes", expectations).state == "not_applicable"


@pytest.mark.parametrize("expected", ["", ["a", "  "], {"a": 1}])
def test_failed_for_a_list_that_cannot_be_meant(expected: Any) -> None:
    assert grade("contains", "a", {"answer": expected}).state == "failed"

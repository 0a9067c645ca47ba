from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.scorers.regex import Parameters
from scoring import grade


@pytest.mark.parametrize(
    ("answer", "settings", "value"),
    [
        ("Order PO-48213 is ready", {"pattern": r"PO-\d{5}"}, 1),
        ("Order PO-482 is ready", {"pattern": r"PO-\d{5}"}, 0),
        ("po-48213", {"pattern": r"PO-\d{5}"}, 0),
        ("po-48213", {"pattern": r"(?i)PO-\d{5}"}, 1),
        ("see PO-48213", {"pattern": r"PO-\d{5}", "full": True}, 0),
        (" PO-48213\n", {"pattern": r"PO-\d{5}", "full": True}, 1),
        ("", {"pattern": r".+"}, 0),
        ("", {"pattern": r".*"}, 1),
        ("yes\n", {"pattern": r"^yes$"}, 1),
        ("yes\n\n", {"pattern": r"^yes\z"}, 0),
        ("Sorry, no", {"pattern": r"(?i)sorry", "absent": True}, 0),
        ("It is 20 days", {"pattern": r"(?i)sorry", "absent": True}, 1),
        ("7", {"pattern": r"\d+", "absent": True, "full": True}, 0),
    ],
)
def test_value(answer: str, settings: dict[str, Any], value: float) -> None:
    result = grade("regex", answer, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)


def test_each_case_can_bring_its_pattern() -> None:
    assert grade("regex", "in 2024", {"answer": r"\b20\d\d\b"}).value == 1
    assert grade("regex", "in 1999", {"year": r"\b20\d\d\b"}, expectation="year").value == 0
    assert grade("regex", "in 1999", {}).state == "not_applicable"


@pytest.mark.parametrize(("pattern", "why"), [("(", "not a regular expression"), (5, "must be a text")])
def test_a_bad_pattern_of_a_case_is_not_the_answers_fault(pattern: Any, why: str) -> None:
    result = grade("regex", "(", {"answer": pattern})
    assert result.state == "failed"
    assert why in result.reason


def test_reasons() -> None:
    assert grade("regex", "id 77", pattern=r"\d+").reason == '"77" matches'
    assert grade("regex", "none", pattern=r"\d+").reason == r'the answer does not match "\d+"'


def test_only_the_beginning_of_a_very_long_answer_is_looked_at() -> None:
    beyond = "x" * 20_000 + "7"
    late = grade("regex", beyond, pattern=r"\d")
    assert (late.value, "first 20,000 characters" in late.reason) == (0, True)
    assert grade("regex", "7" + beyond, pattern=r"\d").value == 1
    assert grade("regex", beyond, pattern=r"x*7", full=True).value == 0
    assert grade("regex", "x" * 20_000, pattern=r"x*", full=True).value == 1


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"pattern": "("}, "not a regular expression"),
        ({"pattern": "a" * 1001}, "1,001 characters"),
        ({"pattern": "a", "expectation": "answer"}, "both there"),
        ({"pattern": 5}, "valid string"),
    ],
)
def test_bad_settings_are_found_before_a_run(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Parameters.model_validate(settings)


def test_a_pattern_of_before_re2_that_does_not_end_is_no_score() -> None:
    result = grade("regex", "a" * 40 + "b", pattern=r"(?!x)(a+)+$")
    assert (result.state, "stopped after 2 seconds" in result.reason) == ("failed", True)

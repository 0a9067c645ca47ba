from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.scorers.label import Parameters
from scoring import grade

QUEUES = ["billing", "refunds", "account changes"]


@pytest.mark.parametrize(
    ("answer", "expected", "value"),
    [
        ("billing", "billing", 1),
        (" Billing.\n", "billing", 1),
        ('"billing"', "billing", 1),
        ("**billing**", "billing", 1),
        ("`billing`", "billing", 1),
        ("account\n changes", "account changes", 1),
        ("billing refunds", "billing", 0),
        ("The queue is billing", "billing", 0),
        ("10", "1", 0),
        ("1", "10", 0),
        ("10", 10, 1),
        ("true", True, 1),
        ("", "billing", 0),
        ("refunds", ["billing", "refunds"], 1),
    ],
)
def test_whole_labels_only(answer: str, expected: Any, value: float) -> None:
    result = grade("label", answer, {"answer": expected})
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)


@pytest.mark.parametrize(
    ("answer", "value", "reason"),
    [
        ('{"queue": "billing"}', 1, '"billing" is right'),
        ('```json\n{"queue": "Billing"}\n```', 1, '"Billing" is right'),
        ('{"queue": "refunds"}', 0, 'expected "billing", got "refunds"'),
        ('{"queue": ["billing"]}', 0, 'expected "billing", got ["billing"], which is not a label'),
        ('{"queue": null}', 0, 'expected "billing", got null, which is not a label'),
        ('{"other": "billing"}', 0, "the answer has no field 'queue'"),
        (
            "billing",
            0,
            "the answer is not a JSON object: not one JSON value: no value is here at line 1, column 1",
        ),
        ('"billing"', 0, "the answer is not a JSON object: a JSON object was expected, not a text"),
        ("", 0, "the answer is not a JSON object: the answer is empty"),
    ],
)
def test_a_field_of_a_json_answer(answer: str, value: float, reason: str) -> None:
    result = grade("label", answer, {"answer": "billing"}, field="queue")
    assert (result.value, result.reason) == (value, reason)


def test_a_nested_field() -> None:
    answer = json.dumps({"result": {"queue": "billing"}})
    assert grade("label", answer, {"answer": "billing"}, field="result.queue").value == 1


def test_strange_labels_are_named() -> None:
    result = grade("label", "invoices", {"answer": "billing"}, labels=QUEUES)
    assert result.reason == 'expected "billing", got "invoices", which is not a label'
    assert "not a label" not in grade("label", "refunds", {"answer": "billing"}, labels=QUEUES).reason


def test_an_expected_label_outside_the_list_is_the_suites_fault() -> None:
    assert grade("label", "invoices", {"answer": "invoices"}, labels=QUEUES).state == "failed"


def test_not_applicable_without_the_expectation() -> None:
    assert grade("label", "billing", {"queue": "billing"}).state == "not_applicable"


@pytest.mark.parametrize("settings", [{"labels": ["one"]}, {"field": ""}, {"labels": "billing"}])
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(settings)

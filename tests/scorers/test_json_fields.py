from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.scorers.json_fields import Parameters
from cuebook.shapes.run import Score
from scoring import grade

ORDER = {
    "id": "PO-1",
    "total": 12.5,
    "paid": True,
    "note": None,
    "buyer": {"name": "Ana Ruiz", "city": "Rome"},
}


def marked(answer: Any, expected: Any, **settings: Any) -> Score:
    return grade("json_fields", json.dumps(answer), {"answer": expected}, **settings)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, {}),
        ({"id": " PO-1 "}, {}),
        ({"more": 1}, {}),
        ({"id": "po-1"}, {"id": 'got "po-1", expected "PO-1"'}),
        ({"id": None}, {"id": 'got null, expected "PO-1"'}),
        ({"total": 12.50}, {}),
        ({"total": 12.51}, {"total": "got 12.51, expected 12.5"}),
        ({"total": "12.5"}, {"total": 'got "12.5", expected 12.5'}),
        ({"total": True}, {"total": "got true, expected 12.5"}),
        ({"paid": 1}, {"paid": "got 1, expected true"}),
        ({"paid": False}, {"paid": "got false, expected true"}),
        ({"note": "call first"}, {"note": 'invented "call first" where nothing is known'}),
        ({"note": ""}, {"note": 'invented "" where nothing is known'}),
        ({"buyer": {"name": "Ana Ruiz"}}, {"buyer.city": 'missing, expected "Rome"'}),
        (
            {"buyer": "Ana Ruiz"},
            {"buyer.name": 'missing, expected "Ana Ruiz"', "buyer.city": 'missing, expected "Rome"'},
        ),
    ],
)
def test_share_of_fields(change: dict[str, Any], wrong: dict[str, str]) -> None:
    result = marked(ORDER | change, ORDER)
    assert result.value == pytest.approx(1 - len(wrong) / 6)
    assert result.passed is not bool(wrong)
    right = dict.fromkeys(["id", "total", "paid", "note", "buyer.name", "buyer.city"], "right")
    assert result.details == {"fields": right | wrong}
    assert result.reason == ("; ".join(f"{k}: {v}" for k, v in wrong.items()) or "all 6 fields right")


def test_a_null_field_may_be_left_out() -> None:
    assert marked({key: value for key, value in ORDER.items() if key != "note"}, ORDER).value == 1


def test_expected_names_may_have_dots() -> None:
    assert marked({"buyer": {"name": "Ana"}}, {"buyer.name": "Ana"}).value == 1
    assert marked({"buyer.name": "Ana"}, {"buyer.name": "Ana"}).value == 1


@pytest.mark.parametrize(
    ("found", "wanted", "settings", "value"),
    [
        ("ana RUIZ", "Ana Ruiz", {"ignore_case": True}, 1),
        (12.51, 12.5, {"tolerance": 0.01}, 1),
        (12.52, 12.5, {"tolerance": 0.01}, 0),
        (10**400, 12.5, {"tolerance": 0.01}, 0),
        (["b", "a"], ["a", "b"], {}, 1),
        (["b", "a"], ["a", "b"], {"ordered": True}, 0),
        (["a", "b"], ["a", "b"], {"ordered": True}, 1),
        (["a", "b", "b"], ["a", "a", "b"], {}, 0),
        (["a"], ["a", "a"], {}, 0),
        (["A"], ["a"], {"ignore_case": True}, 1),
        ([], [], {}, 1),
        ({}, [], {}, 0),
        ([1.2, 0.9], [1.0, 1.4], {"tolerance": 0.5}, 1),
        ([2.2, 0.9], [1.0, 1.4], {"tolerance": 0.5}, 0),
        ([{"n": 1, "x": 9}, {"n": 2}], [{"n": 2}, {"n": 1}], {}, 1),
        ([{"n": 1}], [{"n": 1, "unit": None}], {}, 1),
        ([{"n": 1}], [{"n": 1, "unit": "kg"}], {}, 0),
        (["x"], [["x"]], {}, 0),
        (None, None, {}, 1),
        (5, {}, {}, 0),
    ],
)
def test_how_a_field_is_compared(found: Any, wanted: Any, settings: dict[str, Any], value: float) -> None:
    assert marked({"f": found}, {"f": wanted}, fields={"f": settings}).value == value


def test_all_lists_can_be_ordered() -> None:
    assert marked({"f": [2, 1]}, {"f": [1, 2]}, ordered=True).value == 0
    assert marked({"f": [2, 1]}, {"f": [1, 2]}).value == 1


def test_lists_of_another_length_say_so() -> None:
    assert marked({"f": [1]}, {"f": [1, 2]}).reason == "f: 1 items, expected 2"


def test_a_field_that_is_not_required_counts_only_when_given() -> None:
    optional = {"fields": {"city": {"required": False}}}
    wanted = {"name": "Ana", "city": "Rome"}
    assert marked({"name": "Ana"}, wanted, **optional).value == 1
    assert marked({"name": "Ana", "city": None}, wanted, **optional).value == 1
    assert marked({"name": "Ana", "city": "Oslo"}, wanted, **optional).value == 0.5
    assert marked({}, {"city": "Rome"}, **optional).state == "not_applicable"


@pytest.mark.parametrize("answer", ["", "sorry", "[]", '{"f": 1} {"f": 1}', '{"f": NaN}'])
def test_0_when_the_answer_is_no_object(answer: str) -> None:
    result = grade("json_fields", answer, {"answer": {"f": 1}})
    assert (result.state, result.value) == ("measured", 0)
    assert result.reason.startswith("the answer is not a JSON object: ")


@pytest.mark.parametrize(
    ("expected", "state"),
    [(None, "not_applicable"), ({}, "not_applicable"), ("x", "failed"), ([1], "failed")],
)
def test_without_a_usable_expectation(expected: Any, state: str) -> None:
    assert marked({}, expected).state == state


@pytest.mark.parametrize(
    "settings", [{"fields": {"f": {"tolerence": 1}}}, {"fields": ["f"]}, {"fields": {"f": {"tolerance": -1}}}]
)
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(settings)

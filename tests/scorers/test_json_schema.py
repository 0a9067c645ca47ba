from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.scorers.json_schema import Parameters
from scoring import VERSION, grade

ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": r"^PO-\d+$"},
        "total": {"type": "number", "minimum": 0},
    },
    "required": ["id", "total"],
    "additionalProperties": False,
}


def _doubled(keyword: str) -> dict[str, Any]:
    """Each definition names the next one twice."""
    return {str(i): {keyword: [{"$ref": f"#/$defs/{i + 1}"}] * 2} for i in range(28)} | {"28": {}}


@pytest.mark.parametrize(
    ("answer", "value", "reason"),
    [
        ('{"id": "PO-1", "total": 3}', 1, "follows the schema"),
        ('```json\n{"id": "PO-1", "total": 3}\n```', 1, "follows the schema"),
        ('{"id": "PO-1"}', 0, "the answer: 'total' is missing"),
        ('{"id": "PO-1", "total": -2}', 0, "total: it is -2; at least 0 is allowed"),
        ('{"id": "1", "total": 1}', 0, r'id: "1" does not match the pattern ^PO-\d+$'),
        ('[{"id": "PO-1"}]', 0, "the answer: expected an object, got a list"),
        ("", 0, "the answer is not JSON: the answer is empty"),
        (
            '{"id": "PO-1", "total": 3} {"id": "PO-2", "total": 4}',
            0,
            "the answer is not JSON: not one JSON value: more than one value at line 1, column 28",
        ),
        ('{"id": "PO-1", "total": NaN}', 0, "the answer is not JSON: NaN is not JSON"),
        ('{"id": "a", "id": "PO-1", "total": 1}', 0, "the answer is not JSON: duplicate key 'id'"),
        ("[" * 100_000, 0, "the answer is not JSON: nested too deep"),
    ],
)
def test_value_and_reason(answer: str, value: float, reason: str) -> None:
    result = grade("json_schema", answer, schema=ORDER)
    assert (result.state, result.value, result.reason) == ("measured", value, reason)


def test_a_fence_can_be_refused() -> None:
    fenced = '```json\n{"id": "PO-1", "total": 3}\n```'
    assert grade("json_schema", fenced, schema=ORDER, allow_fence=False).value == 0


def test_many_violations_are_counted_and_a_few_shown() -> None:
    result = grade("json_schema", json.dumps(["x"] * 9), schema={"items": {"type": "number"}})
    assert result.details == {"errors": 9}
    assert result.reason.endswith("; and 4 more")
    assert result.reason.count("expected a number") == 5


def test_a_violation_is_cut() -> None:
    reason = grade("json_schema", json.dumps("x" * 10_000), schema={"type": "number"}).reason
    assert len(reason) < 200


def test_the_versions_own_schema_is_the_default() -> None:
    own = replace(VERSION, json_schema={"name": "order", "schema": ORDER})
    assert grade("json_schema", '{"id": "PO-1", "total": 3}', given={"version": own}).value == 1
    assert grade("json_schema", "{}", given={"version": own}).value == 0


def test_not_applicable_without_any_schema() -> None:
    result = grade("json_schema", "{}")
    assert result.state == "not_applicable"
    assert "qa-assistant/3 has no jsonSchema" in result.reason


def test_a_file_beside_the_suite() -> None:
    files = {"order.json": json.dumps(ORDER).encode()}
    assert grade("json_schema", "{}", given={"files": files}, schema="order.json").value == 0


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "no file 'order.json'"),
        ({"order.json": b"{"}, "order.json is not JSON"),
        ({"order.json": b"\xff"}, "order.json is not JSON"),
        ({"order.json": b"[]"}, "does not hold a JSON Schema"),
    ],
)
def test_failed_for_a_broken_file(files: dict[str, bytes], why: str) -> None:
    result = grade("json_schema", "{}", given={"files": files}, schema="order.json")
    assert result.state == "failed"
    assert why in result.reason


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "thing"}, "not a JSON Schema"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "http://127.0.0.1:9/schema.json"),
        ({"$ref": "file:///etc/passwd"}, "file:///etc/passwd"),
        ({"$ref": "#/$defs/none"}, "/$defs/none"),
        ({"$ref": "#"}, "refers to itself"),
        ({"anyOf": [{"patternProperties": {"(": {}}}]}, "not a regular expression"),
        ({"$ref": "#/$defs/0", "$defs": _doubled("allOf")}, "stopped after 100,000 steps"),
    ],
)
def test_failed_for_a_schema_that_cannot_be_used(schema: dict[str, Any], why: str) -> None:
    result = grade("json_schema", '{"a": ["aaaa"]}', schema=schema)
    assert result.state == "failed"
    assert why in result.reason


def test_words_called_pattern_are_no_patterns() -> None:
    schema = {"properties": {"pattern": {"type": "string"}}, "enum": [{"pattern": "("}]}
    assert grade("json_schema", '{"pattern": "("}', schema=schema).value == 1


@pytest.mark.parametrize(
    "settings", [{"schema": "../secret.json"}, {"schema": "order.yml"}, {"schema": 5}, {"allow_fence": "yes"}]
)
def test_bad_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(settings)


def test_numbers_beyond_doubles_do_no_harm() -> None:
    assert grade("json_schema", "1" + "0" * 4000, schema={"multipleOf": 0.3}).state == "measured"

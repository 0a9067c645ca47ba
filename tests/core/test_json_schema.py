from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cuebook.core import json_schema
from cuebook.core.json_schema import UnusableSchema, new_schema_problems, schema_problems, violations
from cuebook.core.limited import OverBudget


def _doubled(keyword: str, wrap: Any = lambda part: [part, part]) -> dict[str, Any]:
    """Each definition names the next one twice: 2^28 ways through them."""
    defs = {str(i): {keyword: wrap({"$ref": f"#/$defs/{i + 1}"})} for i in range(28)}
    return {"$ref": "#/$defs/0", "$defs": {**defs, "28": {"type": "object"}}}


def _both(part: Any) -> dict[str, Any]:
    return {"a": part, "b": part}


TREE = {"type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}, "required": ["n"]}


def _tree(depth: int) -> dict[str, Any]:
    return {"n": 1, "next": _tree(depth - 1)} if depth else {"n": 1}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (_doubled("allOf"), {}),
        (_doubled("anyOf", lambda part: [{"not": part}, part]), {}),
        (_doubled("oneOf"), {}),
        (_doubled("dependentSchemas", _both), {"a": 1, "b": 2}),
        (_doubled("dependentSchemas", _both) | {"unevaluatedProperties": False}, {"a": 1, "b": 2}),
        ({"items": {"enum": list(range(9_000))}}, [-1] * 5_000),
        ({"items": {"items": {"items": {"type": "integer"}}}}, [[[1] * 50] * 50] * 50),
        ({"items": {"pattern": r"(?:a?){1000}z"}}, ["a" * 900] * 5_000),
        (
            {"patternProperties": {f"(?:a?){{900}}{i}": {} for i in range(50)}},
            {"a" * i: 1 for i in range(900)},
        ),
        ({"additionalProperties": False, "patternProperties": {r"(?=a)(a+)+$": {}}}, {"a" * 40 + "b": 1}),
        ({"unevaluatedProperties": False, "patternProperties": {r"(a+)+$": {}}}, {"a" * 40 + "b": 1}),
    ],
)
def test_a_check_ends(schema: dict[str, Any], value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    part = 10  # of the steps, and of the time that all of them may take: every schema here needs many more
    monkeypatch.setattr(json_schema, "STEPS", json_schema.STEPS // part)
    before = time.process_time()
    with pytest.raises(OverBudget, match="stopped after"):
        violations(value, schema)
    assert time.process_time() - before < 30 / part  # half of it is enough where nothing else runs


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        (TREE, _tree(50), []),
        ({"uniqueItems": True}, [{"a": i, "b": [1]} for i in range(2_000)], []),
        ({"uniqueItems": True}, [1, True, "1", [1], {"a": 1}], []),
        ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2.0, "a": 1}], ["two items are the same"]),
        ({"pattern": r"^\d+\z"}, "12", []),
        ({"pattern": r"^PO-"}, "po-1", ["does not match the pattern ^PO-"]),
        (
            {"patternProperties": {"^x-": {"type": "string"}}},
            {"x-a": 1},
            ["x-a: expected text, got a number: 1"],
        ),
        ({"patternProperties": {"^x-": True}, "additionalProperties": False}, {"x-a": 1}, []),
        ({"properties": {"a": True}, "additionalProperties": False}, {"a": 1, "b": 2}, ["not allowed: 'b'"]),
        (
            {"additionalProperties": {"type": "string"}},
            {"b": 2},
            ["b: expected text, got a number: 2"],
        ),
        (
            {"unevaluatedProperties": False, "properties": {"a": True}},
            {"b": 1},
            ['has keys that nothing allows: ["b"]'],
        ),
        ({"not": {"pattern": "(?!x)y"}}, "y", ["follows what is forbidden here"]),
        (
            {"$defs": {"n": {"type": "number"}}, "$ref": "#/$defs/n"},
            "x",
            ["expected a number, got text"],
        ),
    ],
)
def test_what_is_wrong(schema: dict[str, Any], value: Any, wrong: list[str]) -> None:
    found = violations(value, schema)
    assert len(found) == len(wrong)
    assert all(part in line for part, line in zip(wrong, found, strict=True))


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"$ref": "http://localhost:1/x"}, {"type": 5}])
def test_what_is_no_schema_is_said(schema: dict[str, Any]) -> None:
    with pytest.raises(UnusableSchema):
        violations({}, schema)


def test_a_schema_has_a_size() -> None:
    wide = {"properties": {f"p{i}": {"items": {}} for i in range(5_001)}}
    assert "the limit is 10,000" in schema_problems(json.dumps(wide))[0].what


@pytest.mark.parametrize(
    ("schema", "place", "what", "cure"),
    [
        ({"type": "objekt"}, ("type",), '"objekt" is not a JSON Schema type', "did you mean 'object'?"),
        ({"type": ["string", 5]}, ("type",), "5 is not a JSON Schema type", "write one of array, boolean,"),
        (
            {"properties": 5},
            ("properties",),
            "expected an object, got a number: 5",
            "json-schema.org",
        ),
        ({"required": "a"}, ("required",), 'expected a list, got text: "a"', 'write a list: ["a"]'),
        ({"items": {"maxItems": -1}}, ("items", "maxItems"), "it is -1; at least 0 is allowed", "2020-12"),
        ({"items": [{}]}, ("items",), "expected an object or true or false, got a list", "2020-12"),
        ({"required": ["a", "a"]}, ("required",), "two items are the same", "2020-12"),
    ],
)
def test_a_schema_that_is_none_is_refused_in_our_words(
    schema: dict[str, Any], place: tuple[str | int, ...], what: str, cure: str
) -> None:
    [problem] = schema_problems(json.dumps(schema))
    assert problem.place == place
    assert problem.what.startswith("not a JSON Schema: " + ".".join(map(str, place)))
    assert what in problem.what
    assert cure in problem.cure


def test_every_fault_of_a_schema_is_found_at_once() -> None:
    broken = {"type": "objekt", "properties": {"a": {"type": 5}, "b": {"minimum": "1"}}, "required": {}}
    places = {problem.place for problem in schema_problems(json.dumps(broken))}
    assert places == {("type",), ("properties", "a", "type"), ("properties", "b", "minimum"), ("required",)}


@pytest.mark.parametrize(
    ("schema", "what", "cure"),
    [
        ({"items": {"pattern": r"^a\Z"}}, r"RE2 cannot compile", r"write \z"),
        ({"patternProperties": {"^(?!x-)": {}}}, "RE2 cannot compile", "'not': {'pattern': ...}"),
        ({"anyOf": [{"unevaluatedItems": False}]}, "'unevaluatedItems'", "additionalProperties or items"),
        (
            {"items": {"$ref": "https://example.org/a.json"}},
            "https://example.org/a.json",
            "nothing is fetched",
        ),
        ({"items": {"$ref": "other.json#/a"}}, "other.json", "below '$defs'"),
        ({"items": {"$ref": "#/$defs/none"}}, "#/$defs/none", "below '$defs'"),
    ],
)
def test_what_a_new_schema_may_not_have(schema: dict[str, Any], what: str, cure: str) -> None:
    [(said, fix)] = list(new_schema_problems(schema))
    assert what in said
    assert cure in fix


def test_what_a_new_schema_may_have() -> None:
    schema = TREE | {
        "$defs": {"a": {"$id": "https://x.org/a", "type": "null"}},
        "items": {"$ref": "#/$defs/a"},
    }
    schema["properties"]["b"] = {"$ref": "https://x.org/a"}  # type: ignore[index]
    assert list(new_schema_problems(schema)) == []


PARTS = st.recursive(
    st.sampled_from([{}, True, None, 1, 1.5, "object", ["string", "null"], [], ["a", "a"], [{}], {"a": {}}]),
    lambda below: st.dictionaries(st.sampled_from([*json_schema._PLAIN, "pattern", "x"]), below, max_size=4),
    max_leaves=8,
)


@given(PARTS)
def test_what_is_plain_has_no_fault_for_the_library_either(schema: Any) -> None:
    if json_schema._is_plain(schema):
        Draft202012Validator.check_schema(schema)


def test_the_usual_schema_is_plain() -> None:
    grade = {"type": ["integer", "null"], "minimum": 1, "maximum": 5, "description": "1 to 5"}
    usual = {"type": "object", "properties": {"score": grade}, "required": ["score"]}
    assert json_schema._is_plain(usual | {"additionalProperties": False})
    assert not json_schema._is_plain(usual | {"required": "score"})
    tree = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}], "default": None}}}
    assert json_schema._is_plain(usual | tree)
    assert not json_schema._is_plain({"anyOf": []})


def test_a_type_that_is_no_text_is_told_like_any_other() -> None:
    (problem,) = schema_problems('{"type": {}}')
    assert "is not a JSON Schema type" in problem.what

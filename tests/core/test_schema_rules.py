from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.schema_rules import closed_names, depth_of, pointer, strict_warnings, tool_schema_problems

ADDRESS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "address": ADDRESS | {"additionalProperties": False}},
    "required": ["id", "address"],
    "additionalProperties": False,
}


def deep(depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(depth):
        made = {"type": "object", "properties": {"a": made}}
    return made


def test_a_schema_that_everybody_takes() -> None:
    assert tool_schema_problems(SCHEMA, strict=True) == []
    assert list(strict_warnings(SCHEMA)) == []
    assert tool_schema_problems({"type": "object"}, strict=False) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"$ref": "https://example.com/order.json"},
            "'$ref' names 'https://example.com/order.json' at its top",
        ),
        ({"properties": {"a": {"$ref": "other.json#/x"}}}, "at /properties/a: only '#/...' is allowed"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "which the schema does not hold"),
        ({"properties": {"a": {"$dynamicRef": "#b"}}}, "'$dynamicRef' names '#b'"),
        ({"properties": {"a": {"contains": {"$ref": "https://x/y"}}}}, "at /properties/a/contains"),
        ({"patternProperties": {"a": {"$ref": "b.json"}}}, "'$ref' names 'b.json'"),
        (
            {"properties": {"a": {"$recursiveRef": "#"}}},
            "'$recursiveRef' at /properties/a is from an earlier",
        ),
        ({"$recursiveAnchor": "a"}, "'$recursiveAnchor' at its top is from an earlier draft"),
        (
            {"$schema": "http://json-schema.org/draft-07/schema#"},
            "draft-07/schema#' at its top: tools are in",
        ),
        ({"properties": {"a": {"$schema": "https://example.com/own"}}}, "example.com/own' at /properties/a"),
        ({"properties": {"a": {"maximum": 2**53}}}, "9007199254740992 is beyond 2^53"),
        ({"properties": {"a": {"type": "strin"}}}, "not a JSON Schema: properties.a.type"),
        ({"properties": {"a": {"pattern": "("}}}, "pattern"),
        ({"type": "array"}, "the parameters of a tool are an object"),
        ({"description": "x" * 70_000}, "the limit is 65,536"),
        (deep(1000), "nested more than 64 deep"),
    ],
)
def test_a_schema_that_no_tool_may_have(change: dict[str, Any], says: str) -> None:
    [(_, what, cure)] = tool_schema_problems({"type": "object"} | change, strict=False)
    assert says in what
    assert cure


def test_the_largest_whole_number() -> None:
    schema = {"type": "object", "properties": {"a": {"maximum": 2**53 - 1, "minimum": 1 - 2**53}}}
    assert tool_schema_problems(schema, strict=False) == []


def test_references_within_a_schema_may_go_round() -> None:
    cycle = {"$ref": "#/$defs/b"}, {"$ref": "#/$defs/a"}
    schema = {"type": "object", "properties": {"x": {"$ref": "#"}}, "$defs": {"a": cycle[0], "b": cycle[1]}}
    assert tool_schema_problems(schema, strict=False) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"additionalProperties": True}, "in each object (missing at its top)"),
        ({"properties": SCHEMA["properties"] | {"address": ADDRESS}}, "(missing at /properties/address)"),
        ({"required": ["id"]}, "each property in required (missing at its top: 'address')"),
        ({"$defs": {"a/b": {"type": "object"}}}, "(missing at /$defs/a~1b)"),
        ({"properties": {"id": {"anyOf": [ADDRESS]}}, "required": ["id"]}, "/properties/id/anyOf/0"),
    ],
)
def test_what_strict_asks_for(change: dict[str, Any], says: str) -> None:
    [(_, what, _cure)] = tool_schema_problems(SCHEMA | change, strict=True)
    assert what.startswith("strict needs")
    assert says in what
    assert tool_schema_problems(SCHEMA | change, strict=False) == []


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (SCHEMA | {"oneOf": [{}]}, "'oneOf' (at its top)"),
        ({"properties": {"a": {"not": {}}}}, "'not' (at /properties/a)"),
        (deep(6), "6 levels of objects"),
        ({"properties": {f"p{n}": {} for n in range(5001)}}, "5,001 properties"),
        ({"properties": {"a": {"enum": list(range(1001))}}}, "1,001 values of enum"),
    ],
)
def test_what_not_every_provider_takes_with_strict(schema: dict[str, Any], says: str) -> None:
    [(_, what, _cure)] = strict_warnings(schema)
    assert says in what


def test_depth_and_pointers() -> None:
    assert [depth_of(value) for value in (1, [], {"a": [{}]})] == [0, 1, 3]
    assert [pointer(()), pointer(("a~b", "c/d"))] == ["its top", "/a~0b/c~1d"]


def test_the_one_draft_may_be_named() -> None:
    for name in (
        "https://json-schema.org/draft/2020-12/schema",
        "https://json-schema.org/draft/2020-12/schema#",
    ):
        assert tool_schema_problems({"$schema": name, "type": "object"}, strict=False) == []


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({"properties": {"a": {}}}, {"a"}),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"a"}),
        ({"properties": {"a": {}}, "additionalProperties": True}, None),
        ({"properties": {"a": {}}, "allOf": [{}]}, None),
        ({}, None),
        (None, None),
    ],
)
def test_names_that_an_object_may_have(schema: Any, names: set[str] | None) -> None:
    assert closed_names(schema) == names

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cuebook.core.json_schema import violations
from cuebook.core.schema_words import _SENTENCES, OWN, kind_of, type_names

_DESCENDS = {"$dynamicRef", "$ref", "allOf", "dependentSchemas", "if", "items", "patternProperties"}
"""Keywords that only hand on what the schemas below them say."""


def test_every_keyword_of_the_library_has_a_sentence_or_only_hands_on() -> None:
    handing_on = _DESCENDS | {"prefixItems", "properties", "propertyNames"}
    assert set(Draft202012Validator.VALIDATORS) <= {*_SENTENCES, *OWN, *handing_on}


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"const": 3}, 4, "it is 4; only 3 is allowed"),
        ({"contains": {"const": 1}}, [2], 'too few or too many of its items follow {"const": 1}'),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "'b' is missing, which 'a' needs"),
        ({"enum": ["a", None]}, "b", '"b" is not one of "a", null'),
        ({"exclusiveMaximum": 1}, 1, "it is 1; only less than 1 is allowed"),
        ({"items": False}, [1], "it has 1 item, which is too many"),
        ({"maxLength": 2}, "abc", "it has 3 characters; at most 2 may be there"),
        ({"minItems": 2}, [1], "it has 1 item; at least 2 must be there"),
        ({"minProperties": 1}, {}, "it has 0 keys; at least 1 must be there"),
        ({"multipleOf": 2}, 3, "3 is not a multiple of 2"),
        ({"oneOf": [{}, {}]}, 1, "it has none, or more than one, of the 2 forms that are possible here: 1"),
        ({"anyOf": [{"type": "null"}, {"enum": []}]}, "x", "it has none of the 2 forms that"),
        ({"properties": {"a": False}}, {"a": 1}, "nothing is allowed here"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "it has 2 characters; at most 1 may be there"),
        ({"required": ["a", "b"]}, {}, "'a' is missing|'b' is missing"),
        ({"type": ["integer", "null"]}, "1", 'expected a whole number or null, got text: "1"'),
        ({"unevaluatedItems": False}, [1], "it has items that nothing allows: [1]"),
    ],
)  # fmt: skip
def test_a_violation_is_said_in_our_words(schema: dict[str, Any], value: Any, said: str) -> None:
    assert "|".join(line.partition(": ")[2] for line in violations(value, schema)).startswith(said)


def test_values_and_types_are_named_as_readers_name_them() -> None:
    assert type_names("object") == "an object"
    assert [kind_of(value) for value in (None, {}, [], 1.5)] == [
        "null",
        "an object",
        "a list",
        "a number: 1.5",
    ]
    assert len(kind_of("x" * 500)) < 80

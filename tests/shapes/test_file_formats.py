from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.shapes.file_formats import FILE_SHAPES, Parameters, VersionFile
from cuebook.shapes.schemas import schema

TEXT_PROMPT: dict[str, Any] = {"message": "m", "model": "openai/gpt-4o-mini", "template": "{{a}}"}
SCHEMA = {"name": "answer", "schema": {"type": "object"}}
SUITE: dict[str, Any] = {"prompt": "qa", "scorers": ["exact"], "gate": {"metrics": {"exact": {}}}}

ACCEPTED: list[tuple[str, Any]] = [
    ("prompt-version", TEXT_PROMPT),
    ("prompt-version", TEXT_PROMPT | {"inputs": {"a": {}}, "modelParameters": {"temperature": 1}}),
    ("prompt-version", TEXT_PROMPT | {"responseFormat": "json_schema", "jsonSchema": SCHEMA}),
    ("prompt-version", TEXT_PROMPT | {"modelParameters": {"stop": ["a", "b"], "reasoningEffort": "none"}}),
    ("meta", {"title": "T"}),
    ("aliases", {"production": 1}),
    ("aliases", {}),
    ("suite", SUITE),
    ("suite", SUITE | {"models": ["a/b"], "repeats": 3, "scorers": ["exact", {"contains": {}}]}),
    ("case", {"id": "a", "inputs": {}}),
    ("case", {"id": "a:1", "inputs": {"x": [1]}, "expectations": {"y": None}, "tags": ["t"], "cluster": "c"}),
    (
        "case",
        {"id": "a", "inputs": {}, "turns": [{"user": "Hello"}, {"assistant": "Hi"}, {"user": "?"}]},
    ),
    ("case", {"id": "a", "inputs": {}, "turns": [{"inputs": {"q": "?"}, "expectations": {"answer": "yes"}}]}),
    ("case", {"id": "a", "inputs": {}, "turns": [{"user": [{"type": "image", "image": "photo"}]}]}),
    ("case", {"id": "a", "inputs": {}, "tools": {"find": [{"arguments": {"n": 1}, "result": None}]}}),
    ("suite", SUITE | {"dialogue": {"max_steps": 3}}),
    ("label", {"id": "a", "inputs": {}, "label": 3}),
    ("label", {"id": "a", "inputs": {}, "label": "good", "note": "n"}),
    ("config", {}),
]

REFUSED: list[tuple[str, Any]] = [
    ("prompt-version", {}),
    ("prompt-version", TEXT_PROMPT | {"message": ""}),
    ("prompt-version", TEXT_PROMPT | {"message": "two\nlines"}),
    ("prompt-version", TEXT_PROMPT | {"message": "  "}),
    ("prompt-version", TEXT_PROMPT | {"model": "gpt-4o"}),
    ("prompt-version", TEXT_PROMPT | {"model": "openai/../x y"}),
    ("prompt-version", TEXT_PROMPT | {"template": ""}),
    ("prompt-version", TEXT_PROMPT | {"template": None, "messages": []}),
    ("prompt-version", TEXT_PROMPT | {"testData": []}),
    ("prompt-version", TEXT_PROMPT | {"modelParameters": {"temperature": "0"}}),
    ("prompt-version", TEXT_PROMPT | {"modelParameters": {"temperature": 3}}),
    ("prompt-version", TEXT_PROMPT | {"modelParameters": {"maxTokens": True}}),
    ("prompt-version", TEXT_PROMPT | {"inputs": {"a-b": {}}}),
    ("prompt-version", TEXT_PROMPT | {"inputs": {"a": {"type": "text"}}}),
    ("prompt-version", TEXT_PROMPT | {"templateFormat": "mustache"}),
    ("meta", {}),
    ("meta", {"title": "T", "retired": [0]}),
    ("meta", {"title": "T", "tags": ["a,b"]}),
    ("aliases", {"Production": 1}),
    ("aliases", {"production": 0}),
    ("aliases", {"production": "1"}),
    ("suite", SUITE | {"gate": {"metrics": {}}}),
    ("suite", SUITE | {"gate": {"metrics": {str(n): {} for n in range(4)}}}),
    ("suite", SUITE | {"gate": {"metrics": {"exact": {"margin": 0}}}}),
    ("suite", SUITE | {"dataset": "../other/dataset.jsonl"}),
    ("suite", SUITE | {"scorers": []}),
    ("suite", SUITE | {"repeats": 0}),
    ("suite", SUITE | {"dialogue": {"max_steps": 0}}),
    ("case", {"id": "a", "inputs": {}, "turns": []}),
    ("case", {"id": "a", "inputs": {}, "turns": [{"user": "Hello", "assistant": "Hi"}]}),
    ("case", {"id": "a", "inputs": {}, "turns": [{"system": "Hello"}]}),
    ("case", {"id": "a", "inputs": {}, "tools": {"two words": [{"result": 1}]}}),
    ("case", {"id": "a", "inputs": {}, "tools": {"find": [{"arguments": {}}]}}),
    ("case", {"id": "a", "inputs": {}, "tools": {"find": [{"result": 1, "error": "no"}]}}),
    ("case", {"inputs": {}}),
    ("case", {"id": "a b", "inputs": {}}),
    ("case", {"id": "a", "inputs": []}),
    ("case", {"id": "a", "inputs": {}, "expected": 1}),
    ("label", {"id": "a", "inputs": {}, "label": 1.5}),
    ("config", {"endpoints": {"x": {"base_url": "file:///etc"}}}),
]


@pytest.mark.parametrize(("name", "data"), ACCEPTED)
def test_what_is_accepted(name: str, data: Any) -> None:
    TypeAdapter(FILE_SHAPES[name]).validate_python(data)
    jsonschema.validate(data, schema(name), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("name", "data"), REFUSED)
def test_what_is_refused(name: str, data: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(FILE_SHAPES[name]).validate_python(data)


RULES_THAT_JSON_SCHEMA_DOES_NOT_SAY = [
    TEXT_PROMPT | {"messages": [{"role": "user", "content": "x"}]},
    TEXT_PROMPT | {"responseFormat": "json_schema"},
    TEXT_PROMPT | {"jsonSchema": SCHEMA},
]


@pytest.mark.parametrize("data", RULES_THAT_JSON_SCHEMA_DOES_NOT_SAY)
def test_rules_across_keys(data: Any) -> None:
    with pytest.raises(ValidationError):
        VersionFile.model_validate(data)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ('{"name": "a", "name": "b"}', "duplicate key"),
        ('{"name": "a", "schema": {"minimum": NaN}}', "NaN"),
        ('{"name": "a", "schema": {"minimum": 1e999}}', "too large"),
        ('{"name": "\\ud800", "schema": {}}', "Unicode"),
        ('{"a":' * 5000, "nested too deep"),
        ("3", "valid dictionary"),
    ],
)
def test_a_json_schema_as_text_is_strict(text: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        VersionFile.model_validate(TEXT_PROMPT | {"responseFormat": "json_schema", "jsonSchema": text})


def test_a_json_schema_may_be_text_as_in_the_old_format() -> None:
    text = '{"name": "answer", "strict": true, "schema": {"type": "object"}}'
    shaped = VersionFile.model_validate(TEXT_PROMPT | {"responseFormat": "json_schema", "jsonSchema": text})
    assert shaped.jsonSchema
    assert shaped.jsonSchema.model_dump(by_alias=True, exclude_none=True) == {
        "name": "answer",
        "schema": {"type": "object"},
        "strict": True,
    }


@pytest.mark.parametrize(
    "name",
    [
        "api_base",
        "base_url",
        "api_key",
        "extra_headers",
        "fallbacks",
        "mock_response",
        "callbacks",
        "baseUrl",
        "tools",
    ],
)
def test_parameters_that_could_steal_or_lie_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate({name: "x"})


def test_the_list_of_parameters_is_the_shape() -> None:
    assert set(ALLOWED_PARAMETERS) == set(Parameters.model_fields)

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cuebook.core import shape_errors
from cuebook.core.errors import Problem
from cuebook.core.shape_errors import shape_problems
from cuebook.core.yaml_files import read_yaml
from cuebook.registry._shaped import known_keys
from cuebook.registry.reader import read_version
from cuebook.shapes.file_formats import FILE_SHAPES, MetaFile, SuiteFile
from cuebook.shapes.settings_format import ConfigFile

HEAD = "message: x\nmodel: toy/answers\n"


def problems(text: str) -> list[Problem]:
    return read_version(text.encode(), "v1.prompt.yml", "qa", 1)[1]


@pytest.mark.parametrize(
    ("text", "line", "what", "cure"),
    [
        (HEAD + "messages: []\n", 3, "messages: it is empty", "at least one item"),
        (HEAD + "messages:\n", 3, "neither of 'messages'", "- role: user"),
        (HEAD, 1, "neither of 'messages'", "- role: user"),
        (
            HEAD + "template: a\nmessages:\n  - {role: user, content: a}\n",
            3,
            "both of 'messages'",
            "keep one",
        ),
        (
            "message:\n" + HEAD[11:] + "template: a\n",
            1,
            "expected text, got an empty value",
            "cannot be left out",
        ),
        ("message: x\nmodel: gpt-4o-mini\ntemplate: a\n", 2, "named with its provider", "openai/gpt-4o-mini"),
        (
            HEAD + "messages:\n  - role: user\n    content: [{type: text}]\n",
            5,
            "message 1, part 1: 'text' is missing",
            "text:",
        ),
        (HEAD + "template: {a}\n", 3, "got a block of keys", "needs quotes"),
        (HEAD + "template: 5\n", 3, "expected text, got a number: 5", "put it in quotes"),
        (
            HEAD + "template: a\nmodelParameters: {temperature: hot}\n",
            4,
            "expected a number",
            "write a number, such as 0.5",
        ),
        (
            HEAD + "template: a\nmodelParameters: {maxTokens: 2000000}\n",
            4,
            "it is 2000000; at most 1,000,000 is allowed",
            "write at most 1,000,000",
        ),
        (HEAD + "template: a\nmodelParameters: {topP: 50}\n", 4, "at most 1 is", "as a share of 1: 0.5"),
        (HEAD + "template: a\nmodelParameters: {temperature: 3}\n", 4, "it is 3; at most 2 is allowed", ""),
        (HEAD + "template: a\nmodelParameters: {stop: 5}\n", 4, "expected text or a list", ""),
        (
            HEAD + "template: a\nmodelParameters: [a]\n",
            4,
            "expected a block of keys",
            "write its keys, one a line and indented below it: ",
        ),
        (HEAD + "template: a\nresponseFormat: json_schema\n", 4, "json_schema needs a schema", "jsonSchema:"),
        (
            HEAD + "template: a\njsonSchema: {name: a, schema: {}}\n",
            4,
            "not used",
            "responseFormat: json_schema",
        ),
        (HEAD + "messages:\n\u00a0 - role: user\n", 4, "unknown key", "U+00A0"),
        (
            f"message: {'a' * 501}\n{HEAD[11:]}template: a\n",
            1,
            "it has 501 characters; at most 500",
            "shorten",
        ),
    ],
)
def test_a_refusal_says_what_is_wanted_and_what_is_there(text: str, line: int, what: str, cure: str) -> None:
    found = problems(text)
    assert len(found) == 1, "one cause, one error"
    assert found[0].line == line
    assert what in found[0].message
    assert cure in found[0].hint


def test_every_pattern_of_a_file_says_what_it_asks_for() -> None:
    patterns = set()

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            patterns.update([part["pattern"]] if isinstance(part.get("pattern"), str) else [])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    for shape in FILE_SHAPES.values():
        walk(json.loads(json.dumps(TypeAdapter(shape).json_schema())))
    assert len(patterns) > 10
    assert patterns <= set(shape_errors._MEANT)
    for what, example in shape_errors._MEANT.values():
        assert what.startswith(("is no", "names no"))
        assert example


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    stop: str | list[str] = ""
    count: int = 0


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    inner: Inner
    table: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("text", "lines", "says"),
    [
        ("inner: {count: x}", [1], ["inner.count: "]),
        ("inner:\n  cuont: 1", [2], ["unknown key 'inner.cuont'"]),
        ("table: {}", [1], ["'inner' is missing"]),
        ("inner:\n  stop: 3", [2], ["inner.stop: "]),
        ("inner:\n  stop:\n    - a\n    - 3", [4], ["inner.stop, item 2: "]),
        ("inner: {}\ntable:\n  str:\n    count: x", [4], ["table.str.count: "]),
    ],
)
def test_complaints_about_a_shape_have_line_and_name(text: str, lines: list[int], says: list[str]) -> None:
    document = read_yaml(text.encode(), "x.yml")
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(document.data)
    problems = shape_problems(caught.value, "x.yml", document.line, lambda _: ["count", "stop"])
    assert [problem.line for problem in problems] == lines
    assert [problem.message[: len(said)] for problem, said in zip(problems, says, strict=True)] == says


class Refusing(BaseModel):
    word: Annotated[str, Field(min_length=1, pattern="^[a-z]*$")] = "a"
    kind: Literal["text", "json_schema"] = "text"
    choice: Literal["text", "json_object", "json_schema"] = "text"
    count: Annotated[int, Field(le=2)] = 1
    tags: Annotated[list[str], Field(max_length=2)] = []


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('word: ""', "word: it is empty", "write at least one character"),
        ("kind: jason_schema", "kind: 'jason_schema' is not a known value", "did you mean 'json_schema'?"),
        ("choice: json", "choice: 'json' is not a known value", "known: json_object, json_schema, text"),
        ("kind: zzz", "kind: 'zzz' is not a known value", "known: json_schema, text"),
        (
            "choice: {type: json_object}",
            "choice: expected one of text, json_object, json_schema, got a block of keys",
            "write json_object",
        ),
        ("tags: [a, b, c]", "tags: it has 3 items; at most 2 are allowed", "keep 2 of them, at most"),
        ("count: 3", "count: it is 3; at most 2 is allowed", "write at most 2"),
        (
            "count: lots",
            "count: expected a whole number, got text: 'lots'",
            "write a whole number",
        ),
        ("count: [1]", "count: expected a whole number, got a list", "write a whole number"),
        ("word:", "word: expected text, got an empty value", "write it, or take the key out"),
        ("word: sk-123", "word: invalid value", ""),
    ],
)
def test_a_value_that_is_refused_comes_with_what_to_do(text: str, message: str, hint: str) -> None:
    document = read_yaml(text.encode(), "x.yml")
    with pytest.raises(ValidationError) as caught:
        Refusing.model_validate(document.data)
    (problem,) = shape_problems(caught.value, "x.yml", document.line, lambda _: [])
    assert (problem.message, problem.hint) == (message, hint)


@pytest.mark.parametrize(
    ("given", "kind", "cure"),
    [
        ("10%", "float_type", "write 0.1"),
        ("0,5", "float_type", "write 0.5"),
        ("1,000", "int_type", "write 1000"),
        ("v1", "int_type", "write 1"),
        ("@ada", "list_type", 'write ["@ada"]'),
        ("a, b", "list_type", 'write ["a", "b"]'),
        ("Ask Ada", "list_type", "write one item a line, each after '- '"),
        (".nan", "finite_number", "write a number, such as 0.5"),
        ("0.5", "float_type", "write it without quotes"),
        (1e3, "int_from_float", "write 1000"),
        ("3.5", "int_type", "write a whole number"),
        ("True", "bool_type", "write it without quotes"),
        ("yes", "bool_type", "write true or false"),
        (10**400, "float_type", "write a number, such as 0.5"),
    ],
)
def test_no_cure_would_be_refused_again(given: object, kind: str, cure: str) -> None:
    assert shape_errors._as_wanted(kind, given, shape_errors._form("a.yml")) == cure


@pytest.mark.parametrize(
    ("path", "missing", "wrong"),
    [
        ("x.yml", "add 'inner:'", "write one 'key: value' a line, indented below it"),
        ("x.jsonl", 'add "inner": ...', 'write { "key": value }'),
        ("x.toml", "add 'inner = ...'", "write a [table] of its own, or { key = value }"),
    ],
)
def test_a_cure_is_written_as_the_file_is(path: str, missing: str, wrong: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate({"table": 5})
    assert {item.hint for item in shape_problems(caught.value, path, lambda _: 1, lambda _: [])} == {
        missing,
        wrong,
    }


def test_a_refusal_that_nobody_foresaw_is_not_said_in_the_words_of_the_library() -> None:
    class Odd(BaseModel):
        pair: tuple[int, int]

    with pytest.raises(ValidationError) as caught:
        Odd.model_validate({"pair": 5})
    (problem,) = shape_problems(caught.value, "x.yml", lambda _: 1, lambda _: [])
    assert problem.message == "pair: invalid value"


def test_an_unknown_key_comes_with_the_nearest_known_one() -> None:
    document = read_yaml(b"inner:\n  cuont: 1", "x.yml")
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(document.data)
    (problem,) = shape_problems(caught.value, "x.yml", document.line, lambda _: ["count", "stop"])
    assert problem.hint == "did you mean 'count'?"


def test_a_key_that_is_written_wrong_is_not_missing_as_well() -> None:
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate({"iner": {}})
    (problem,) = shape_problems(caught.value, "x.yml", lambda _: 1, lambda _: ["inner", "table"])
    assert (problem.message, problem.hint) == ("unknown key 'iner'", "did you mean 'inner'?")


def _nested(shape: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Each part of a shape that has keys of its own, with its place."""
    for part in get_args(shape):
        yield from _nested(part, place)
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        if place:
            yield place, shape
        for name, item in shape.model_fields.items():
            many = get_origin(item.annotation) in {dict, list} or "dict[" in str(item.annotation)
            yield from _nested(item.annotation, (*place, item.alias or name, *(["*"] if many else [])))


@pytest.mark.parametrize("shape", [SuiteFile, MetaFile, ConfigFile])
def test_the_keys_of_every_part_of_a_file_are_known(shape: type[BaseModel]) -> None:
    for place, part in _nested(shape):
        known = known_keys(shape)(["x" if step == "*" else step for step in place])
        assert set(known) == {item.alias or name for name, item in part.model_fields.items()}, place


def test_no_two_refusals_share_a_pattern() -> None:
    pattern = shape_errors.meant(r"^only here$", "it is none", "write one")
    assert shape_errors.meant(pattern, "it is none", "write one") == pattern
    with pytest.raises(ValueError, match="write it otherwise"):
        shape_errors.meant(pattern, "it is something else", "write one")


def test_the_first_fault_of_a_record_is_said_in_our_words() -> None:
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate_json('{"inner": {"count": "x"}}')
    assert shape_errors.first_fault(caught.value) == "inner.count: expected a whole number, got text: 'x'"
    with pytest.raises(ValidationError) as broken:
        Shape.model_validate_json("{")
    assert shape_errors.first_fault(broken.value) == "it is not JSON, from line 1, column 1 on"


@pytest.mark.parametrize(
    ("shape", "given", "what"),
    [
        (SuiteFile, {"prompt": "hello/1"}, "prompt: it is 'hello/1', which is not a valid name for a prompt"),
        (SuiteFile, {"dataset": "a/b.jsonl"}, "dataset: it is 'a/b.jsonl', which is not a file of cases"),
        (
            MetaFile,
            {"not_secret": ["sha256:1"]},
            "not_secret, item 1: it is 'sha256:1', which is not a digest",
        ),
        (MetaFile, {"not_secret": ["sk-1234"]}, "not_secret, item 1: it is not a digest"),
        (
            ConfigFile,
            {"endpoints": {"a": {"base_url": "b.example"}}},
            "it is 'b.example', which is not an address",
        ),
        (ConfigFile, {"endpoints": {"a": {"base_url": "x:pw@b"}}}, "base_url: it is not an address"),
        (
            ConfigFile,
            {"endpoints": {"a": {"base_url": "https://b", "api_key_env": "sk-1"}}},
            "api_key_env: it is not the name of an environment variable",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_in_the_words_and_a_secret_is_not(
    shape: type[BaseModel], given: dict[str, Any], what: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        shape.model_validate(given)
    told = [item.message for item in shape_problems(caught.value, "x.yml", lambda _: 1, lambda _: ())]
    assert any(what in item for item in told), told


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("message: a\nmodel: gpt-4o\ntemplate: a\n", "write openai/gpt-4o"),
        ("message: a\nmodel: llama3\ntemplate: a\n", "write it as provider/model, such as openai/gpt-6-luna"),
    ],
)
def test_where_the_right_value_can_be_told_it_is(text: str, cure: str) -> None:
    (found,) = problems(text)
    assert found.hint == cure

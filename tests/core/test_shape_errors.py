from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cuebook.core.shape_errors import shape_problems
from cuebook.core.yaml_files import read_yaml


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
        ("inner:\n  stop: 3", [2, 2], ["inner.stop: ", "inner.stop: "]),
        ("inner:\n  stop:\n    - a\n    - 3", [2, 4], ["inner.stop: ", "inner.stop.1: "]),
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
    count: Annotated[int, Field(le=2)] = 1


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('word: ""', "word: it is empty", "write at least one character"),
        ("kind: jason_schema", "kind: 'jason_schema' is not known here", "did you mean 'json_schema'?"),
        ("kind: zzz", "kind: 'zzz' is not known here", "known: json_schema, text"),
        ("count: 3", "count: it should be less than or equal to 2", "got 3"),
        ("count: lots", "count: it should be a valid integer", "got 'lots'"),
        ("count: [1]", "count: it should be a valid integer", ""),
        ("word: sk-123", "word: it should match pattern '^[a-z]*$'", ""),
    ],
)
def test_a_value_that_is_refused_comes_with_what_to_do(text: str, message: str, hint: str) -> None:
    document = read_yaml(text.encode(), "x.yml")
    with pytest.raises(ValidationError) as caught:
        Refusing.model_validate(document.data)
    (problem,) = shape_problems(caught.value, "x.yml", document.line, lambda _: [])
    assert (problem.message.partition(", unable")[0], problem.hint) == (message, hint)


def test_an_unknown_key_comes_with_the_nearest_known_one() -> None:
    document = read_yaml(b"inner:\n  cuont: 1", "x.yml")
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate(document.data)
    (problem,) = shape_problems(caught.value, "x.yml", document.line, lambda _: ["count", "stop"])
    assert problem.hint == "did you mean 'count'?"

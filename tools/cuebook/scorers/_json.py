"""The JSON of an answer and its fields, as several scorers read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from cuebook.judging.json_answer import json_answer, json_object
from cuebook.scorers._base import Context, measured
from cuebook.shapes.run import Score

MISSING: Final = object()
"""What a field that is not there holds; null is there."""

AllowFence = Annotated[bool, Field(description="Take the JSON out of a Markdown block (```json) first.")]
FieldName = Annotated[
    str | None,
    Field(min_length=1, description="Field of the JSON answer to look at; dots lead into nested objects."),
]


def object_of(context: Context) -> dict[str, Any] | Score:
    """The object that the answer is, or the zero of an answer that is none."""
    try:
        return json_object(context.answer)
    except ValueError as error:
        return measured(0, f"the answer is not a JSON object: {error}")


def value_of(context: Context, *, allow_fence: bool) -> Any | Score:
    """The JSON value that the answer is, or the zero of an answer that is none."""
    try:
        return json_answer(context.answer, allow_fence=allow_fence)
    except ValueError as error:
        return measured(0, f"the answer is not JSON: {error}")


def field_at(value: Any, name: str) -> Any:
    """What is under a dotted name, or ``MISSING``. A key that has the dots itself comes first."""
    if isinstance(value, Mapping) and name in value:
        return value[name]
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return MISSING
        value = value[part]
    return value


def answer_at(context: Context, field: str | None) -> Any | Score:
    """The whole answer as text, or one field of a JSON answer; the zero where it cannot be had."""
    if field is None:
        return context.answer
    whole = object_of(context)
    if isinstance(whole, Score):
        return whole
    found = field_at(whole, field)
    return measured(0, f"the answer has no field {field!r}") if found is MISSING else found

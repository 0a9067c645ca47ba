"""Documents as the shape they must have, with every problem at its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cuebook.core.errors import Problem
from cuebook.core.shape_errors import shape_problems
from cuebook.core.yaml_files import Document
from cuebook.shapes.file_formats import (
    ChatMessage,
    GateFile,
    Input,
    JudgesFile,
    MetricFile,
    Parameters,
    ResponseSchema,
)

Model = TypeVar("Model", bound=BaseModel)
_NESTED: dict[tuple[str, ...], type[BaseModel]] = {
    ("modelParameters",): Parameters,
    ("inputs", "*"): Input,
    ("messages", "*"): ChatMessage,
    ("jsonSchema",): ResponseSchema,
    ("gate",): GateFile,
    ("gate", "judges"): JudgesFile,
    ("gate", "metrics", "*"): MetricFile,
}


def known_keys(shape: type[BaseModel]) -> Any:
    """What ``shape_problems`` asks for: the keys that a place of a document in this shape may have."""

    def known(place: Sequence[str | int]) -> Sequence[str]:
        steps = [str(step) for step in place]
        here = _NESTED.get(tuple(steps)) or _NESTED.get((*steps[:-1], "*")) or shape
        return [item.alias or name for name, item in here.model_fields.items()]

    return known


def as_shape(document: Document, shape: type[Model]) -> tuple[Model | None, list[Problem]]:
    """A document in a shape, or None and why it has it not."""
    if not isinstance(document.data, dict):
        return None, [Problem(document.path, 1, "the file must be a mapping of keys to values")]
    try:
        return shape.model_validate(document.data), []
    except ValidationError as error:
        return None, shape_problems(error, document.path, document.line, known_keys(shape))

"""Documents as the shape they must have, with every problem at its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cuebook.core.errors import Problem
from cuebook.core.shape_errors import kind_of, meant_key, shape_problems
from cuebook.core.yaml_files import Document
from cuebook.core.yaml_slips import glued
from cuebook.shapes.chat_format import ChatMessage, NamedTool, Tool
from cuebook.shapes.dialogue_format import DialogueFile
from cuebook.shapes.file_formats import (
    CaseLine,
    GateFile,
    Input,
    JudgesFile,
    LabelLine,
    LimitsFile,
    MetricFile,
    OptimizeFile,
    Parameters,
    ResponseSchema,
)
from cuebook.shapes.settings_format import Endpoint, ModelInfo, NotifyRules, Price, RedactRules, TargetApp
from cuebook.wording.tree_files import tree_problem

Model = TypeVar("Model", bound=BaseModel)
_NESTED: dict[tuple[str, ...], type[BaseModel]] = {
    ("modelParameters",): Parameters,
    ("inputs", "*"): Input,
    ("messages", "[]"): ChatMessage,
    ("jsonSchema",): ResponseSchema,
    ("tools", "[]"): Tool,
    ("toolChoice",): NamedTool,
    ("dialogue",): DialogueFile,
    ("optimize",): OptimizeFile,
    ("gate",): GateFile,
    ("gate", "judges"): JudgesFile,
    ("gate", "limits"): LimitsFile,
    ("gate", "metrics", "*"): MetricFile,
    ("endpoints", "*"): Endpoint,
    ("prices", "*"): Price,
    ("targets", "*"): TargetApp,
    ("notify",): NotifyRules,
    ("redact",): RedactRules,
    ("model_info", "*"): ModelInfo,
}


def known_keys(shape: type[BaseModel]) -> Callable[[Sequence[str | int]], Sequence[str]]:
    """What ``shape_problems`` asks for: the keys that a place of a document in this shape may have."""

    def known(place: Sequence[str | int]) -> Sequence[str]:
        return [item.alias or name for name, item in _at(shape, place).model_fields.items()]

    return known


def needed_keys(shape: type[BaseModel]) -> Callable[[Sequence[str | int]], bool]:
    """What ``shape_problems`` asks for: whether a document in this shape must have the key at a place."""

    def needed(place: Sequence[str | int]) -> bool:
        fields = _at(shape, place[:-1]).model_fields if place else {}
        return any(item.is_required() for name, item in fields.items() if place[-1] in {name, item.alias})

    return needed


def _at(shape: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel]:
    steps = [str(step) for step in place]
    if shape in _FLAT or not steps:
        return shape
    any_one = [steps[-1]] if steps[-1] in _ANY else [steps[-1], *_ANY]
    found = (_NESTED.get((*steps[:-1], last)) for last in any_one)
    return next((nested for nested in found if nested), shape)


_ANY = ("*", "[]")
"""Any name of a block, any item of a list."""
_FLAT = (CaseLine, LabelLine)
"""Shapes with keys that are called as those of a version, and hold something else."""


def no_block(document: Document) -> Problem:
    """What is said of a file that is no block of keys; of a colon without a space, its own text is shown."""
    given = "".join(kind_of(document.data))
    pair = glued(document.data) if isinstance(document.data, str) else ""
    return tree_problem("glued" if pair else "no_block", document.path, 1, given=given, pair=pair)


def as_shape(document: Document, shape: type[Model]) -> tuple[Model | None, list[Problem]]:
    """A document in a shape, or None and why it has it not."""
    if not isinstance(document.data, dict):
        return None, [no_block(document)]
    try:
        return shape.model_validate(document.data), []
    except ValidationError as error:
        return None, shape_problems(
            error, document.path, document.line, known_keys(shape), needed_keys(shape)
        )


def rest_of(
    document: Document, shape: type[Model], refused: Sequence[Problem], stand_ins: Mapping[str, Any]
) -> tuple[Model | None, list[Problem]]:
    """As ``as_shape``, for a document of which something is refused: what else is wrong with it.

    ``stand_ins`` take the place of refused keys on which nothing else depends. Where another key is refused,
    what follows from that cannot be told from a fault of its own: (None, []).
    """
    known = [item.alias or name for name, item in shape.model_fields.items()]
    data = dict(document.data) if isinstance(document.data, dict) else {}
    for problem in refused:
        key, _, inner = problem.key.partition(".")
        if not inner and key in data and key not in known and key.isidentifier():
            del data[key]
            blocks, key = meant_key(key, [], known_keys(shape))  # which is missing then, by its right name
            if blocks or not key or key in data:
                continue
        if key in stand_ins:
            data[key] = stand_ins[key]
        else:  # also what is no name: the indentation is not what it seems
            return None, []
    return as_shape(replace(document, data=data), shape)

"""What a case's line says of a dialogue: its turns, as the author wrote them, and what tools give back."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from cuebook.core.errors import did_you_mean, nearest
from cuebook.core.format import joined
from cuebook.core.shape_errors import broken_rule
from cuebook.shapes._defaults import MAX_STEPS
from cuebook.shapes._fields import FileShape, Text
from cuebook.shapes.chat_format import Content, ToolName

MOST_TURNS = 50
"""Of one case: each is a call with all that was said before it."""
MOST_RESULTS = 100
"""Of one tool in one case."""
MOST_STEPS = 30
"""Rounds of calls within a turn that a suite may allow."""


class UserTurn(FileShape):
    """What the user says; it is answered. An image among its parts names an input of the case."""

    user: Content
    expectations: dict[str, Any] = {}


class InputsTurn(FileShape):
    """Values with which the version itself asks; they hold in the turns after it, too."""

    inputs: dict[str, Any]
    expectations: dict[str, Any] = {}


class FixedTurn(FileShape):
    """Words in place of an answer, which is not asked for then."""

    assistant: Text


def _kind_of_turn(value: Any) -> str:
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if "assistant" in given:
        return "shape[assistant]"
    return "shape[inputs]" if "inputs" in given else "shape[user]"


def _refuse_unknown(value: Any) -> Any:
    if isinstance(value, str):
        said = json.dumps(value[:60], ensure_ascii=False)
        raise broken_rule("", "a turn has a key that says who speaks", f'write {{"user": {said}}}')
    kinds = value.keys() & set(_KINDS) if isinstance(value, dict) else set()
    if isinstance(value, dict) and len(kinds) != 1:
        others = sorted(set(map(str, value)) - {*_KINDS, "expectations"})
        is_slip = not kinds and others and nearest(others[0], _KINDS)
        cure = did_you_mean(others[0], _KINDS) if is_slip else 'write {"user": "..."}'
        there = joined(sorted(kinds) or [repr(key[:60]) for key in others]) or "none"
        raise broken_rule("", f"a turn has one of {joined(_KINDS)}, not {there}", cure)
    return value


_KINDS = ["user", "inputs", "assistant"]
"""What a turn has one of."""


Turn = Annotated[
    Annotated[UserTurn, Tag("shape[user]")]
    | Annotated[InputsTurn, Tag("shape[inputs]")]
    | Annotated[FixedTurn, Tag("shape[assistant]")],
    Discriminator(_kind_of_turn),
    BeforeValidator(_refuse_unknown),
]


class ToolResult(FileShape):
    """What a tool gives back to calls with these arguments, or to all; or with which words it fails."""

    arguments: dict[str, Any] | None = None
    result: Any = None
    error: str | None = None

    @model_validator(mode="after")
    def _one(self) -> ToolResult:
        if ("result" in self.model_fields_set) == (self.error is not None):
            what = "a tool returns 'result' or 'error', one of them"
            raise broken_rule("", what, 'write {"arguments": {...}, "result": ...}')
        return self


Turns = Annotated[list[Turn], Field(min_length=1, max_length=MOST_TURNS)]
ToolResults = dict[ToolName, Annotated[list[ToolResult], Field(min_length=1, max_length=MOST_RESULTS)]]


class DialogueFile(FileShape):
    """How the cases of a suite that are dialogues are played."""

    max_steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = MAX_STEPS


def ends_unasked(turns: list[Any]) -> bool:
    """Whether nothing is asked after the last of these turns."""
    return isinstance(turns[-1], FixedTurn)

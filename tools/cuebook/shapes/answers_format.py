"""The shape of one line of a file of answers: what some app or model said to a case of a suite."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

MAX_REPEATS = 100
"""Answers to one case that a file may hold."""


class AnswerUsage(BaseModel):
    """Tokens and US dollars of one answer; what is left out is unknown, never free."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False, defer_build=True)

    input_tokens: Annotated[int | None, Field(ge=0, alias="inputTokens")] = None
    output_tokens: Annotated[int | None, Field(ge=0, alias="outputTokens")] = None
    cost_usd: Annotated[float | None, Field(ge=0, alias="costUsd")] = None


class AnswerLine(BaseModel):
    """One answer. Files come from any stack, so keys that are not known here are left out.

    The case is named by ``id``, or by its ``inputs`` as the suite has them; what it expects is in the suite,
    and ``expectations`` here are only held against that. ``output`` (or ``outputs``) is
    what was said: a text, or a value that is scored as its JSON. ``error`` says why there is none, ``retry``
    that the provider was at fault and not what is tested. ``seconds`` is the wall time, ``asked`` the day.
    ``version`` and ``digest`` name the version that answered, where one of the registry did.
    """

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False, defer_build=True)

    id: str | None = None
    inputs: dict[str, Any] | None = None
    expectations: dict[str, Any] | None = None
    output: Any = None
    outputs: Any = None
    error: str | None = None
    retry: bool = False
    repeat: Annotated[int, Field(ge=0, lt=MAX_REPEATS)] = 0
    finish: str = "stop"
    usage: AnswerUsage = AnswerUsage()
    seconds: Annotated[float, Field(ge=0)] = 0.0
    model: str = ""
    asked: str = ""
    version: str = ""
    digest: str = ""

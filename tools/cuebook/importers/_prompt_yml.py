"""The shapes of the ``.prompt.yml`` format, as the tools of GitHub Models read it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator

from cuebook.shapes._fields import FileShape

_Plain = str | int | float | bool


class _Foreign(FileShape):
    """Keys that the format does not have are kept apart, so that each can be warned about."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


class StringRule(_Foreign):
    """One of four ways to look at an answer; only the first one that is set counts."""

    equals: _Plain | None = None
    contains: _Plain | None = None
    startsWith: _Plain | None = None
    endsWith: _Plain | None = None


class Choice(_Foreign):
    """One reply that a judge may give, and what it is worth."""

    choice: _Plain
    score: float


class LlmRule(_Foreign):
    """A model asked to judge. Its prompt sees the row of test data and ``{{completion}}``."""

    modelId: str | None = None
    systemPrompt: str = ""
    prompt: str
    choices: Annotated[list[Choice], Field(min_length=1)]


class Evaluator(_Foreign):
    """One rule under ``evaluators``."""

    name: _Plain | None = None
    string: StringRule | None = None
    llm: LlmRule | None = None
    uses: str | None = None


class PromptYmlMessage(_Foreign):
    """One message. Some tools write roles with a capital, and keys of their own."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str = ""

    @field_validator("content", mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("role", mode="before")
    @classmethod
    def _in_small_letters(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


class PromptYml(_Foreign):
    """A whole ``.prompt.yml`` file."""

    name: _Plain | None = None
    description: str | None = None
    model: str | None = None
    modelParameters: dict[str, Any] = Field(default_factory=dict)
    responseFormat: Literal["text", "json_object", "json_schema"] | None = None
    jsonSchema: str | dict[str, Any] | None = None
    messages: Annotated[list[PromptYmlMessage], Field(min_length=1)]
    tools: list[dict[str, Any]] = Field(default_factory=list)
    toolChoice: str | dict[str, Any] | None = None
    parallelToolCalls: bool | None = None
    testData: list[dict[str, Any]] = Field(default_factory=list)
    evaluators: list[Evaluator] = Field(default_factory=list)

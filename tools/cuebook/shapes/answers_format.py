"""The shape of one line of a file of answers: what some app or model said to a case of a suite."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cuebook.core.tool_calls import LONGEST_NAME, MOST_CALLS, ToolCall
from cuebook.shapes.run import FILTERED, LONGEST_REASONING, Failure, ModelReply, Usage
from cuebook.shapes.transcripts import MOST_MESSAGES, with_transcript

MAX_REPEATS = 100
"""Answers to one case that a file may hold."""


class _Given(BaseModel):
    """Base of what any stack writes: keys that are not known are left out, nothing is coerced."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False, defer_build=True)


class AnswerUsage(_Given):
    """Tokens and US dollars of one answer; what is left out is unknown, never free."""

    input_tokens: Annotated[int | None, Field(ge=0, alias="inputTokens")] = None
    output_tokens: Annotated[int | None, Field(ge=0, alias="outputTokens")] = None
    cost_usd: Annotated[float | None, Field(ge=0, alias="costUsd")] = None


class AnswerCall(_Given):
    """A call of a tool; ``arguments`` are an object, or its text as providers send it."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    arguments: dict[str, Any] | str = {}
    id: str = ""


class AnswerLine(_Given):
    """One answer. Files come from any stack, so keys that are not known here are left out.

    The case is named by ``id``, or by its ``inputs`` as the suite has them; what it expects is in the
    suite, and ``expectations`` here are only compared with that. ``output`` (or ``outputs``) is what was
    said: a text, or a value that is scored as its JSON. Calls of tools, or the words of a refusal, may
    be beside it or in its place. ``error`` says why there is none, ``retry`` that the provider was at
    fault and not what is tested. Of a dialogue ``messages`` are all that was said, by OpenAI's names; the
    first ``begins`` of them are those of the prompt and the case. ``seconds`` is the wall time, ``asked`` the
    day. ``version`` and ``digest`` name the version that answered, where one of the registry did.
    """

    id: str | None = None
    inputs: dict[str, Any] | None = None
    expectations: dict[str, Any] | None = None
    output: Any = None
    outputs: Any = None
    error: str | None = None
    retry: bool = False
    repeat: Annotated[int, Field(ge=0, lt=MAX_REPEATS)] = 0
    finish: str = ""
    tool_calls: Annotated[list[AnswerCall], Field(max_length=MOST_CALLS, alias="toolCalls")] = []
    refusal: str = ""
    reasoning: str = ""
    messages: Annotated[list[dict[str, Any]], Field(max_length=MOST_MESSAGES)] = []
    begins: Annotated[int, Field(ge=0)] = 0
    usage: AnswerUsage = AnswerUsage.model_construct()
    seconds: Annotated[float, Field(ge=0)] = 0.0
    model: str = ""
    asked: str = ""
    version: str = ""
    digest: str = ""

    def no_answer(self, longest: int) -> ModelReply | Failure | None:
        """What its ``error`` means, with so many characters of it; None where there is none.

        What a filter refused is an answer, as a refusal of the model is.
        """
        if self.error is None:
            return None
        if self.finish == FILTERED:
            return ModelReply("", self.model, finish=FILTERED, seconds=self.seconds, asked=self.asked)
        return Failure("provider" if self.retry else "candidate", self.error[:longest])

    def reply(self, seconds: float) -> ModelReply | None:
        """What the line says, as a model's reply; None where it has no text, call or refusal."""
        said = self.output if self.output is not None else self.outputs
        if said is None and not self.tool_calls and not self.refusal:
            return None
        text = "" if said is None else said if isinstance(said, str) else _json(said)
        finish = self.finish or ("tool_calls" if self.tool_calls else "stop")
        if self.refusal and not text and not self.tool_calls:
            text, finish = self.refusal, self.finish or "refusal"
        made = ModelReply(
            text,
            self.model,
            Usage(self.usage.input_tokens, self.usage.output_tokens, self.usage.cost_usd),
            seconds,
            finish,
            self.asked,
            tuple(_call(item) for item in self.tool_calls),
            self.refusal,
            self.reasoning[:LONGEST_REASONING],
        )
        return with_transcript(made, self.messages, self.begins)


def _call(item: AnswerCall) -> ToolCall:
    raw = item.arguments if isinstance(item.arguments, str) else _json(item.arguments)
    return ToolCall.of(item.id, item.name, raw)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

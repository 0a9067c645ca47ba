"""What a judge says of the answer: a pinned prompt asks a model to grade it on a scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, Strict, field_validator

from cuebook.core.canonical import canonical
from cuebook.core.errors import RenderError
from cuebook.core.shape_errors import broken_rule
from cuebook.judging.ask import (
    ANSWER,
    BESIDE,
    PASS_FROM,
    TOOL_CALLS,
    TRANSCRIPT,
    Lacks,
    Unread,
    ask,
    call_for,
    judge_values,
    read_verdict,
)
from cuebook.judging.transcript import Transcript
from cuebook.scorers._base import Asked, Context, failed, judge_scorer, measured, not_applicable
from cuebook.scorers._judging import JudgeParameters, unread

_Number = Annotated[float, Strict()]


class Parameters(JudgeParameters):
    """Settings of ``judge``."""

    scale: Annotated[tuple[_Number, _Number], Strict(strict=False)] = Field(
        default=(1, 5), description="Lowest and highest score of the judge; they become 0 and 1."
    )

    @field_validator("scale")
    @classmethod
    def _rising(cls, scale: tuple[float, float]) -> tuple[float, float]:
        if not scale[0] < scale[1]:
            cure = (
                f"write scale: [{min(scale):g}, {max(scale):g}]"
                if scale[0] > scale[1]
                else "write two scores"
            )
            raise broken_rule("", "the lowest score comes first, then the highest", cure)
        return scale


@judge_scorer(Parameters, version=2)
def score(context: Context, parameters: Parameters) -> Asked:
    """(score - lowest) / (highest - lowest), passed from 0.75 up.

    Every judge uses ``{{answer}}``, between two ``{{mark}}``, a line that no answer can know. It may also use
    ``{{tool_calls}}``, the calls of the answer (of a dialogue, all of them) as JSON, and ``{{transcript}}``,
    all messages with the answer last, each below a heading with the mark in it. One
    that uses neither cannot grade an answer of calls without a text, and its score has failed.

    A reply that is not one JSON object with a score on the scale is asked for once more; then the score
    has failed.
    """
    judge = context.judges.get(parameters.prompt)
    if judge is None:
        return failed(f"the judge {parameters.prompt} was not found")
    if context.reply.tool_calls and not context.answer.strip() and not judge.inputs.keys() & set(BESIDE):
        either = "use {{tool_calls}} or {{transcript}}"
        return failed(f"{judge.ref} sees only the text, and the answer is a call: {either}")
    # Without the ids: they differ each time, and the judge would be asked another question.
    calls = [{key: part for key, part in call.shown.items() if key != "id"} for call in context.tool_calls]
    beside: dict[str, Any] = {TOOL_CALLS: canonical(calls).decode()}
    if TRANSCRIPT in judge.inputs:
        beside[TRANSCRIPT] = Transcript.of(context.transcript)
    values = judge_values(judge, context.case, parameters.with_, {ANSWER: context.answer}, beside)
    if isinstance(values, Lacks):
        return not_applicable(values.words)
    try:
        call = call_for(judge, values, context.repeat, case=context.case.id)
    except RenderError as error:
        return failed(f"{judge.ref}: {error.message}")
    low, high = parameters.scale
    told = yield from ask([call], lambda text: read_verdict(text, (low, high)))
    (reading,) = told.readings
    if isinstance(reading, Unread):
        return unread(reading, judge, told.usage)
    value = (reading.score - low) / (high - low)
    result = measured(
        value,
        reading.reason,
        passed=value >= PASS_FROM,
        judge=judge.ref,
        score=reading.score,
        scale=[low, high],
    )
    return replace(result, usage=told.usage)

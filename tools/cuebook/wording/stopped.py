"""The error that leaves a comparison without a verdict: its cause as fields, and their sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from cuebook.core.errors import Aborted, CuebookError, StopCode
from cuebook.shapes.cause import Nothing, NothingCode
from cuebook.wording.elsewhere import not_evaluated_line

_STOPS: Mapping[str, StopCode] = {code: code for code in get_args(StopCode)}

_SAID_THERE: Mapping[StopCode, NothingCode] = {
    "wrong_key": "wrong_key",
    "no_credit": "no_credit",
    "unknown_model": "unknown_model",
    "not_allowed": "not_allowed",
    "parameters": "parameters",
    "unreachable": "unreachable",
}
"""Causes whose words are those of a transport or a provider; the others are made of fields."""


class NotEvaluated(Aborted):
    """No call can work, and ``why`` says it in fields; what repairs it is the hint, not in the message.

    ``message`` takes the place of the sentence where more is to be named.
    """

    def __init__(self, why: Nothing, message: str = "", *, cause: StopCode = "") -> None:
        said = message or not_evaluated_line(why.model_copy(update={"cure": ""}))
        super().__init__(said, why.cure, cause=cause or _STOPS.get(why.code, ""))
        self.why = why


def cause_of(error: CuebookError) -> Nothing:
    """Return why there is no verdict, as fields: those of the error, else its words."""
    if isinstance(error, NotEvaluated):
        return error.why
    cause = error.cause if isinstance(error, Aborted) else ""
    return Nothing(code=_SAID_THERE.get(cause, "stopped"), words=error.message, cure=error.hint)

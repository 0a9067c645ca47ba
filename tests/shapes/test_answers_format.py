from __future__ import annotations

import pytest
from pydantic import ValidationError

from cuebook.shapes.answers_format import MAX_REPEATS, AnswerLine
from cuebook.shapes.run import ModelReply


def test_a_line_of_another_stack_says_more_than_is_read() -> None:
    line = AnswerLine.model_validate({"id": "a", "output": "yes", "trace": {"id": 7}, "usage": {"total": 9}})
    assert (line.output, line.usage.input_tokens, line.reply(0.5)) == (
        "yes",
        None,
        ModelReply("yes", "", seconds=0.5),
    )


def test_a_line_that_says_nothing_is_no_reply_and_a_refusal_is_one() -> None:
    assert AnswerLine.model_validate({"id": "a"}).reply(0) is None
    refused = AnswerLine.model_validate({"refusal": "I may not."}).reply(0)
    assert refused is not None
    assert (refused.text, refused.is_filtered) == ("I may not.", True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"repeat": MAX_REPEATS},
        {"repeat": -1},
        {"seconds": -0.1},
        {"seconds": float("nan")},
        {"usage": {"inputTokens": -1}},
        {"usage": {"costUsd": float("inf")}},
        {"retry": "yes"},
        {"id": 7},
    ],
)
def test_a_value_that_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AnswerLine.model_validate({"output": "yes", **wrong})

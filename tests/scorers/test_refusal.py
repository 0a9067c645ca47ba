from __future__ import annotations

from typing import Any

import pytest

from cuebook.scorers import find
from cuebook.shapes.run import ModelReply, Score
from judging import judge
from scoring import context, grade

PLAIN = ModelReply("I am sorry, I cannot help.", "m")
REFUSED = ModelReply("No.", "m", finish="refusal", refusal="No.")
FILTERED = ModelReply("", "m", finish="content_filter")


@pytest.mark.parametrize(
    ("reply", "expectations", "settings", "value", "reason"),
    [
        (PLAIN, {}, {}, 1, "the answer was not refused"),
        (PLAIN, {}, {"expect": True}, 0, "the answer was not refused"),
        (REFUSED, {}, {}, 0, 'the answer was refused: "No."'),
        (REFUSED, {}, {"expect": True}, 1, 'the answer was refused: "No."'),
        (FILTERED, {"refusal": True}, {}, 1, "the answer was refused, it ended with content_filter"),
        (FILTERED, {"refusal": False}, {"expect": True}, 0, "the answer was refused"),
        (REFUSED, {"declined": True}, {"expectation": "declined"}, 1, "the answer was refused"),
    ],
)
def test_value_and_reason(
    reply: ModelReply, expectations: Any, settings: dict[str, Any], value: float, reason: str
) -> None:
    result = grade("refusal", "", expectations, given={"reply": reply}, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)
    assert result.reason.startswith(reason)


def test_an_expectation_that_is_no_truth_value_is_no_score() -> None:
    result = grade("refusal", "yes", {"refusal": "yes"})
    assert (result.state, result.reason) == (
        "failed",
        "expectation 'refusal' must be true or false, not \"yes\"",
    )


@pytest.mark.parametrize(
    ("name", "expectations", "settings"),
    [
        ("contains", {"words": ["guarantee"]}, {"expectation": "words", "absent": True}),
        ("length", {}, {"max_words": 10}),
        ("tool_calls", {"calls": []}, {}),
        ("exact", {"answer": ""}, {}),
    ],
)
def test_what_was_refused_without_a_word_is_lost_for_those_who_look_at_words_or_calls(
    name: str, expectations: Any, settings: dict[str, Any]
) -> None:
    result = grade(name, "", expectations, given={"reply": FILTERED}, **settings)
    assert (result.value, result.passed) == (0, False)
    assert result.reason == "there is no answer: it was refused"
    empty = grade(name, "", expectations, **settings)
    assert empty.value == 1, "it is not the empty text that is wrong"


def test_no_judge_is_asked_about_what_was_refused_and_the_rest_stays_as_it_is() -> None:
    asked_in = context("", judges={"judge-test/2": judge()}, reply=FILTERED)
    member = find("judge")
    settings = {"prompt": "judge-test/2", "with": {"task": "inputs.question"}}
    lost = member.score(asked_in, member.parameters.model_validate(settings))
    assert isinstance(lost, Score)
    assert (lost.state, lost.value) == ("measured", 0)
    without = member.score(asked_in, member.parameters.model_validate({"prompt": "judge-test/2"}))
    assert isinstance(without, Score)
    assert without.state == "not_applicable", "the case has no task"
    assert grade("contains", "", {}, given={"reply": FILTERED}).state == "not_applicable"
    assert grade("finish", "", {}, given={"reply": FILTERED}, expect="content_filter").value == 1

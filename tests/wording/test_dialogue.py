from __future__ import annotations

from typing import Any

import pytest

from cuebook.shapes.case_result import Answer, CaseResult
from cuebook.wording.dialogue import talk_of

USER = {"role": "user", "content": "Where is A-1?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"id":"A-1"}'}}
CALLS = {"role": "assistant", "content": "", "tool_calls": [CALL]}
GIVES = {"role": "tool", "tool_call_id": "c1", "content": '{"days":3}'}


def says(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def case(old: list[dict[str, Any]] | None, new: list[dict[str, Any]] | None, **fields: Any) -> CaseResult:
    def answer(said: list[dict[str, Any]] | None) -> Answer:
        return Answer(text=None, failure="x") if said is None else Answer(text="x", dialogue=said)

    made = {"id": "a", "model": "m", "change": "same", "difference": 0.0, "inputs": {}, "expectations": {}}
    return CaseResult(**{**made, "candidate": answer(new), "baseline": answer(old), **fields})


def test_what_is_the_same_is_told_once_and_each_side_from_the_first_difference_on() -> None:
    start = [USER, CALLS, GIVES]
    old = [*start, says("In 3 days."), {"role": "user", "content": "Sure?"}, says("Yes.")]
    new = [*start, says("Soon."), {"role": "user", "content": "Sure?"}, says("Yes.")]
    talk = talk_of(case(old, new))
    assert talk
    assert talk.together == [
        ("user", "Where is A-1?"),
        ("assistant calls look", '{"id":"A-1"}'),
        ("look returns", '{"days":3}'),
    ]
    assert talk.old == [("assistant", "In 3 days."), ("user", "Sure?"), ("assistant", "Yes.")]
    assert talk.new[0] == ("assistant", "Soon.")


def test_equal_dialogues_show_the_last_answer_on_each_side() -> None:
    talk = talk_of(case([USER, CALLS, GIVES, says("Soon.")], [USER, CALLS, GIVES, says("Soon.")]))
    assert talk
    assert talk.together == [("user", "Where is A-1?")]
    assert talk.old == talk.new
    assert talk.new[-1] == ("assistant", "Soon.")


@pytest.mark.parametrize(("old", "new"), [(None, [USER, says("a")]), ([USER, says("a")], None)])
def test_a_side_without_an_answer_has_nothing_to_show(old: Any, new: Any) -> None:
    talk = talk_of(case(old, new))
    assert talk
    assert talk.together == [("user", "Where is A-1?")]
    assert sorted([talk.old, talk.new]) == [[], [("assistant", "a")]]


def test_where_nobody_answered_the_script_is_shown() -> None:
    turns = [{"user": "Hi"}, {"assistant": "Hello"}, {"inputs": {"q": 1}}]
    talk = talk_of(case(None, None, turns=turns))
    assert talk
    assert talk.together == [("user", "Hi"), ("assistant", "Hello"), ("user", '{"q": 1}')]


def test_a_single_question_is_no_dialogue() -> None:
    made = case(None, None)
    assert talk_of(made.model_copy(update={"candidate": Answer(text="x")})) is None

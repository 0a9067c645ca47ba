from __future__ import annotations

from typing import Any

from cuebook.core.tool_calls import ToolCall
from cuebook.shapes.answers_format import AnswerLine
from cuebook.shapes.run import ModelReply, Played
from cuebook.shapes.transcripts import UNSCRIPTED, begins_at, transcript_of, with_transcript

CALL = {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Where?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c", "content": UNSCRIPTED},
]
LAST = {"role": "assistant", "content": "Here."}
REPLY = ModelReply("Here.", "app")


def test_a_transcript_is_what_led_to_the_answer_whether_it_has_it_or_not() -> None:
    with_it, without = with_transcript(REPLY, [*TALK, LAST]), with_transcript(REPLY, TALK)
    assert with_it == without
    assert without.played
    assert list(without.played.messages) == TALK
    assert [message["role"] for message in without.played.said] == ["user", "assistant", "tool", "assistant"]
    assert (without.played.calls, without.played.unscripted) == ((ToolCall.of("c", "look", "{}"),), 1)


def test_what_is_no_message_is_left_out_and_no_message_is_no_dialogue() -> None:
    assert with_transcript(REPLY, []) == REPLY
    assert with_transcript(REPLY, [{"role": "judge", "content": "5 of 5"}, {}]) == REPLY
    strange = with_transcript(REPLY, [{"role": "user", "content": [{"type": "text", "text": "a"}], "key": 1}])
    assert strange.played
    assert strange.played.messages == ({"role": "user", "content": "a"},)


def test_what_is_written_of_a_dialogue_is_read_back_the_same() -> None:
    """Calls that a prompt shows as an example, or that the history has, are none of the answer's."""
    said = (*TALK[1:], LAST)
    calls = (ToolCall.of("c", "look", "{}"),)
    live = ModelReply("Here.", "m", played=Played((*TALK[1:], *TALK), said, calls, unscripted=1))
    line = {"output": "Here.", "model": "m", "messages": transcript_of(live), "begins": begins_at(live)}
    read = AnswerLine.model_validate(line).reply(0.0)
    assert read
    assert (read.played, read.text) == (live.played, live.text)

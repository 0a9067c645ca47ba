from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

import cuebook_standins
from cuebook.core.errors import Aborted
from cuebook.models import connect
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply, Usage
from cuebook_standins import Said

QUESTION = (
    {"role": "system", "content": "Answer the question from the context only."},
    {
        "role": "user",
        "content": "<context>\nThe shop opens at nine.\n</context>\nQuestion: When does the shop open?",
    },
)


def ask(call: ModelCall) -> ModelReply:
    return asyncio.run(connect("offline/", Settings()).complete(call))


def test_a_reply_is_free_instant_and_says_that_it_is_a_stand_in() -> None:
    reply = ask(ModelCall("offline/rules", QUESTION))
    assert reply.text
    assert reply.served_model == "offline/rules (stand-in)"
    assert reply.usage == Usage(20, len(reply.text.split()), 0.0)
    assert (reply.seconds, reply.finish) == (0.0, "stop")


def test_words_of_japanese_count_as_those_of_a_toy_do() -> None:
    """Both count words as tokens, and one function says what a word is."""
    asked = (
        {
            "role": "user",
            "content": "<context>\n店は九時に開きます。\n</context>\nQuestion: いつ開きますか。",
        },
    )
    toy = asyncio.run(connect("toy", Settings()).complete(ModelCall("toy/answers", asked)))
    assert ask(ModelCall("offline/rules", asked)).usage.input_tokens == toy.usage.input_tokens > 10


def test_the_same_call_gets_the_same_reply() -> None:
    call = ModelCall("offline/rules", QUESTION, {"temperature": 1.5})
    assert len({ask(call) for _ in range(5)}) == 1


def test_what_no_skill_fits_is_refused_in_words() -> None:
    reply = ask(ModelCall("offline/rules", ({"role": "user", "content": ""},)))
    assert reply.text == cuebook_standins.REFUSAL


def test_the_schema_reaches_the_skill() -> None:
    schema = {
        "name": "label",
        "schema": {"type": "object", "properties": {"kind": {"type": "string", "enum": ["question", "bug"]}}},
    }
    messages = (
        {"role": "system", "content": "Classify the ticket with one of the labels: question, bug."},
        {"role": "user", "content": "<ticket>\nThe app shows a bug.\n</ticket>"},
    )
    reply = ask(ModelCall("offline/rules", messages, {}, "json_schema", schema))
    assert reply.text == '{"kind": "bug"}'


def test_a_skill_may_call_and_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter([Said("", [("find", {"town": "Ghent"}), ("book", {})]), Said("Not that.", refused=True)])
    skill = SimpleNamespace(MODEL="offline/rules", fits=lambda task: 1.0, answer=lambda task: next(said))
    monkeypatch.setattr(cuebook_standins, "skills", lambda: {"any": skill})
    called, refused = ask(ModelCall("offline/rules", QUESTION)), ask(ModelCall("offline/rules", QUESTION))
    assert (called.text, called.finish, called.usage.output_tokens) == ("", "tool_calls", 3)
    assert [call.shown for call in called.tool_calls] == [
        {"id": "call-1", "name": "find", "arguments": {"town": "Ghent"}},
        {"id": "call-2", "name": "book", "arguments": {}},
    ]
    assert (refused.text, refused.refusal, refused.finish) == ("Not that.", "Not that.", "refusal")


@pytest.mark.parametrize("model", ["offline/rule", "offline/x", "offline/"])
def test_an_unknown_name_is_refused_with_the_known_ones(model: str) -> None:
    with pytest.raises(Aborted) as caught:
        ask(ModelCall(model, QUESTION))
    assert "offline/rules" in caught.value.hint

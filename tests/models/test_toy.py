from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from build import version
from cuebook.core.errors import Aborted
from cuebook.core.stand_ins import TOY_NAMES, is_stand_in
from cuebook.judging.ask import canaries
from cuebook.models import connect, needs_key, toy, transport_for, version_findings
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply

TEXT = "<context>\nThe lamp in the hall is red. The door was bought in 1990!\n</context>\nQuestion: {}"
UNKNOWN = 'If the text does not hold the answer, say "No idea".'


def ask(model: str, user: str, system: str = "Answer.", schema: dict[str, Any] | None = None) -> ModelReply:
    messages = ({"role": "system", "content": system}, {"role": "user", "content": user})
    call = ModelCall(model, messages, json_schema={"name": "x", "schema": schema} if schema else None)
    return asyncio.run(connect(transport_for(model, Settings()), Settings()).complete(call))


@pytest.mark.parametrize(
    ("question", "system", "answer"),
    [
        ("What colour is the lamp?", "Answer.", "The lamp in the hall is red."),
        ("When was the DOOR bought?", UNKNOWN, "The door was bought in 1990!"),
        ("Where is the kettle kept?", UNKNOWN, "No idea"),
        ("Where is the kettle kept?", "Answer.", "The lamp in the hall is red."),
        ("", UNKNOWN, "No idea"),
    ],
)
def test_it_finds_the_sentence_that_fits_or_says_what_it_was_told(
    question: str, system: str, answer: str
) -> None:
    assert ask("toy/answers", TEXT.format(question), system).text == answer


def test_it_says_that_it_is_a_toy() -> None:
    reply = ask("toy/answers", "Question: Who?")
    assert reply.text == toy.NO_TEXT
    assert reply.served_model == "toy/answers (a toy)"
    assert reply.usage.cost_usd == 0
    assert is_stand_in("toy/answers")
    assert not needs_key("toy/judge", Settings())


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]},
        {"type": "object", "properties": {"colour": {"enum": ["blue", "red"]}, "sure": {"type": "boolean"}}},
        {"type": "array", "items": {"type": "integer", "minimum": 3}},
        {
            "type": "object",
            "properties": {"a": {"type": "null"}, "b": {"type": "array"}},
            "required": ["a", "c"],
        },
    ],
)
def test_a_schema_gets_json_of_its_shape(schema: dict[str, Any]) -> None:
    found = json.loads(ask("toy/answers", TEXT.format("What colour is the lamp?"), schema=schema).text)
    jsonschema.validate(found, schema | {"required": []} if "c" in schema.get("required", ()) else schema)
    assert "blue" not in str(found)


def graded(
    answer: str, system: str = "Give a score from 1 to 5.", schema: dict[str, Any] | None = None
) -> float:
    user = f"<reference>\nThe lamp is red.\n</reference>\n<answer-7f>\n{answer}\n</answer-7f>"
    return float(json.loads(ask("toy/judge", user, system, schema).text)["score"])


def test_a_judge_scores_by_the_words_shared_with_the_reference() -> None:
    assert graded("The lamp is red.") == 5
    assert 1 < graded("A lamp is blue.") < 5
    assert graded("No idea") == 1
    assert graded("The lamp is red.", "From 0 to 10.") == 10
    assert graded("x", "From 0 to 10.", {"properties": {"score": {"minimum": 2, "maximum": 3}}}) == 2


@pytest.mark.parametrize("bad", canaries(5.0).values(), ids=list(canaries(5.0)))
def test_no_known_bad_answer_passes_with_the_judge(bad: str) -> None:
    assert graded(bad) < 4


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        ("The lamp is red.", "The door is blue.", "first"),
        ("", "The lamp is red.", "second"),
        ("The lamp is red.", "Red is the lamp", "tie"),
    ],
)
def test_of_two_answers_the_one_that_shares_more_wins(first: str, second: str, winner: str) -> None:
    user = (
        f"<task>\nWhat colour is the lamp: red?\n</task>\n<first>{first}</first>\n<second>{second}</second>"
    )
    assert json.loads(ask("toy/judge", user).text)["winner"] == winner


@pytest.mark.parametrize("model", ["toy/answer", "toy/", "toy/x"])
def test_there_are_two_toys(model: str) -> None:
    with pytest.raises(Aborted, match="no toy is called") as caught:
        ask(model, "x")
    assert caught.value.cause == "unknown_model"


def test_it_stays_a_toy() -> None:
    assert len(Path(toy.__file__).read_text("utf-8").splitlines()) <= 300


def test_a_toy_that_is_written_wrong_is_named_before_a_call() -> None:
    assert tuple(toy._TOYS) == TOY_NAMES
    typo = version(1, "x", model="toy/answer")
    (found,) = version_findings(typo, Settings())
    assert (found.field, found.what) == ("model", "no toy is called 'toy/answer'")
    assert "toy/answers" in found.cure
    assert not list(version_findings(version(1, "x", model="toy/judge"), Settings()))


ID = {"type": "string", "description": "The number."}
LOOKUP = {"name": "lookup_order", "parameters": {"type": "object", "properties": {"order_id": ID}}}
UNITS = {"type": "string", "enum": ["EUR", "USD"]}
REFUND = {
    "name": "refund",
    "parameters": {
        "properties": {"order_id": ID, "why": ID, "unit": UNITS, "n": {"type": "integer"}, "x": True}
    },
}


def called(question: str, messages: Any = (), **calling: Any) -> ModelReply:
    asked = messages or ({"role": "user", "content": question},)
    call = ModelCall("toy/answers", asked, calling={"tools": [LOOKUP, REFUND], **calling})
    return asyncio.run(connect(transport_for("toy/answers", Settings()), Settings()).complete(call))


@pytest.mark.parametrize(
    ("question", "calling", "name", "arguments"),
    [
        ("Where is my order A-17?", {}, "lookup_order", {"order_id": "A-17"}),
        ("Where is my order?", {}, "lookup_order", {"order_id": "Where is my order?"}),
        (
            "A refund of B-2 in USD please, C-3 came",
            {},
            "refund",
            {
                "order_id": "B-2",
                "why": "C-3",
                "unit": "USD",
                "n": 0,
                "x": "A refund of B-2 in USD please, C-3 came",
            },
        ),
        ("Hello!", {"toolChoice": "required"}, "lookup_order", {"order_id": "Hello!"}),
        (
            "Where is my order 5?",
            {"toolChoice": {"name": "refund"}, "tools": [{"name": "refund"}]},
            "refund",
            {},
        ),
    ],
)
def test_it_calls_the_tool_that_the_question_names(
    question: str, calling: dict[str, Any], name: str, arguments: dict[str, Any]
) -> None:
    reply = called(question, **calling)
    assert (reply.text, reply.finish) == ("", "tool_calls")
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [(name, arguments)]


def test_it_calls_no_tool_that_is_not_named_nor_allowed_nor_answered_yet() -> None:
    assert called("Hello!").tool_calls == ()
    assert called("Where is my order A-17?", toolChoice="none").tool_calls == ()
    assert called("Where is my order A-17?", tools=[]).tool_calls == ()
    result = {"role": "tool", "tool_call_id": "call-1", "content": "shipped"}
    messages = ({"role": "user", "content": "Where is my order A-17?"}, result)
    assert called("", messages=messages).tool_calls == ()

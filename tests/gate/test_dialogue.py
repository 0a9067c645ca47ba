from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from build import case, comparison, suite, version
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import CeilingReached
from cuebook.core.images import image
from cuebook.core.tool_calls import ToolCall
from cuebook.gate.answering import ByModel, Slot
from cuebook.gate.dialogue import scripted
from cuebook.shapes.run import Case, Failure, ModelCall, ModelReply, Usage, Version

Says = Callable[[list[dict[str, Any]]], ModelReply | Failure]
SYSTEM = {"role": "system", "content": "Be kind."}
TALKS = version(
    messages=[SYSTEM, {"placeholder": "history"}],
    template=None,
    inputs={"history": {"type": "messages", "default": []}},
)
ASKS = version(
    messages=[SYSTEM, {"placeholder": "history"}, {"role": "user", "content": "Q: {{question}}"}],
    template=None,
    inputs={"history": {"type": "messages", "default": []}, "question": {"type": "string"}},
)
ALONE = version(text="Q: {{question}}")


@dataclass
class Desk:
    """An engine that answers from the messages, keeps replies by key, and stops after so many calls."""

    says: Says
    most: int = 1_000
    kept: dict[str, ModelReply] = field(default_factory=dict)
    rounds: list[list[ModelCall]] = field(default_factory=list)

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        bought = [call for call in calls if call.key not in self.kept]
        if sum(map(len, self.rounds)) + len(bought) > self.most:
            raise CeilingReached("the ceiling is reached")
        self.rounds.append(bought)
        return [self._reply(call) for call in calls]

    def _reply(self, call: ModelCall) -> ModelReply | Failure:
        if call.key in self.kept:
            return self.kept[call.key]
        found = self.says([dict(message) for message in call.messages])
        if isinstance(found, ModelReply):
            self.kept[call.key] = found
        return found

    def deterministic(self, model: str) -> bool:
        return True

    @property
    def asked(self) -> list[list[tuple[str, str]]]:
        """The messages of each call that was bought, as role and text."""
        return [
            [(message["role"], message["content"]) for message in call.messages]
            for calls in self.rounds
            for call in calls
        ]


def says(text: str, *calls: ToolCall, finish: str = "stop") -> ModelReply:
    return ModelReply(text, "scripted", Usage(10, 2, 0.5), 1.0, finish, tool_calls=calls)


def echo(messages: list[dict[str, Any]]) -> ModelReply:
    return says(f"re {messages[-1]['content']}")


def dialogue(*turns: Mapping[str, Any], tools: Mapping[str, Any] | None = None, **inputs: Any) -> Case:
    return Case("talk", inputs, turns=turns, tools=tools or {})


def play(of: Case, asked: Version, desk: Desk, max_steps: int = 8) -> ModelReply | Failure:
    prepared = comparison(suite([of], max_steps=max_steps), candidate=asked)
    (found,) = asyncio.run(ByModel(prepared, desk).answers([Slot(of, asked, "", 0, is_baseline=False)]))
    return found


def test_each_answer_follows_on_what_was_said_before_it() -> None:
    desk = Desk(echo)
    first = {"role": "user", "content": "Hello"}
    of = dialogue({"user": "One."}, {"user": "Two."}, history=[first])
    last = play(of, TALKS, desk)
    opening = [("system", "Be kind."), ("user", "Hello"), ("user", "One.")]
    assert desk.asked == [opening, [*opening, ("assistant", "re One."), ("user", "Two.")]]
    assert isinstance(last, ModelReply)
    assert (last.text, last.usage, last.seconds) == ("re Two.", Usage(20, 4, 1.0), 2.0)
    assert last.played
    assert [message["content"] for message in last.played.messages][-2:] == ["re One.", "Two."]
    assert {at: reply.text for at, reply in last.played.turns.items()} == {0: "re One.", 1: "re Two."}


def test_fixed_words_stand_in_place_of_an_answer() -> None:
    desk = Desk(echo)
    play(dialogue({"assistant": "Welcome!"}, {"user": "A"}, {"assistant": "B"}, {"user": "C"}), TALKS, desk)
    said = [
        ("system", "Be kind."),
        ("assistant", "Welcome!"),
        ("user", "A"),
        ("assistant", "B"),
        ("user", "C"),
    ]
    assert desk.asked == [said]


def test_where_the_version_asks_its_question_stays_in_the_history() -> None:
    desk = Desk(echo)
    play(dialogue({"inputs": {"question": "a"}}, {"inputs": {"question": "b"}}), ASKS, desk)
    first = [("system", "Be kind."), ("user", "Q: a")]
    assert desk.asked == [first, [*first, ("assistant", "re Q: a"), ("user", "Q: b")]]


def test_what_stands_after_the_conversation_is_said_anew_each_time() -> None:
    reminder = {"role": "system", "content": "In French!"}
    asked = replace(TALKS, messages=(*(TALKS.messages or ()), reminder))
    desk = Desk(lambda messages: says(f"re {messages[-2]['content']}"))
    play(dialogue({"user": "a"}, {"user": "b"}), asked, desk)
    assert [text for _, text in desk.asked[1]] == ["Be kind.", "a", "re a", "b", "In French!"]


def test_without_a_placeholder_the_version_opens_the_dialogue() -> None:
    desk = Desk(echo)
    play(dialogue({"inputs": {"question": "a"}}, {"user": "And b?"}), ALONE, desk)
    assert desk.asked[1] == [("user", "Q: a"), ("assistant", "re Q: a"), ("user", "And b?")]
    stuck = play(dialogue({"inputs": {"question": "a"}}, {"inputs": {"question": "b"}}), ALONE, desk)
    assert isinstance(stuck, Failure)
    assert "turn 2 of 2: qa/1 has no placeholder" in stuck.message


def test_an_image_of_the_case_is_shown_and_told_in_words() -> None:
    url = image(b"\x89PNG\r\n\x1a\n")
    parts = [{"type": "text", "text": "What is {{this}}?"}, {"type": "image", "image": "photo"}]
    desk = Desk(lambda _: says("a cat"))
    of = replace(dialogue({"user": parts}, photo={"file": "a.png"}), images={"photo": url})
    last = play(of, TALKS, desk)
    (call,) = desk.rounds[0]
    assert list(call.images.values()) == [url]
    assert isinstance(last, ModelReply)
    assert last.played
    assert last.played.messages[-1]["content"].startswith("What is {{this}}?\n[image/png, 1 kB, sha256:")


TOOLS = {
    "look": [
        {"arguments": {"id": "A-1"}, "result": {"days": 3}},
        {"arguments": {"id": {"$regex": "B-.*"}}, "result": "late"},
        {"error": "no such order"},
    ]
}


def call(raw: str, name: str = "look", id_: str = "") -> ToolCall:
    return ToolCall.of(id_, name, raw)


@pytest.mark.parametrize(
    ("made", "result"),
    [
        (call('{"id": "A-1", "more": true}'), {"days": 3}),
        (call('{"id": "B-9"}'), "late"),
        (call("{}"), {"error": "no such order"}),
        (call("{}", "find"), {"error": "no scripted result"}),
        (call("{"), {"error": "the arguments are not one JSON object"}),
    ],
)
def test_the_first_result_that_fits_a_call(made: ToolCall, result: object) -> None:
    assert scripted(TOOLS, made) == result


def test_calls_get_their_results_and_the_model_is_asked_again() -> None:
    def model(messages: list[dict[str, Any]]) -> ModelReply:
        if messages[-1]["role"] == "tool":
            return says(f"It takes {messages[-1]['content']}.")
        return says("", call('{"id":"A-1"}', id_="x"), call("{}", "find", "x"), finish="tool_calls")

    desk = Desk(model)
    last = play(dialogue({"user": "Where?"}, {"user": "Sure?"}, tools=TOOLS), TALKS, desk)
    assert isinstance(last, ModelReply)
    assert last.text == 'It takes {"error":"no scripted result"}.'
    sent = desk.rounds[1][0].messages
    assert [item["role"] for item in sent] == ["system", "user", "assistant", "tool", "tool"]
    assert [item["tool_call_id"] for item in sent[3:]] == ["x", "call_2"]
    assert [item["id"] for item in sent[2]["tool_calls"]] == ["x", "call_2"]
    assert sent[3]["content"] == '{"days":3}'
    assert last.played
    assert [made.name for made in last.played.calls] == ["look", "find"] * 2
    assert last.played.unscripted == 2
    assert last.usage.cost_usd == 2.0
    first = last.played.turns[0].played
    assert first
    assert len(first.calls) == 2


def test_tools_alone_make_a_dialogue_of_one_turn() -> None:
    def model(messages: list[dict[str, Any]]) -> ModelReply:
        return says("3 days") if messages[-1]["role"] == "tool" else says("", call('{"id":"A-1"}'))

    last = play(dialogue(tools=TOOLS, question="A-1?"), ALONE, Desk(model))
    assert isinstance(last, ModelReply)
    assert last.text == "3 days"


def test_a_turn_that_goes_on_calling_ends_by_its_steps() -> None:
    desk = Desk(lambda _: says("", call('{"id":"A-1"}')))
    last = play(dialogue({"user": "Where?"}, tools=TOOLS), TALKS, desk, max_steps=3)
    assert isinstance(last, ModelReply)
    assert (last.finish, len(desk.rounds)) == ("steps", 4)
    stuck = play(dialogue({"user": "Where?"}, {"user": "So?"}, tools=TOOLS), TALKS, desk, max_steps=3)
    assert stuck == Failure("candidate", "turn 1 of 2: it still calls tools after 3 rounds of calls")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says("", call("{}")), "the answer is a call of look, and the case has no results of tools"),
        (says(" ", finish="content_filter"), "the answer is empty (it ended with content_filter)"),
        (Failure("provider", "no answer within 5 s"), "no answer within 5 s"),
    ],
)
def test_a_dialogue_that_cannot_go_on_is_named_by_its_turn(answer: ModelReply | Failure, why: str) -> None:
    desk = Desk(lambda messages: answer if messages[-1]["content"] == "b" else echo(messages))
    found = play(dialogue({"user": "a"}, {"user": "b"}, {"user": "c"}), TALKS, desk)
    kind = answer.kind if isinstance(answer, Failure) else "candidate"
    assert found == Failure(kind, f"turn 2 of 3: {why}")
    assert len(desk.asked) == 2
    assert isinstance(found, Failure)
    assert [message["content"] for message in found.said][:3] == ["a", "re a", "b"]
    assert found.usage
    assert found.usage.cost_usd == (0.5 if isinstance(answer, Failure) else 1.0), "what was paid is told"


def test_a_call_may_be_the_last_answer() -> None:
    last = play(dialogue({"user": "a"}), TALKS, Desk(lambda _: says("", call("{}"))))
    assert isinstance(last, ModelReply)
    assert len(last.tool_calls) == 1


def test_a_beginning_is_bought_once_and_a_change_buys_what_comes_after_it() -> None:
    desk = Desk(echo)
    turns = [{"user": text} for text in ("a", "b", "c")]
    play(dialogue(*turns), TALKS, desk)
    assert sum(map(len, desk.rounds)) == 3
    play(replace(dialogue(*turns), id="other"), TALKS, desk)
    assert sum(map(len, desk.rounds)) == 3
    play(dialogue(*turns[:2], {"user": "C?"}), TALKS, desk)
    assert sum(map(len, desk.rounds)) == 4


def test_a_run_that_is_stopped_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    of = dialogue(*[{"user": text} for text in ("a", "b", "c")])
    stopped = Desk(echo, most=2)
    with pytest.raises(CeilingReached):
        play(of, TALKS, stopped)
    with ReplyStore(tmp_path / "replies.sqlite") as store:
        for key, reply in stopped.kept.items():
            store.put(key, reply)
        kept = store.get_many(stopped.kept)
    again = Desk(echo, kept=kept)
    last = play(of, TALKS, again)
    assert isinstance(last, ModelReply)
    assert (last.text, sum(map(len, again.rounds))) == ("re c", 1)


def test_dialogues_and_single_questions_go_on_side_by_side() -> None:
    desk = Desk(echo)
    of = dialogue({"user": "a"}, {"user": "b"})
    prepared = comparison(suite([of, case(1)]), candidate=TALKS)
    slots = [Slot(of, TALKS, "", 0, is_baseline=False), Slot(case(1), ALONE, "", 0, is_baseline=False)]
    talked, single = asyncio.run(ByModel(prepared, desk).answers(slots))
    assert [len(calls) for calls in desk.rounds] == [2, 1]
    assert isinstance(talked, ModelReply)
    assert single == says("re Q: case-001")

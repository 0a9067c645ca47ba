from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cuebook.core.tool_calls import ToolCall
from cuebook.scorers import Asked, find, over_turns, scored_turns
from cuebook.shapes.run import Case, ModelReply, Played, Score, Usage
from scoring import context

TURNS: tuple[Mapping[str, Any], ...] = (
    {"user": "One?", "expectations": {"answer": "one", "calls": []}},
    {"user": "Two?"},
    {"assistant": "two"},
    {"inputs": {"question": "Three?"}, "expectations": {"answer": "three"}},
)
SAYS = {0: "one", 3: "three"}
CALLS = (ToolCall.of("a", "look", "{}"), ToolCall.of("b", "find", "{}"))


def talk(answers: Mapping[int, str] | None = None, **expectations: Any) -> Any:
    """The context of a dialogue: of its answers that to the first turn calls nothing, the last one twice."""
    texts = {**SAYS, **(answers or {})}
    turns = {
        at: ModelReply(text, "m", played=Played((), calls=CALLS if at == 3 else ()))
        for at, text in texts.items()
    }
    last = replace(turns[3], played=Played((), calls=CALLS, turns=turns))
    case = Case("talk", {"question": "?"}, expectations, turns=TURNS)
    return context("", case=case, reply=last)


def grade(name: str, of: Any, **settings: Any) -> Score:
    member = find(name)
    found = over_turns(member, of, member.parameters.model_validate(settings))
    assert isinstance(found, Score)
    return found


def test_a_turn_is_held_to_its_own_expectations_and_the_mean_counts() -> None:
    assert grade("exact", talk()).value == 1
    wrong = grade("exact", talk({0: "eins"}, answer="three"))
    assert (wrong.value, wrong.passed) == (2 / 3, False)
    assert wrong.reason.startswith("turn 1: ")


def test_every_answer_that_is_wrong_is_named() -> None:
    wrong = grade("exact", talk({0: "eins", 3: "drei"}))
    assert wrong.value == 0
    assert [part.partition(":")[0] for part in wrong.reason.split("; ")] == ["turn 1", "turn 4"]


def test_a_scorer_that_compares_with_nothing_looks_at_the_last_answer() -> None:
    of = talk({0: "a b c d"})
    assert grade("length", of, max_words=2).value == 1
    member = find("length")
    assert scored_turns(member.parameters.model_validate({"max_words": 2}), of.case, {}) == []


def test_calls_are_those_of_the_whole_dialogue_and_of_a_turn_its_own() -> None:
    wanted = [{"name": "look"}, {"name": "find"}]
    found = grade("tool_calls", talk(calls=wanted))
    assert (found.value, found.passed) == (1, True)
    assert grade("tool_calls", talk(calls=[])).value == 0.5, "the first turn called nothing, as expected"


def test_nothing_applies_where_neither_case_nor_turn_expects_it() -> None:
    assert grade("contains", talk(), expectation="must").state == "not_applicable"


def test_one_answer_that_nobody_could_score_makes_the_dialogue_unknown() -> None:
    of = talk()
    bad = replace(
        of, case=replace(of.case, turns=(*TURNS[:3], {"user": "3", "expectations": {"answer": {}}}))
    )
    found = grade("exact", bad)
    assert (found.state, found.reason[:8]) == ("failed", "turn 4: ")


def test_a_judge_is_asked_about_each_answer_of_which_it_reads_an_expectation() -> None:
    judge = replace(
        context("").version,
        prompt="judge-a",
        template="{{answer}} {{reference}} {{question}} {{mark}}",
        inputs={name: {"type": "string"} for name in ("answer", "reference", "question", "mark")},
    )
    of = replace(talk(), judges={"judge-a/3": judge})
    member = find("judge")
    settings = member.parameters.model_validate(
        {"prompt": "judge-a/3", "with": {"reference": "expectations.answer"}}
    )
    assert scored_turns(settings, of.case, of.judges) == [0, 3]
    asked = over_turns(member, of, settings)
    assert not isinstance(asked, Score)
    texts, score = answers(asked, ['{"score": 5, "reason": "good"}', '{"score": 1, "reason": "bad"}'])
    assert [text.split()[:3] for text in texts] == [["one", "one", "?"], ["three", "three", "Three?"]]
    assert (score.value, score.passed, score.reason) == (0.5, False, "turn 4: bad")
    assert score.usage.cost_usd == 0.02


def answers(asked: Asked, replies: list[str]) -> tuple[list[str], Score]:
    """The texts of a judge's calls, answered one by one, and the score that came of it."""
    texts = []
    calls = next(asked)
    while True:
        texts += [call.messages[0]["content"] for call in calls]
        try:
            calls = asked.send([ModelReply(replies.pop(0), "j", Usage(1, 1, 0.01)) for _ in calls])
        except StopIteration as stop:
            return texts, stop.value


def test_answers_to_turns_are_found_in_the_transcript_of_an_app() -> None:
    said = []
    for at, text in ((0, "one"), (1, "hm"), (3, "three")):
        said += [{"role": "user", "content": f"Q{at}"}, {"role": "assistant", "content": text}]
    of = talk()
    told = replace(of, reply=ModelReply("three", "app", played=Played((), tuple(said))))
    assert grade("exact", told).value == 1
    wrong = [*said[:1], {"role": "assistant", "content": "eins"}, *said[2:]]
    assert (
        grade("exact", replace(of, reply=ModelReply("three", "app", played=Played((), tuple(wrong))))).value
        == 0.5
    )
    short = replace(of, reply=ModelReply("three", "app", played=Played((), tuple(said[2:]))))
    assert grade("exact", short).reason == "turn 1: the transcript does not tell the answer to it"

from __future__ import annotations

from typing import Any

import pytest

from cuebook.judging.ask import Preference, Reading, Unread, call_for, judge_messages, mark_for
from cuebook.judging.labels import Opinion, opinions, problems, questions
from cuebook.shapes.labels import Given
from cuebook.shapes.run import Case
from judging import judge

PATH = "evals/judge-test/labels.jsonl"


def labelled(label: Any, name: str = "a", **inputs: Any) -> Case:
    given = inputs or {"task": "Say when", "answer": "noon"}
    return Case(name, given, {"label": label}, line=3, note="by Ada")


def given(case: Case) -> list[Given]:
    return [Given(case, case.expectations["label"], PATH)]


def pair(label: str, **inputs: Any) -> Case:
    return labelled(label, **({"task": "Say when", "first": "noon", "second": "at night"} | inputs))


@pytest.mark.parametrize(
    ("label", "inputs", "found"),
    [
        (1, {}, []),
        (5, {}, []),
        (0, {}, ["0 is outside the scale 1 to 5"]),
        (6, {}, ["6 is outside the scale 1 to 5"]),
        ("5", {}, ["the label is text: '5', not a whole number"]),
        ("first", {}, ["the label is text: 'first', not a whole number"]),
        (3, {"task": "Say when"}, ["'a' has no 'answer' to be judged"]),
        (
            3,
            {"answer": "noon"},
            [
                "'a': the case has nothing for {{task}} (inputs.task or expectations.task) of judge-test/2",
            ],
        ),
        (
            9,
            {"task": "x"},
            ["9 is outside the scale 1 to 5", "'a' has no 'answer' to be judged"],
        ),
    ],
)
def test_labels_that_a_grading_judge_cannot_be_measured_against(
    label: Any, inputs: dict[str, Any], found: list[str]
) -> None:
    wrong = problems(judge(), (1.0, 5.0), given(labelled(label, **inputs)))
    assert [item.message for item in wrong] == found
    assert {(item.file, item.line) for item in wrong} <= {(PATH, 3)}


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("first", []),
        ("tie", []),
        ("First", ["label 'First' is not first, second or tie"]),
        (1, ["label 1 is not first, second or tie"]),
    ],
)
def test_labels_of_a_comparing_judge(label: Any, found: list[str]) -> None:
    assert [item.message for item in problems(judge("winner"), None, given(pair(label)))] == found


def test_a_pair_with_one_side_missing() -> None:
    lone = labelled("first", task="x", first="y")
    (wrong,) = problems(judge("winner"), None, given(lone))
    assert wrong.message == "'a' has no 'second' to be judged"


def test_a_value_of_the_wrong_type_is_a_problem_of_its_line() -> None:
    numeric = judge(inputs=judge().inputs | {"task": {"type": "number"}})
    (wrong,) = problems(numeric, (1.0, 5.0), given(labelled(5)))
    assert "'task' must be number" in wrong.message


def test_what_is_checked_of_a_label_is_what_a_judge_is_sent() -> None:
    values = {"answer": "noon", "task": "Say when"}
    sent = judge_messages(judge(), values, mark_for(judge(), values, "a"))
    assert [dict(message) for message in questions(judge(), labelled(5))[0].messages] == sent


def test_in_each_order_a_pair_has_to_fill_the_judge() -> None:
    fussy = judge("winner", inputs=judge("winner").inputs | {"second": {"type": "number"}})
    (wrong,) = problems(fussy, None, given(pair("first")))
    assert "'second' must be number" in wrong.message


def test_a_grading_judge_is_asked_as_the_scorer_asks() -> None:
    values = {"answer": "noon", "task": "Say when"}
    assert questions(judge(), labelled(5)) == [call_for(judge(), values, case="a")]


def test_a_comparing_judge_is_asked_in_both_orders() -> None:
    calls = questions(judge("winner"), pair("first"))
    texts = [call.messages[1]["content"] for call in calls]
    assert [text.index("noon") < text.index("at night") for text in texts] == [True, False]


def test_an_epoch_makes_it_another_question() -> None:
    (now,), (later,) = questions(judge(), labelled(5)), questions(judge(), labelled(5), "2026-11-22")
    assert now.messages == later.messages
    assert now.key != later.key


def test_opinions_of_a_grading_judge() -> None:
    cases = [labelled(5, "a"), labelled(1, "b"), labelled(2, "c")]
    readings = [Reading(4.0, "nearly"), Unread("no_reply", "busy"), Unread("no_score")]
    assert opinions(cases, readings) == [
        Opinion(cases[0], 4.0, "nearly"),
        Opinion(cases[1], None, "the judge gave no reply: busy", unanswered=True),
        Opinion(cases[2], None, "the judge's reply cannot be read: 'score' is missing"),
    ]
    assert [item.unanswered for item in opinions(cases, readings)] == [False, True, False]


@pytest.mark.parametrize(
    ("in_order", "swapped", "said", "flipped"),
    [
        ("first", "second", "first", False),
        ("second", "first", "second", False),
        ("tie", "tie", "tie", False),
        ("first", "first", "tie", True),
        ("second", "second", "tie", True),
        ("tie", "first", "tie", True),
    ],
)
def test_a_comparing_judge_must_say_the_same_in_both_orders(
    in_order: Any, swapped: Any, said: str, flipped: bool
) -> None:
    case = pair("first")
    (found,) = opinions([case], [Preference(in_order, "one"), Preference(swapped, "two")])
    assert found == Opinion(case, said, "one", flipped=flipped)


def test_half_a_comparison_is_no_opinion() -> None:
    (found,) = opinions([pair("first")], [Preference("first", ""), Unread("no_object", "no JSON", said="no")])
    assert (found.said, found.reason) == (None, "the judge's reply cannot be read: no JSON")


def test_nothing_labelled_is_no_opinion() -> None:
    assert opinions([], []) == []

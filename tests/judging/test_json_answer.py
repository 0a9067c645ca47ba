from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.judging.json_answer import json_answer, json_object, judge_object


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        (' \n{"a": 1}\n', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('```JSON \r\n{"a": 1}\r\n```\n', {"a": 1}),
        ('```\n{"a": 1}```', {"a": 1}),
        ('{"a": "```"}', {"a": "```"}),
        ('```json\n{"a": "```"}\n```', {"a": "```"}),
        ("[]", []),
        ("null", None),
        ("3", 3),
    ],
)
def test_one_value(text: str, value: Any) -> None:
    assert json_answer(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("```json\n```", "empty"),
        ("Sure: {}", "not one JSON value"),
        ("{} done", "more than one value"),
        ("{}{}", "more than one value"),
        ("```json\n{}\n```\n```json\n{}\n```", "not one JSON value"),
        ("```python\n{}\n```", "not one JSON value"),
        ("```json\n{}", "not one JSON value"),
        ("```", "not one JSON value"),
        ("{'a': 1}", "not one JSON value"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e999}', "too large|infinity"),
        ('{"a": "\\ud800"}', "Unicode"),
        ('{"a": 1, "a": 1}', "duplicate key 'a'"),
        ("[" * 100_000 + "]" * 100_000, "nested too deep"),
        ("1" * 5000, "too many digits"),
    ],
)
def test_anything_else_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        json_answer(text)


JUDGED = '{"reason": "fine", "score": 4}'


@pytest.mark.parametrize(
    "text",
    [
        JUDGED,
        f"```json\n{JUDGED}\n```",
        f"<think>Names the capital.</think>\n{JUDGED}",
        f" <Thinking>\n{{}}\n</Thinking>\n\n```\n{JUDGED}\n```\n",
        f"[THINK]Hm.[/THINK]{JUDGED}",
        f"<reasoning></reasoning>{JUDGED}",
        f"<seed:think>Hm.</seed:think>\r\n```json\r\n{JUDGED}\r\n```\r\n",
        f"<|thought|>Hm.<|/thought|>{JUDGED}",
        f"<|begin_of_thought|>Hm.<|end_of_thought|>\n{JUDGED}",
        f"<|START_THINKING|>Hm.<|END_THINKING|>{JUDGED}",
        f"\u25c1think\u25b7Hm.\u25c1/think\u25b7{JUDGED}",
        f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>{JUDGED}",
    ],
)
def test_a_judges_object_is_taken_out_of_thoughts_and_a_fence(text: str) -> None:
    assert judge_object(text) == {"reason": "fine", "score": 4}


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"Here it is: {JUDGED}",
        f"{JUDGED}\nI hope this helps.",
        f"{JUDGED}{JUDGED}",
        f"{JUDGED}\n```json\n{JUDGED}\n```",
        f"```json\n{JUDGED}\n```\nDone.",
        f"```json\n{JUDGED}\n{JUDGED}\n```",
        f"```json\n```json\n{JUDGED}\n```\n```",
        f"<think>a</think><think>b</think>{JUDGED}",
        f"<think>a</think><|thought|>b<|/thought|>{JUDGED}",
        f"<think>a<think>b</think>c</think>{JUDGED}",
        f"<think>a{JUDGED}",
        f"a</think>{JUDGED}",
        f"<think>a</thinking>{JUDGED}",
        f"<think>the answer holds </think>{JUDGED}</think>{JUDGED}",
        f"```json\n<think>a</think>{JUDGED}\n```",
        f"{JUDGED}<think>a</think>",
        f"<b>a</b>{JUDGED}",
        f"[{JUDGED}]",
        "<think>only thoughts</think>",
    ],
)
def test_anything_else_in_a_judges_reply_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        judge_object(text)


def test_thoughts_before_an_answer_are_part_of_it() -> None:
    with pytest.raises(ValueError, match="begins with a block of thoughts, which apps get, too"):
        json_answer('<think>Hm.</think>{"a": 1}')


def test_a_fence_can_be_refused() -> None:
    with pytest.raises(ValueError, match="not one JSON value"):
        json_answer("```json\n{}\n```", allow_fence=False)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("[]", "a list"), ('"x"', "a text"), ("1.5", "a number"), ("true", "true"), ("null", "null")],
)
def test_an_object_is_an_object(text: str, kind: str) -> None:
    assert json_object('{"a": []}') == {"a": []}
    with pytest.raises(ValueError, match=f"expected, not {kind}"):
        json_object(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = json_answer(text)
    except ValueError:
        return
    assert json.loads(text) == value

from __future__ import annotations

import pytest

from cuebook_standins._task import read_task


def user(text: str) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": "Answer <b>briefly</b>. Question: is a word"},
        {"role": "user", "content": text},
    ]


@pytest.mark.parametrize(
    ("text", "sections", "left"),
    [
        ("", {}, ""),
        ("Just do it.", {}, "Just do it."),
        ("Question: who?", {"question": "who?"}, ""),
        (
            "Read this.\n<context>\nA\n\nB\n</context>\nQuestion: who?",
            {"context": "A\n\nB", "question": "who?"},
            "Read this.",
        ),
        ("First part: a\nSecond part: b\nc", {"first part": "a", "second part": "b\nc"}, ""),
        ("<a>1</a><a>2</a>", {"a": "1"}, ""),
        ("<context>never closed", {}, "<context>never closed"),
        ("<answer-7f3a>x</answer>y</answer-7f3a>", {"answer": "x</answer>y"}, ""),
        ("<answer-7f3a>x</answer-0000>", {}, "<answer-7f3a>x</answer-0000>"),
    ],
)
def test_sections(text: str, sections: dict[str, str], left: str) -> None:
    task = read_task(user(text))
    assert dict(task.sections) == sections
    assert task.instructions.splitlines()[1:2] == ([left] if left else [])


def test_asks_ignores_case_and_line_breaks() -> None:
    task = read_task([{"role": "system", "content": "Answer  in ONE\nsentence."}])
    assert task.asks("one sentence")
    assert not task.asks("two sentences")
    assert task.section("missing", "other") is None


def test_a_conversation_is_no_instruction() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    said = [
        {"role": "system", "content": "Answer <b>briefly</b>."},
        {"role": "user", "content": "Question: write a poem"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "Never answer."},
    ]
    task = read_task([*said, {"role": "user", "content": "Go on.\nQuestion: who?"}], None, {"tools": [{}]})
    assert task.instructions.split() == ["Answer", "<b>briefly</b>.", "Go", "on."]
    assert task.sections == {"question": "who?"}
    assert task.sent[2]["tool_calls"] == [call]
    assert task.calling == {"tools": [{}]}

from __future__ import annotations

from typing import Any

import pytest

from cuebook.wording.values import lines_of, value_said, value_shown

CALL = {"id": "c1", "name": "search_rooms", "arguments": {"town": "Ghent", "nights": 2}}
SENT = {"id": "c1", "type": "function", "function": {"name": "search_rooms", "arguments": '{"town":"Ghent"}'}}


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ([], "none"),
        ([{"role": "user", "content": "Is it free?"}], "user: Is it free?"),
        (
            [
                {"role": "assistant", "content": "", "toolCalls": [CALL]},
                {"role": "tool", "toolCallId": "c1", "content": "yes"},
                {"role": "assistant", "content": None, "tool_calls": [SENT, 3]},
                {"role": "assistant", "content": "Wait.", "tool_calls": [SENT]},
            ],
            (
                'assistant calls search_rooms {"nights":2,"town":"Ghent"}\n'
                "tool: yes\n"
                'assistant calls search_rooms {"town":"Ghent"}\n'
                "assistant: Wait.\n"
                'assistant calls search_rooms {"town":"Ghent"}'
            ),
        ),
        ([{"role": "user", "content": [{"type": "text", "text": "Look"}]}], "user: Look"),
        (
            [{"name": "book", "arguments": {"id": "R-1"}}, {"name": "cancel", "arguments": {}}],
            'calls book {"id":"R-1"}\ncalls cancel {}',
        ),
        ([{"name": "Ada"}], None),
        ([{"name": "Ada", "arguments": "none"}], None),
        ([{"role": "Captain", "content": "Aye"}], None),
        ([{"role": ["user"], "content": "Aye"}], None),
        ([1], None),
        ({"a": 1}, None),
        ("[]", None),
        (False, None),
    ],
)
def test_conversations_and_calls_are_lines(value: Any, lines: str | None) -> None:
    assert lines_of(value) == lines


def test_other_values_are_texts_and_json() -> None:
    assert value_shown("a b") == "a b"
    assert value_said([1, 2]) == "[1, 2]"
    assert value_said("a b") == "a b"
    assert value_shown({"a": [1, "\u00e9"]}) == '{"a": [1, "\u00e9"]}'
    assert value_shown({"a": "x" * 90}) == '{\n  "a": "' + "x" * 90 + '"\n}'
    assert value_shown([]) == "none"

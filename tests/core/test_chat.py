from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.chat import are_messages, needs_second, plain, said, tools_sent
from cuebook.core.errors import RenderError
from cuebook.core.images import image
from cuebook.core.messages import fill

TOOL = {"name": "look", "description": "Look it up.", "parameters": {"type": "object"}, "strict": True}
SENT = {"tools": [{"type": "function", "function": TOOL}]}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({}, {}),
        ({"tools": None, "toolChoice": None, "parallelToolCalls": None}, {}),
        ({"tools": [TOOL]}, SENT),
        ({"tools": [TOOL], "toolChoice": "required"}, SENT | {"tool_choice": "required"}),
        (
            {"tools": [TOOL], "toolChoice": {"name": "look"}},
            SENT | {"tool_choice": {"type": "function", "function": {"name": "look"}}},
        ),
        ({"tools": [TOOL], "parallelToolCalls": False}, SENT | {"parallel_tool_calls": False}),
    ],
)
def test_tools_as_they_are_sent(said: dict[str, Any], sent: dict[str, Any]) -> None:
    assert tools_sent(said) == sent


CALL = {"id": "c1", "name": "look", "arguments": {"b": 1, "a": "é"}}
SENT_CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":"é","b":1}'}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "developer", "content": "Policy: {{policy}}"},
    {"role": "assistant", "content": "", "toolCalls": [CALL]},
    {"role": "tool", "toolCallId": "c1", "content": "shipped"},
    {"placeholder": "history"},
    {"role": "user", "content": "{{question}}"},
]


def prompt(*messages: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    usual = {"policy": {"type": "string"}, "history": {"type": "messages"}, "question": {"type": "string"}}
    return {
        "messages": list(messages or MESSAGES),
        "template": None,
        "templateFormat": "simple",
        "inputs": inputs or usual,
    }


def test_a_conversation_stands_where_its_placeholder_is() -> None:
    history = [
        {"role": "user", "content": "{{policy}}", "name": "ada"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "x", "type": "function"}],
            "thinking": [1],
        },
        {"role": "tool", "tool_call_id": "x", "content": [{"type": "text", "text": "ok"}]},
        {"role": "tool", "toolCallId": "c1", "content": "a result of the version's own call"},
        {"role": "assistant", "content": "", "toolCalls": [CALL]},
    ]
    assert fill(prompt(), {"policy": "30 days", "history": history, "question": "{{history}}"}) == [
        {"role": "developer", "content": "Policy: 30 days"},
        {"role": "assistant", "content": "", "tool_calls": [SENT_CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "shipped"},
        *history[:3],
        {"role": "tool", "tool_call_id": "c1", "content": "a result of the version's own call"},
        {"role": "assistant", "content": "", "tool_calls": [SENT_CALL]},
        {"role": "user", "content": "{{history}}"},
    ]


def test_a_conversation_may_have_a_default() -> None:
    asks = prompt(
        {"placeholder": "h"}, h={"type": "messages", "default": [{"role": "user", "content": "Hi"}]}
    )
    assert fill(asks, {}) == [{"role": "user", "content": "Hi"}]
    assert fill(asks, {"h": ()}) == []


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ("Hi", "'history' must be messages, not a text"),
        (None, "'history' must be messages, not an empty value"),
        ({"role": "user"}, "'history' must be messages, not a block of keys"),
        (["Hi"], "history[0] is a text, not a message with a role"),
        ([{"role": "user", "content": 5}], "history[0] has a number as its content, not a text"),
        ([{"role": "human", "content": "Hi"}], "history[0] has the role 'human'; known: system, developer"),
        ([{"content": "Hi"}], "history[0] has no role; known: system"),
        ([{"role": "tool", "tool_call_id": "c9", "content": "x"}], "history[0]: no call c9 before it"),
        ([{"role": "tool", "content": "x"}], "history[0] does not name the call that it answers"),
        (
            [{"role": "tool", "toolCallId": ["c1"], "content": "x"}],
            "history[0] does not name the call that it answers",
        ),
        ([{"role": "assistant", "tool_calls": ["x"]}], "history[0]: tool_calls is not a list of calls"),
        (
            [{"role": "assistant", "toolCalls": [{"id": "x"}]}],
            "history[0]: a call has id, name and arguments",
        ),
        (
            [{"role": "user", "content": ""}, 1, 2],
            "history[1] is a number, not a message with a role; history[2] is a number",
        ),
    ],
)
def test_what_is_no_conversation(history: Any, says: str) -> None:
    with pytest.raises(RenderError) as caught:
        fill(prompt(), {"policy": "p", "history": history, "question": "q"})
    assert says in caught.value.message


def test_what_a_message_says_to_be_read() -> None:
    assert [said(message) for message in MESSAGES] == [
        ("developer", "Policy: {{policy}}"),
        ("assistant", 'calls look {"a":"é","b":1} as c1'),
        ("tool", "result of c1:\nshipped"),
        ("placeholder", "history"),
        ("user", "{{question}}"),
    ]


def test_messages_for_models_that_read_texts_only() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "x"}]}
    assert plain([{"role": "user", "content": parts}, call, {"role": "user", "content": "c"}]) == [
        {"role": "user", "content": "a\nb"},
        {"role": "assistant", "content": '[{"id":"x"}]'},
        {"role": "user", "content": "c"},
    ]


def test_which_versions_need_the_second_number_of_the_format() -> None:
    text = {"role": "developer", "content": "x"}
    assert not needs_second({"messages": [text]})
    assert not needs_second({"messages": None})
    assert needs_second({"messages": [text], "tools": [TOOL]})
    for message in MESSAGES[1:4]:
        assert needs_second({"messages": [text, message]})


@pytest.mark.parametrize(
    "message",
    [
        5,
        {},
        {"role": "user"},
        {"role": "x", "content": ""},
        {"placeholder": 1},
        {"role": "tool", "content": "", "toolCalls": 1},
    ],
)
def test_fetched_messages_of_another_shape(message: Any) -> None:
    assert are_messages(MESSAGES)
    assert not are_messages([message])


URL = image(b"\x89PNG\r\n\x1a\n")
SEEN = {
    "role": "user",
    "content": [
        {"type": "text", "text": "What is broken in {{question}}?"},
        {"type": "image", "image": "photo", "detail": "low"},
        {"type": "image", "url": URL},
    ],
}
INPUTS = {"question": {"type": "string"}, "photo": {"type": "image"}}


def test_parts_are_sent_as_openai_has_them() -> None:
    [message] = fill(prompt(SEEN, **INPUTS), {"question": "this", "photo": URL})
    assert message == {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is broken in this?"},
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
            {"type": "image_url", "image_url": {"url": URL}},
        ],
    }
    assert plain([message])[0]["content"].startswith("What is broken in this?\n[image/png, 1 kB, sha256:")
    assert said(SEEN)[1].splitlines()[:2] == ["What is broken in {{question}}?", "[image photo, detail low]"]
    assert needs_second(prompt(SEEN, **INPUTS))
    assert are_messages([SEEN])
    assert not are_messages([{"role": "user", "content": [{"type": "image"}]}])


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        ("https://example.com/a.png", "photo: an image is a data: URL or an input: nothing is fetched"),
        ("data:image/png;base64,PGI+", "photo: the image is not a PNG"),
        (b"bytes", "'photo' must be image, not bytes"),
    ],
)
def test_a_value_that_is_no_image(photo: Any, says: str) -> None:
    with pytest.raises(RenderError) as caught:
        fill(prompt(SEEN, **INPUTS), {"question": "q", "photo": photo})
    assert says in caught.value.message

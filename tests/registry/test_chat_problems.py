from __future__ import annotations

import pytest

from cuebook.core.errors import Problem
from cuebook.registry.version_files import as_file, read_version
from cuebook.shapes.run import Version

DESK = """\
message: Desk
model: offline/rules
inputs:
  policy: {type: string}
  history: {type: messages, default: []}
messages:
  - {role: developer, content: "Policy: {{policy}}"}
  - {role: assistant, content: "", toolCalls: [{id: c1, name: look, arguments: {id: A-17}}]}
  - {role: tool, toolCallId: c1, content: shipped}
  - placeholder: history
tools:
  - {name: look, parameters: {type: object}}
"""


def read(text: str) -> tuple[Version | None, list[Problem]]:
    return read_version(text.encode(), "prompts/desk/v1.prompt.yml", "desk", 1)


def test_a_version_with_a_conversation_and_an_example_of_a_call() -> None:
    version, problems = read(DESK)
    assert (version is not None, problems) == (True, [])
    assert version
    assert version.inputs["history"] == {"type": "messages", "default": []}
    assert version.messages
    assert version.messages[1:] == (
        {
            "role": "assistant",
            "content": "",
            "toolCalls": [{"id": "c1", "name": "look", "arguments": {"id": "A-17"}}],
        },
        {"role": "tool", "toolCallId": "c1", "content": "shipped"},
        {"placeholder": "history"},
    )
    assert set(as_file(version)) == {"model", "inputs", "messages", "tools"}


def test_a_placeholder_makes_an_input() -> None:
    version, problems = read("message: m\nmodel: a/b\nmessages: [{placeholder: history}]\n")
    assert problems == []
    assert version
    assert version.inputs == {"history": {"type": "messages"}}


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "cure"),
    [
        (
            "placeholder: history",
            "{type: placeholder, name: h}",
            10,
            "message 4: unknown shape of a message",
            "{placeholder: h}",
        ),
        ("placeholder: history", "user: Hi", 10, "not 'user'", "write {role: user, content: ...}"),
        (
            "placeholder: history",
            "{placeholder: history, role: user}",
            10,
            "message 4: unknown key 'role'",
            "",
        ),
        (
            "placeholder: history",
            "placeholder: history\n  - placeholder: history",
            11,
            "message 5: a second placeholder",
            "one place",
        ),
        (
            "type: messages, default: []",
            "type: string",
            5,
            "inputs.history: a placeholder needs type messages, not string",
            "type: messages",
        ),
        (
            "default: []",
            "default: [{role: user, content: 5}]",
            5,
            "inputs.history: history[0] has a number as its content",
            "[]",
        ),
        ("default: []", "default: x", 5, "the default of input 'history' is not of its type", ""),
        (
            "  history: {type: messages, default: []}\n",
            "",
            3,
            "uses {{history}}, which 'inputs' does not declare",
            "add 'history: {type: messages}' under 'inputs'",
        ),
        ("  - placeholder: history\n", "", 5, "input 'history' is never used", "- placeholder: history"),
        (
            "Policy: {{policy}}",
            "{{policy}}{{history}}",
            5,
            "inputs.history: a conversation cannot be filled into a text",
            "- placeholder: history",
        ),
        ("toolCallId: c1", "toolCallId: c9", 9, "message 3: no call c9 before it", "'c1'"),
        ("toolCallId: c1", "toolCalId: c1", 9, "message 3: unknown key 'toolCalId'", ""),
        ("role: assistant", "role: user", 8, "message 2, role: 'user' is not a known value", "assistant"),
        ("role: developer", "role: AI", 7, "message 1, role: 'AI' is not a known value", "write assistant"),
        ("role: developer, ", "", 7, "message 1: 'role' is missing", 'add role: "user"'),
        ("role: developer", "role: robot", 7, "message 1, role: 'robot' is not a known value", ""),
        ("name: look, arguments", "arguments", 8, "message 2, call 1: 'name' is missing", "add 'name:'"),
    ],
)
def test_what_is_wrong_with_a_conversation(old: str, new: str, line: int, says: str, cure: str) -> None:
    version, problems = read(DESK.replace(old, new, 1))
    assert version is None
    found = next(problem for problem in problems if says in problem.message)
    assert (found.line, found.severity) == (line, "error")
    assert cure in found.hint


def test_an_example_calls_a_tool_that_is_there() -> None:
    version, problems = read(DESK.replace("name: look, arguments", "name: lok, arguments"))
    assert version
    assert [(item.line, item.severity) for item in problems] == [(8, "warning")]
    assert "message 2: calls 'lok', which is not one of the tools" in problems[0].message
    assert "'look'" in problems[0].hint


SEEN = """\
message: See
model: offline/rules
messages:
  - role: user
    content:
      - {type: text, text: "What is broken in {{what}}?"}
      - {type: image, image: photo, detail: auto}
"""


def test_an_image_part_makes_an_input() -> None:
    version, problems = read(SEEN)
    assert problems == []
    assert version
    assert version.inputs == {"what": {"type": "string"}, "photo": {"type": "image"}}
    assert version.messages
    assert version.messages[0]["content"][1] == {"type": "image", "image": "photo", "detail": "auto"}


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "cure"),
    [
        (
            "image: photo",
            "url: 'https://x/a.png'",
            7,
            "message 1, part 2: an image is a data: URL or an input: nothing is fetched",
            "put the file beside the dataset",
        ),
        (
            '{type: text, text: "What is broken in {{what}}?"}',
            "What?",
            6,
            "a part is a block of keys",
            "write {type: text, text",
        ),
        (
            "image: photo, detail: auto",
            "detail: auto",
            7,
            "an image part has 'image' (the name of an input) or 'url'",
            "image: photo",
        ),
        ("detail: auto", "detail: huge", 7, "'huge' is not a known value", "high"),
        ("type: image", "type: audio", 7, "a part has the type text or image, not 'audio'", "type: text"),
        ("{{what}}", "{{what ever}}", 6, "is not a variable", ""),
        (
            "role: user",
            "role: system",
            7,
            "message 1, part 2: an image in a message of the role system",
            "user message",
        ),
        (
            "messages:",
            "inputs: {what: {}, photo: {type: string}}\nmessages:",
            3,
            "inputs.photo: an image part needs type image, not string",
            "type: image",
        ),
        (
            "messages:",
            "inputs: {what: {type: image}, photo: {type: image}}\nmessages:",
            3,
            "inputs.what: an image cannot be filled into a text",
            "type: image",
        ),
        (
            "messages:",
            "inputs: {what: {}, photo: {type: image, default: x}}\nmessages:",
            3,
            "inputs.photo: an image is a data: URL",
            "default",
        ),
        (
            "messages:",
            "inputs: {what: {}, photo: {type: image}, more: {type: image}}\nmessages:",
            3,
            "input 'more' is never used",
            "image: more",
        ),
    ],
)
def test_what_is_wrong_with_parts(old: str, new: str, line: int, says: str, cure: str) -> None:
    version, problems = read(SEEN.replace(old, new, 1))
    assert version is None
    found = next(problem for problem in problems if says in problem.message)
    assert (found.line, found.severity) == (line, "error")
    assert cure in found.hint

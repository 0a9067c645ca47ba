"""Check the tools and the conversation of a version, beyond the shape of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from cuebook.core.chat import MESSAGES, PLACEHOLDER, call_ids, conversation_problems
from cuebook.core.errors import Problem, did_you_mean
from cuebook.core.images import IMAGE, fetched, url_problem
from cuebook.core.json_schema import SchemaProblem
from cuebook.core.schema_rules import strict_warnings, tool_schema_problems
from cuebook.core.yaml_files import Document


def tool_problems(tools: Sequence[Mapping[str, Any]], document: Document) -> Iterator[Problem]:
    """Return problems of tools that providers, or readers of the published JSON, would misread."""
    for index, tool in enumerate(tools):
        place: list[str | int] = ["tools", index]
        schema, strict = tool.get("parameters"), bool(tool.get("strict"))
        found: list[SchemaProblem] = []
        if schema is not None:
            found = tool_schema_problems(schema, strict=strict)
        elif strict:
            what, cure = "strict needs the parameters' schema", "add 'parameters:', or take strict out"
            found = [SchemaProblem((), what, cure)]
        severity: Literal["error", "warning"] = "error" if found else "warning"
        if schema is not None and strict and not found:
            found = list(strict_warnings(schema))
        for item in found:
            line = document.line([*place, "parameters", *item.place])
            what = f"tools.{index}.parameters: {item.what}"
            yield Problem(document.path, line, what, item.cure, severity)
        if "{{" in tool.get("description", ""):
            what = f"tools.{index}.description: {{{{ is text: nothing is filled in tools"
            cure = "say it in a message, where variables are filled"
            yield Problem(document.path, document.line([*place, "description"]), what, cure, "warning")


def message_problems(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], document: Document
) -> Iterator[Problem]:
    """Return problems of messages: a second conversation, results without a call, calls of unknown tools."""
    known: set[str] = set()
    names = [tool["name"] for tool in tools]
    placed = False
    for index, message in enumerate(messages):
        line, where = document.line(["messages", index]), f"messages.{index}"
        if PLACEHOLDER in message:
            if placed:
                what, cure = (
                    f"{where}: a second placeholder",
                    "take it out: a conversation has one place",
                )
                yield Problem(document.path, line, what, cure)
            placed = True
        wanted = message.get("toolCallId")
        if wanted is not None and wanted not in known:
            cure = (
                did_you_mean(wanted, sorted(known))
                or "put the assistant's message with 'toolCalls:' before it"
            )
            yield Problem(document.path, line, f"{where}: no call {wanted} before it", cure)
        for call in message.get("toolCalls", ()):
            if call["name"] not in names:
                what = f"{where}: calls {call['name']!r}, which is none of the tools"
                cure = did_you_mean(call["name"], names) or "add it under 'tools:'"
                yield Problem(document.path, line, what, cure, "warning")
        known |= call_ids([message])


_PLACES = {MESSAGES: "a placeholder", IMAGE: "an image part"}
_NO_TEXT = {
    MESSAGES: ("a conversation", "write '- placeholder: {name}' under messages:"),
    IMAGE: ("an image", "write '- {{type: image, image: {name}}}' among the parts of a user message"),
}


def input_problems(
    inputs: Mapping[str, Mapping[str, Any]],
    placed: Mapping[str, str],
    filled: Mapping[str, str],
    document: Document,
) -> Iterator[Problem]:
    """Inputs that are a conversation or an image in one place and a text in another.

    ``placed`` are the inputs that are no text, each with the type that its place needs; ``filled`` are those
    in texts.
    """
    for name, spec in inputs.items():
        kind, wanted = spec.get("type", "string"), placed.get(name)
        line = document.line(["inputs", name])
        if wanted and kind != wanted:
            what = f"inputs.{name}: {_PLACES[wanted]} needs type {wanted}, not {kind}"
            yield Problem(document.path, line, what, f"write 'type: {wanted}'")
        elif name in filled and kind in _NO_TEXT:
            said, cure = _NO_TEXT[kind]
            what = f"inputs.{name}: {said} cannot be filled in a text"
            yield Problem(document.path, line, what, f"{cure.format(name=name)}, in place of {{{{{name}}}}}")
        elif "default" in spec:
            place = document.line(["inputs", name, "default"])
            for what in _default_problems(spec["default"], name) if kind == MESSAGES else ():
                yield Problem(document.path, place, f"inputs.{name}: {what}", "write default: []")
            if kind == IMAGE and (what := url_problem(spec["default"])):
                yield Problem(document.path, place, f"inputs.{name}: {what}", "take the default out")


def _default_problems(value: Any, name: str) -> list[str]:
    """Why a default is no conversation that can be sent as it is."""
    if wrong := list(conversation_problems(value, name)):
        return wrong
    return [f"{name}[{index}].content[{at}]: {what}" for index, at, what in fetched(value)]


def part_problems(messages: Sequence[Mapping[str, Any]], document: Document) -> Iterator[Problem]:
    """Return problems of images in places where no provider takes them."""
    for index, message in enumerate(messages):
        content = message.get("content")
        for at, part in enumerate(content) if isinstance(content, list) and message["role"] != "user" else ():
            if part["type"] == IMAGE:
                what = f"messages.{index}.content.{at}: an image in a message of the role {message['role']}"
                line = document.line(["messages", index, "content", at])
                cure = "put it into a user message: providers refuse any other"
                yield Problem(document.path, line, what, cure)

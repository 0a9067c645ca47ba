"""Check the tools and the conversation of a version, beyond the shape of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cuebook.core.chat import MESSAGES, PLACEHOLDER, call_ids, conversation_problems
from cuebook.core.errors import Problem, did_you_mean
from cuebook.core.images import IMAGE, fetched, url_problem
from cuebook.core.schema_rules import strict_warnings, tool_schema_problems
from cuebook.core.yaml_files import Document
from cuebook.wording.version_files import VersionCode, version_problem


def tool_problems(tools: Sequence[Mapping[str, Any]], document: Document) -> Iterator[Problem]:
    """Return problems of tools that providers, or readers of the published JSON, would misread."""
    for index, tool in enumerate(tools):
        place: list[str | int] = ["tools", index]
        schema, strict = tool.get("parameters"), bool(tool.get("strict"))
        if schema is not None:
            yield from _schema_problems(schema, index, document, strict=strict)
        elif strict:
            line = document.line([*place, "parameters"])
            yield version_problem("strict_without_schema", document.path, line, tool=index + 1)
        if "{{" in tool.get("description", ""):
            line = document.line([*place, "description"])
            yield version_problem("braces_in_tool", document.path, line, tool=index + 1)


def _schema_problems(
    schema: Mapping[str, Any], tool: int, document: Document, *, strict: bool
) -> Iterator[Problem]:
    """What refuses the schema of a tool's parameters; what ``strict`` makes of it only where nothing does."""
    found = tool_schema_problems(schema, strict=strict)
    code: VersionCode = "tool_schema_refused" if found else "tool_schema_lax"
    for item in found or (strict_warnings(schema) if strict else ()):
        line = document.line(["tools", tool, "parameters", *item.place])
        yield version_problem(code, document.path, line, tool=tool + 1, why=item.what, cure=item.cure)


def message_problems(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], document: Document
) -> Iterator[Problem]:
    """Return problems of messages: a second conversation, results without a call, calls of unknown tools."""
    known: set[str] = set()
    names = [tool["name"] for tool in tools]
    placed = False
    for index, message in enumerate(messages):
        place = (document.path, document.line(["messages", index]))
        if PLACEHOLDER in message:
            if placed:
                yield version_problem("second_placeholder", *place, message=index + 1)
            placed = True
        wanted = message.get("toolCallId")
        if wanted is not None and wanted not in known:
            near = did_you_mean(wanted, sorted(known))
            yield version_problem("result_without_call", *place, message=index + 1, call=wanted, near=near)
        for call in message.get("toolCalls", ()):
            if call["name"] not in names:
                about = {"tool": call["name"], "near": did_you_mean(call["name"], names)}
                yield version_problem("call_of_no_tool", *place, message=index + 1, **about)
        known |= call_ids([message])


_PLACED: dict[str, VersionCode] = {MESSAGES: "placed_as_messages", IMAGE: "placed_as_image"}
_IN_TEXT: dict[str, VersionCode] = {MESSAGES: "messages_in_text", IMAGE: "image_in_text"}


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
            yield version_problem(_PLACED[wanted], document.path, line, name=name, type=kind)
        elif name in filled and kind in _IN_TEXT:
            yield version_problem(_IN_TEXT[kind], document.path, line, name=name)
        elif "default" in spec:
            place = document.line(["inputs", name, "default"])
            for why in _default_problems(spec["default"], name) if kind == MESSAGES else ():
                yield version_problem("default_no_messages", document.path, place, name=name, why=why)
            if kind == IMAGE and (why := url_problem(spec["default"])):
                yield version_problem("default_no_image", document.path, place, name=name, why=why)


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
                line = document.line(["messages", index, "content", at])
                about = {"message": index + 1, "part": at + 1, "role": message["role"]}
                yield version_problem("image_of_other_role", document.path, line, **about)

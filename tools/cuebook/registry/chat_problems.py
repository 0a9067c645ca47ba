"""What is wrong with the tools and the conversation of a version, beyond the shape of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from cuebook.core.chat import MESSAGES, PLACEHOLDER, call_ids, conversation_problems
from cuebook.core.errors import Problem, did_you_mean
from cuebook.core.json_schema import SchemaProblem
from cuebook.core.schema_rules import strict_warnings, tool_schema_problems
from cuebook.core.yaml_files import Document


def tool_problems(tools: Sequence[Mapping[str, Any]], document: Document) -> Iterator[Problem]:
    """What providers, or readers of the published JSON, would make of a tool other than is meant."""
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
    """A second conversation, results of calls that nobody made, calls of tools that are not there."""
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


def input_problems(
    inputs: Mapping[str, Mapping[str, Any]],
    placeholders: Sequence[str],
    filled: Mapping[str, str],
    document: Document,
) -> Iterator[Problem]:
    """Inputs that are a conversation in one place and a text in another.

    ``placeholders`` are the inputs that stand as messages, ``filled`` those that stand in texts.
    """
    for name, spec in inputs.items():
        kind = spec.get("type", "string")
        line = document.line(["inputs", name])
        if name in placeholders and kind != MESSAGES:
            what = f"inputs.{name}: a placeholder needs type messages, not {kind}"
            yield Problem(document.path, line, what, "write 'type: messages'")
        elif name in filled and (kind == MESSAGES or name in placeholders):
            what = f"inputs.{name}: a conversation cannot be filled in a text"
            cure = f"write '- placeholder: {name}' under messages:, in place of {{{{{name}}}}}"
            yield Problem(document.path, line, what, cure)
        elif kind == MESSAGES and "default" in spec:
            for what in conversation_problems(spec["default"], name):
                place = document.line(["inputs", name, "default"])
                yield Problem(document.path, place, f"inputs.{name}: {what}", "write default: []")

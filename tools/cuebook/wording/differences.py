"""What differs between two versions, in one sentence each, for pages, comments and terminals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cuebook.core import escape
from cuebook.core.format import plural
from cuebook.shapes.difference import Difference, DifferenceKind, Severity

MEANING: dict[Severity, str] = {
    "breaking": "breaks callers",
    "notable": "may change answers",
    "minor": "changes neither",
}
"""The words for a severity, on every page and in every command."""

_SENTENCES: dict[DifferenceKind, str] = {
    "artifact-format": "apps need a Cuebook that reads cuebook/version/{new}; older ones refuse it",
    "placeholder-moved": "the placeholder of the conversation moved",
    "tools-first": "the first tool was added, {name}: answers may now be calls of it",
    "tool-added": "the tool {name} was added",
    "tool-removed": "the tool {name} is gone",
    "tool-renamed": "the tool {old} is called {new} now",
    "tool-parameter-added": "tool parameter {name} is new ({new}): the handler gets it",
    "tool-parameter-removed": "tool parameter {name} is gone, and was required",
    "tool-parameter-unused": "tool parameter {name} is gone, and was optional",
    "tool-parameter-type": "tool parameter {name} was {old} and is {new}",
    "tool-parameter-optional": "tool parameter {name} was required: calls may leave it out now",
    "tool-parameter-required": "tool parameter {name} was optional and is required",
    "tool-values-added": "tool parameter {name} may have other values: {new}",
    "tool-values-removed": "tool parameter {name} may no longer have: {old}",
    "tool-description": "the description of the tool {name} changed",
    "tool-schema": "the schema of the tool {name} changed",
    "tool-order": "the order of the tools changed: {new}",
    "tool-choice": "the choice of a tool was {old} and is {new}",
    "parallel-calls": "several calls in one answer: {old} became {new}",
    "template-kind": "the prompt was {old} and is {new}: format() returns another type",
    "template-format": "template format: {old} became {new}",
    "input-added-required": "input {name} is new and required: callers must pass it",
    "input-added": "input {name} is new, with the default {new}",
    "input-removed": "input {name} is gone: callers that pass it get an error",
    "input-type": "input {name} was {old} and is {new}",
    "input-default": "the default of input {name} was {old} and is {new}",
    "response-format": "response format: {old} became {new}",
    "response-schema": "the JSON Schema of the answer changed",
    "model": "model: {old} became {new}",
    "parameter": "{name}: {old} became {new}",
    "message-role": "the role of a message was {old} and is {new}",
    "message-added": "there is a new {new} message",
    "message-removed": "the {old} message is gone",
    "text": "the text of {place} changed",
}


SAME = "nothing that changes behaviour: the two have the same digest"
"""What is said of two versions that say the same. No full stop."""


def breaking(count: int) -> str:
    """Return what so many changes that break callers do."""
    return f"{plural(count, 'change')} may break apps that call this prompt."


def difference_line(change: Difference) -> str:
    """``describe`` for comments, terminals and logs, where no name or value may begin a line of its own."""
    return escape.line(describe(change))


def no_model(model: str) -> str:
    """Say that a version names rules in place of a model, which no provider has. No full stop."""
    return f"{escape.line(model)} follows rules in place of a model, and no provider serves it"


def describe(change: Difference) -> str:
    """One plain sentence for people, names and values as they are; long texts are left to the word diff."""
    name = change.path.partition(".")[2] or change.path
    sentence = _SENTENCES[change.kind]
    if change.kind == "input-default" and change.severity == "breaking":
        sentence = "input {name} has lost its default {old}: callers must pass it"
    if change.kind == "text" and change.severity == "minor":
        sentence += " in white space only"
    number = re.fullmatch(r"messages\[(\d+)\]", change.path)
    # People count messages from 1, paths from 0.
    place = f"message {int(number[1]) + 1}" if number else f"the {change.path}"
    return sentence.format(name=name, place=place, old=_brief(change.old), new=_brief(change.new))


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("role", value.get("default"))
    # As files of versions write it, and not as Python does.
    if isinstance(value, bool):
        value = "true" if value else "false"
    text = "not set" if value is None else value if isinstance(value, str) else repr(value)
    return escape.shorten(text, 120)

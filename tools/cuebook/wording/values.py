"""Values of a case, to be read: who said what in a conversation, calls by their tool, and else JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cuebook.core.chat import ROLES, text_of
from cuebook.core.tool_calls import calls_said, read_calls

NOTHING = "none"
"""An empty list: no message before, no call expected."""


def lines_of(value: Any) -> str | None:
    """Return a conversation, or calls that a case expects, as lines; None for any other value."""
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return None
    if not value:
        return NOTHING
    if all(item.get("role") in ROLES for item in value):
        return "\n".join(map(_message, value))
    if all(
        isinstance(item.get("name"), str) and isinstance(item.get("arguments"), Mapping) for item in value
    ):
        return calls_said(value)
    return None


def value_said(value: Any) -> str:
    """A value as people write it: text as it is, a conversation and calls in lines, else JSON on one line."""
    if isinstance(value, str):
        return value
    lines = lines_of(value)
    return json.dumps(value, ensure_ascii=False) if lines is None else lines


def value_shown(value: Any) -> str:
    """Return a value of a case: text as it is, what ``lines_of`` knows as lines, anything else as JSON."""
    if isinstance(value, str):
        return value
    if (lines := lines_of(value)) is not None:
        return lines
    return json_shown(value)


def json_shown(value: Any) -> str:
    """JSON on one line where that is short, else on several."""
    short = json.dumps(value, ensure_ascii=False)
    return short if len(short) <= 90 else json.dumps(value, ensure_ascii=False, indent=2)


def _message(message: Mapping[str, Any]) -> str:
    """``user: Is it free?``, or ``assistant calls search_rooms {"town":"Ghent"}``; one of both a line."""
    role = str(message["role"])
    content = text_of({"content": message.get("content")})
    given = message.get("toolCalls")
    calls = (
        given if isinstance(given, list) else [call.shown for call in read_calls(message.get("tool_calls"))]
    )
    lines = [f"{role}: {content}"] if content or not calls else []
    lines += [f"{role} {line}" for line in calls_said(calls).splitlines()]
    return "\n".join(lines)

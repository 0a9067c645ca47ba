"""What a prompt says: the texts of its messages, as written and with its variables filled.

A prompt is given as its JSON: a published artifact, or ``Version.behaviour``. A text prompt is one message
of the user, whoever asks: the gate, a judge, an app.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuebook.core.templating import render

_PLAIN = {"role", "content"}


def texts(prompt: Mapping[str, Any]) -> list[str]:
    """Return every text that variables are filled in, in order; of a text prompt, its template."""
    return [text for _, text in places(prompt)]


def places(prompt: Mapping[str, Any]) -> list[tuple[list[str | int], str]]:
    """Return every text that variables are filled in, with the keys that lead to it in the version's file."""
    if prompt["messages"] is None:
        return [(["template"], prompt["template"] or "")]
    found: list[tuple[list[str | int], str]] = []
    for index, message in enumerate(prompt["messages"]):
        content = message.get("content")
        place: list[str | int] = ["messages", index, "content"]
        if isinstance(content, str):
            found.append((place, content))
        elif content is not None:
            found += [
                ([*place, at, "text"], part["text"]) for at, part in enumerate(content) if "text" in part
            ]
    return found


def fill(prompt: Mapping[str, Any], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the chat messages with every variable filled, as they are sent.

    Raises RenderError naming all variables that are missing, unknown or of the wrong type.
    """
    filled = render(texts(prompt), values, prompt["inputs"], prompt["templateFormat"])
    messages = prompt["messages"] or [{"role": "user"}]
    if all(message.keys() <= _PLAIN and isinstance(message.get("content", ""), str) for message in messages):
        roles = [message["role"] for message in messages]
        return [{"role": role, "content": text} for role, text in zip(roles, filled, strict=True)]
    from cuebook.core.chat import sent  # most prompts need none of it

    given = {name: spec["default"] for name, spec in prompt["inputs"].items() if "default" in spec}
    return sent(messages, iter(filled), given | dict(values))

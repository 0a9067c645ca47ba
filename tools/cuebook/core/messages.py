"""What a prompt says: the texts of its messages, as written and with its variables filled.

A prompt is given as its JSON: a published artifact, or ``Version.behaviour``. A text prompt is one message
of the user, whoever asks: the gate, a judge, an app.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuebook.core.templating import render


def texts(prompt: Mapping[str, Any]) -> list[str]:
    """Return the text of each message; of a text prompt, its template."""
    return [message["content"] for message in _messages(prompt)]


def fill(prompt: Mapping[str, Any], values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the chat messages with every variable filled.

    Raises RenderError naming all variables that are missing, unknown or of the wrong type.
    """
    filled = render(texts(prompt), values, prompt["inputs"], prompt["templateFormat"])
    roles = [message["role"] for message in _messages(prompt)]
    return [{"role": role, "content": text} for role, text in zip(roles, filled, strict=True)]


def _messages(prompt: Mapping[str, Any]) -> list[dict[str, str]]:
    if prompt["messages"] is None:
        return [{"role": "user", "content": prompt["template"] or ""}]
    return list(prompt["messages"])

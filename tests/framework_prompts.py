"""Prompts with all that a version may have, for tests of what frameworks make of them."""

from __future__ import annotations

import json
from typing import Any

from cuebook.client.prompt import Prompt

PHOTO = "data:image/png;base64,iVBORw0KGgo="
HISTORY = [{"role": "user", "content": "Hi {{status}}"}, {"role": "assistant", "content": "Hello."}]
GREET: dict[str, Any] = {"template": "Hello {{name}}", "inputs": {"name": {"type": "string"}}}
DESK: dict[str, Any] = {
    "inputs": {
        "status": {"type": "string"},
        "history": {"type": "messages", "default": []},
        "photo": {"type": "image"},
    },
    "messages": [
        {"role": "developer", "content": "Look it up."},
        {
            "role": "assistant",
            "content": "",
            "toolCalls": [{"id": "c1", "name": "look", "arguments": {"id": 7}}],
        },
        {"role": "tool", "toolCallId": "c1", "content": "{{status}}"},
        {"placeholder": "history"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "See {{status}}"},
                {"type": "image", "image": "photo", "detail": "low"},
            ],
        },
    ],
    "modelParameters": {"maxTokens": 9, "temperature": 0.5, "reasoningEffort": "low", "verbosity": "low"},
    "responseFormat": "json_schema",
    "jsonSchema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
    "tools": [{"name": "look", "parameters": {"type": "object"}}],
    "toolChoice": {"name": "look"},
    "parallelToolCalls": False,
}


def alike(request: dict[str, Any]) -> dict[str, Any]:
    """A request without what two clients may write in two ways and providers read as one.

    The content of a message that only calls tools is empty or null, arguments have spaces or none.
    """
    made: dict[str, Any] = json.loads(json.dumps(request))
    made.pop("stream", None)
    for message in made["messages"]:
        message["content"] = message.get("content") or None
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return made


def prompt(**fields: Any) -> Prompt:
    """A prompt with these fields of its artifact."""
    made: dict[str, Any] = {
        "schema": "cuebook/version/2",
        "name": "qa",
        "version": 1,
        "digest": "",
        "model": "openai/gpt-6-luna",
        "modelParameters": {},
        "inputs": {},
        "messages": None,
        "template": None,
        "templateFormat": "simple",
        "responseFormat": "text",
        "jsonSchema": None,
    }
    return Prompt(made | fields, "live", 0.0, lambda: 0.0)

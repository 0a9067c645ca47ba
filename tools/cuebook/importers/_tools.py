"""Tools as other formats write them, as tools of ours; what is left out is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cuebook.core.provider_names import provider_name

_KEPT = ("description", "parameters", "strict")


def converted(tools: Sequence[Mapping[str, Any]], say: Callable[..., None]) -> list[dict[str, Any]]:
    """Return each tool in our format; ``say(index, what, out=...)`` hears of what is not kept as it was.

    A tool is OpenAI's (``{"type": "function", "function": {...}}``), one of an MCP server (``inputSchema``),
    or has our own keys.
    """
    made: list[dict[str, Any]] = []
    for index, given in enumerate(tools):
        inner = given.get("function")
        tool = dict(inner if given.get("type") == "function" and isinstance(inner, Mapping) else given)
        if "inputSchema" in tool:
            tool["parameters"] = tool.pop("inputSchema")
        name = str(tool.pop("name", ""))
        called = provider_name(name)  # names of MCP tools may have dots
        if called != name:
            say(index, f"{name!r} is called {called!r} here: the app has to map it back")
        kept = {key: tool.pop(key) for key in _KEPT if tool.get(key) is not None}
        if isinstance(kept.get("parameters"), Mapping):
            own = {key: part for key, part in kept["parameters"].items() if key != "$schema"}
            # Arguments are an object, whether or not their schema says so.
            kept["parameters"] = own if "type" in own else {"type": "object", **own}
        if tool:
            say(index, f"{called}: no model sees {', '.join(sorted(tool))}", out=True)
        made.append({"name": called, **kept})
    return made

"""Messages and tools as they are sent: OpenAI's chat format, which every provider of the table speaks.

Standard library only: the runtime client needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuebook.core.canonical import calling


def needs_second(prompt: Mapping[str, Any]) -> bool:
    """Whether a version's JSON says more than readers of the first number of its format can use."""
    return bool(calling(prompt))


def are_tools(prompt: Mapping[str, Any]) -> bool:
    """Whether what JSON that was fetched says of tools has their shape; also where it says nothing."""
    tools, choice = prompt.get("tools"), prompt.get("toolChoice")
    return (
        isinstance(tools, list | None)
        and all(isinstance(tool, dict) and isinstance(tool.get("name"), str) for tool in tools or ())
        and isinstance(choice.get("name") if isinstance(choice, dict) else choice or "", str)
        and isinstance(prompt.get("parallelToolCalls"), bool | None)
    )


def tools_sent(prompt: Mapping[str, Any]) -> dict[str, Any]:
    """``tools``, ``tool_choice`` and ``parallel_tool_calls`` of a version's JSON, those that are set."""
    said = calling(prompt)
    made: dict[str, Any] = {}
    if "tools" in said:
        made["tools"] = [{"type": "function", "function": dict(tool)} for tool in said["tools"]]
    if "toolChoice" in said:
        choice = said["toolChoice"]
        is_word = isinstance(choice, str)
        made["tool_choice"] = choice if is_word else {"type": "function", "function": dict(choice)}
    if "parallelToolCalls" in said:
        made["parallel_tool_calls"] = said["parallelToolCalls"]
    return made

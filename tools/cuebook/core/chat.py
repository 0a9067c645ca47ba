"""Messages and tools as they are sent: OpenAI's chat format, which every provider of the table speaks.

Standard library only: the runtime client needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuebook.core.canonical import calling


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

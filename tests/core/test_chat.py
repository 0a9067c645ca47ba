from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.chat import tools_sent

TOOL = {"name": "look", "description": "Look it up.", "parameters": {"type": "object"}, "strict": True}
SENT = {"tools": [{"type": "function", "function": TOOL}]}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({}, {}),
        ({"tools": None, "toolChoice": None, "parallelToolCalls": None}, {}),
        ({"tools": [TOOL]}, SENT),
        ({"tools": [TOOL], "toolChoice": "required"}, SENT | {"tool_choice": "required"}),
        (
            {"tools": [TOOL], "toolChoice": {"name": "look"}},
            SENT | {"tool_choice": {"type": "function", "function": {"name": "look"}}},
        ),
        ({"tools": [TOOL], "parallelToolCalls": False}, SENT | {"parallel_tool_calls": False}),
    ],
)
def test_tools_as_they_are_sent(said: dict[str, Any], sent: dict[str, Any]) -> None:
    assert tools_sent(said) == sent

from __future__ import annotations

import pytest

from cuebook.core.tool_calls import ToolCall
from cuebook.gate.dialogue import scripted

TOOLS = {
    "look": [
        {"arguments": {"id": "A-1"}, "result": {"days": 3}},
        {"arguments": {"id": {"$regex": "B-.*"}}, "result": "late"},
        {"error": "no such order"},
    ]
}


def call(raw: str, name: str = "look", id_: str = "") -> ToolCall:
    return ToolCall.of(id_, name, raw)


@pytest.mark.parametrize(
    ("made", "result"),
    [
        (call('{"id": "A-1", "more": true}'), {"days": 3}),
        (call('{"id": "B-9"}'), "late"),
        (call("{}"), {"error": "no such order"}),
        (call("{}", "find"), {"error": "no scripted result"}),
        (call("{"), {"error": "the arguments are not one JSON object"}),
    ],
)
def test_the_first_result_that_fits_a_call(made: ToolCall, result: object) -> None:
    assert scripted(TOOLS, made) == result

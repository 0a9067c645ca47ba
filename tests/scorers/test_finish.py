from __future__ import annotations

from typing import Any

import pytest

from cuebook.scorers import find
from cuebook.shapes.run import ModelReply
from scoring import grade


@pytest.mark.parametrize(
    ("finish", "expectations", "settings", "value"),
    [
        ("stop", {}, {"expect": "stop"}, 1),
        ("STOP", {}, {"expect": "stop"}, 1),
        ("length", {}, {"expect": "stop"}, 0),
        ("tool_calls", {"finish": ["stop", "tool_calls"]}, {}, 1),
        ("length", {"finish": "stop"}, {}, 0),
        ("length", {"end": "length"}, {"expectation": "end"}, 1),
    ],
)
def test_value(finish: str, expectations: Any, settings: dict[str, Any], value: float) -> None:
    reply = ModelReply("", "m", finish=finish)
    result = grade("finish", "", expectations, given={"reply": reply}, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)
    assert result.reason.startswith(f'the answer ended with "{finish}"')


def test_a_case_without_a_word_for_it_measures_nothing() -> None:
    assert grade("finish", "", {}).state == "not_applicable"
    assert find("finish").parameters.model_validate({"expect": "stop"}).reads is None
    assert find("finish").parameters().reads == "finish"

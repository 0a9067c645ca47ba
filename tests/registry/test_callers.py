from __future__ import annotations

from typing import Any

import pytest

from build import version
from cuebook.registry.callers import refused_calls, told_calls

OLD: dict[str, dict[str, Any]] = {"question": {"type": "string"}, "tone": {"type": "integer", "default": 1}}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (OLD, []),
        (OLD | {"hint": {"type": "string", "default": ""}}, []),
        (OLD | {"tone": {"type": "number", "default": 1}}, []),
        (OLD | {"hint": {"type": "string"}}, ["input hint is new and required: callers must pass it"]),
        (OLD | {"question": {"type": "object"}}, ["input question was string and is object"]),
        ({"question": OLD["question"]}, ["input tone is gone: callers that pass it get an error"]),
        (OLD | {"tone": {"type": "integer"}}, ["input tone has lost its default 1: callers must pass it"]),
    ],
)
def test_a_call_that_the_old_version_takes(inputs: dict[str, Any], said: list[str]) -> None:
    assert refused_calls(version(1, inputs=OLD), version(2, inputs=inputs)) == said


def test_what_format_returns_is_of_one_type() -> None:
    chat = version(2, None, messages=({"role": "user", "content": "{{question}}"},))
    (said,) = refused_calls(version(1), chat)
    assert "format() returns another type" in said


def test_what_handlers_of_calls_must_be_ready_for_is_told_and_refuses_nothing() -> None:
    old, new = version(1), version(2, calling={"tools": [{"name": "look"}]})
    assert told_calls(old, new) == [
        "apps need a Cuebook that reads cuebook/version/2; older ones refuse it",
        "there is a first tool, look: answers may now be calls",
    ]
    assert refused_calls(old, new) == []
    assert told_calls(new, new) == told_calls(old, version(3, inputs={})) == []

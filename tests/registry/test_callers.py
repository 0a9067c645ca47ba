from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from build import case, suite, version
from cuebook.registry.callers import LEAST_TRIED, UntriedDefault, refused_calls, told_calls, untried_defaults

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


def test_apps_that_ask_a_model_cannot_ask_what_stands_in_for_one() -> None:
    real, rules = version(1), version(2, model="toy/answers")
    (said,) = refused_calls(real, rules)
    assert said == "toy/answers follows rules in place of a model, and no provider serves it"
    assert refused_calls(rules, real) == refused_calls(rules, version(3, model="offline/rules")) == []


def test_what_format_returns_is_of_one_type() -> None:
    chat = version(2, None, messages=({"role": "user", "content": "{{question}}"},))
    (said,) = refused_calls(version(1), chat)
    assert "format() returns another type" in said


def test_what_handlers_of_calls_must_be_ready_for_is_told_and_refuses_nothing() -> None:
    old, new = version(1), version(2, calling={"tools": [{"name": "look"}]})
    assert told_calls(old, new) == [
        "apps need a Cuebook that reads cuebook/version/2; older ones refuse it",
        "the first tool was added, look: answers may now be calls of it",
    ]
    assert refused_calls(old, new) == []
    assert told_calls(new, new) == told_calls(old, version(3, inputs={})) == []


@pytest.mark.parametrize(
    ("tone", "untried"),
    [
        ({"type": "integer", "default": 2}, True),
        ({"type": "integer", "default": True}, True),
        ({"type": "integer", "default": 1}, False),
        # what every case sets is what it gets without it
        ({"type": "integer", "default": 7}, False),
        ({"type": "integer"}, False),
    ],
)
def test_a_default_is_tried_by_cases_that_leave_the_input_out(tone: dict[str, Any], untried: bool) -> None:
    old, new = version(1, inputs=OLD), version(2, inputs=OLD | {"tone": tone})
    bare = [case(number) for number in range(20)]
    filled = [replace(item, inputs={**item.inputs, "tone": 7}) for item in bare]
    found = [UntriedDefault("tone", "qa")] if untried else []
    assert list(untried_defaults(old, new, [suite(filled)])) == found
    assert list(untried_defaults(version(1), new, [suite(filled)])) == (
        [UntriedDefault("tone", "qa")] if tone.get("default", 7) != 7 else []
    )
    few = int(20 * LEAST_TRIED)
    assert list(untried_defaults(old, new, [suite(bare[:few] + filled[few:])])) == []
    assert list(untried_defaults(old, new, [suite(bare[: few - 1] + filled[few - 1 :])])) == found
    assert (
        list(untried_defaults(version(1, inputs={"tone": {"type": "integer"}}), new, [suite(filled)])) == []
    )

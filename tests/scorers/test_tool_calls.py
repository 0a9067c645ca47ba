from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from build import case, suite
from cuebook.core.tool_calls import ToolCall
from cuebook.scorers import find
from cuebook.shapes.run import ModelReply, Score
from scoring import VERSION, grade

SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
VERSION_WITH_TOOLS = replace(VERSION, calling={"tools": [{"name": "look", "parameters": SCHEMA}]})
A = {"name": "look", "arguments": {"id": "A-17"}}


def judged(expected: Any, given: list[tuple[str, Any]], version: Any = VERSION, **settings: Any) -> Score:
    raws = [(name, said if isinstance(said, str) else json.dumps(said)) for name, said in given]
    calls = tuple(ToolCall.of(f"c{n}", name, raw) for n, (name, raw) in enumerate(raws))
    reply = ModelReply("", "m", finish="tool_calls", tool_calls=calls)
    return grade(
        "tool_calls", "", {"calls": expected}, given={"reply": reply, "version": version}, **settings
    )


@pytest.mark.parametrize(
    ("expected", "given", "settings", "value", "reason"),
    [
        ([], [], {}, 1, "no call, as expected"),
        ([A], [("look", {"id": "A-17", "more": 1})], {}, 1, "1 call as expected"),
        ([A], [("look", {"id": "A-17", "more": 1})], {"arguments": "exact"}, 0, "missing: look"),
        ([A], [("look", {"id": "A-18"})], {"arguments": "ignore"}, 1, "1 call as expected"),
        ([A], [], {}, 0, 'missing: look {"id":"A-17"}'),
        ([], [("pay", {})], {}, 0, "not expected: pay {}"),
        ([], [("pay", {})], {"extra": "allow"}, 1, "no call, as expected"),
        ([A], [("pay", {})], {}, 0, 'missing: look {"id":"A-17"}; called instead: pay {}'),
        ([A, {"name": "pay"}], [("pay", {}), ("look", A["arguments"])], {}, 1, "2 calls as expected"),
        (
            [A, {"name": "pay"}],
            [("pay", {}), ("look", A["arguments"])],
            {"order": "given"},
            0.5,
            "in another order than expected; missing:",
        ),
        ([A], [("look", A["arguments"]), ("refund", {})], {"forbidden": ["refund"]}, 0, "forbidden: refund"),
        ([A], [("look", '{"id": "A-17"')], {}, 0, "look: its arguments are not one JSON object"),
        ([A], [("", {})], {}, 0, "called instead: no tool {}"),
    ],
)
def test_value_and_reason(
    expected: Any, given: list[tuple[str, Any]], settings: dict[str, Any], value: float, reason: str
) -> None:
    result = judged(expected, given, **settings)
    assert (result.state, result.value, result.passed) == ("measured", value, value == 1)
    assert reason in result.reason


@pytest.mark.parametrize("arguments", ["subset", "exact", "ignore"])
def test_arguments_that_break_the_tools_own_schema_match_nothing(arguments: str) -> None:
    wanted = [{"name": "look", "arguments": {"id": {"$any": True}}}]
    result = judged(wanted, [("look", {"id": 17})], VERSION_WITH_TOOLS, arguments=arguments)
    assert result.value == 0
    assert "look: its arguments break the tool's schema: id: expected text" in result.reason
    assert judged(wanted, [("look", {"id": "17"})], VERSION_WITH_TOOLS, arguments=arguments).value == 1


def test_details_tell_which_tool_stood_for_which() -> None:
    result = judged([A, {"name": "pay"}], [("pay", {}), ("refund", {})])
    assert result.details == {"expected": ["look", "pay"], "called": ["pay", "refund"], "pairs": [[1, 0]]}


def test_a_text_without_calls_is_scored_by_its_calls() -> None:
    assert grade("tool_calls", "I looked it up.", {"calls": [A]}).value == 0
    assert grade("tool_calls", "Nothing to do.", {"calls": []}).value == 1


def test_a_case_that_expects_nothing_sayable_measures_nothing() -> None:
    assert grade("tool_calls", "", {}).state == "not_applicable"
    result = judged([{"name": "look", "arguments": {"id": {"$regexp": "a"}}}], [])
    assert (result.state, result.reason) == (
        "failed",
        "expectation 'calls': call 1: no matcher is called '$regexp'",
    )


def test_hostile_calls_stay_within_the_budget_and_on_one_line() -> None:
    long = {"x": list(range(5000))}
    wanted = [{"name": "f", "arguments": long}] * 100
    assert judged(wanted, [("f", long)] * 100).state == "failed"
    result = judged([], [("a\nb" * 500, {"x": "\n" * 500})])
    assert "\n" not in result.reason
    assert len(result.reason) < 400


def test_a_case_that_no_call_can_meet_is_found_before_a_run() -> None:
    wrong = replace(case(0), expectations={"calls": [{"name": "look", "args": {}}]}, line=7)
    (found,) = find("tool_calls").parameters().outdated(suite([case(1), wrong]))
    assert "unknown key 'args'" in found.what
    assert found.line == 7

from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.tool_calls import LONGEST_ARGUMENTS, MOST_CALLS, ToolCall, calls_said, read_calls


def called(arguments: Any, name: Any = "look", **changes: Any) -> dict[str, Any]:
    return {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}} | changes


@pytest.mark.parametrize(
    ("arguments", "read", "raw"),
    [
        ('{"id": "A-17"}', {"id": "A-17"}, '{"id": "A-17"}'),
        ("{}", {}, "{}"),
        ({"id": 1}, {"id": 1}, '{"id": 1}'),
        (None, {}, "{}"),
        ("", None, ""),
        ('{"id": "A-', None, '{"id": "A-'),
        ("[1]", None, "[1]"),
        ("null", None, "null"),
        ('{"id": NaN}', None, '{"id": NaN}'),
        ('{"id": 1, "id": 2}', None, '{"id": 1, "id": 2}'),
        ('{"a":' * 1000 + "1" + "}" * 1000, None, '{"a":' * 1000 + "1" + "}" * 1000),
        ('{"a": ' + "9" * 5000 + "}", None, '{"a": ' + "9" * 5000 + "}"),
        ("a\ud800b", None, "a\ufffdb"),
        ('{"a": "\\ud800"}', None, '{"a": "\\ud800"}'),
    ],
)
def test_arguments_are_one_json_object_or_none(arguments: Any, read: Any, raw: str) -> None:
    assert read_calls([called(arguments)]) == (ToolCall("c1", "look", read, raw),)


def test_a_call_of_a_custom_tool_has_a_text_and_no_arguments() -> None:
    custom = {"id": "c2", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    assert read_calls([custom]) == (ToolCall("c2", "sql", None, "SELECT 1"),)


@pytest.mark.parametrize("listed", [None, [], {}, "look", 3, [None, 1, "x", []]])
def test_what_is_no_list_of_calls_holds_none(listed: Any) -> None:
    assert read_calls(listed) == ()


def test_a_call_that_lacks_everything_is_still_a_call() -> None:
    assert read_calls([{}, {"function": 3}, called("{}", name=7, id=None)]) == (
        ToolCall("", "", {}, "{}"),
        ToolCall("", "", {}, "{}"),
        ToolCall("", "", {}, "{}"),
    )


def test_the_size_of_calls_is_bounded() -> None:
    long = '{"a": "' + "x" * LONGEST_ARGUMENTS + '"}'
    (first, *_, last) = found = read_calls([called(long, name="n" * 1000)] * (MOST_CALLS + 5))
    assert len(found) == MOST_CALLS
    assert first == last
    assert first.arguments is None
    assert len(first.raw) == LONGEST_ARGUMENTS
    assert len(first.name) == 200


def test_records_hold_the_text_of_arguments_only_where_it_is_no_object() -> None:
    good, bad = ToolCall.of("c1", "look", '{"a": 1}'), ToolCall.of("c2", "look", '{"a"')
    assert good.shown == {"id": "c1", "name": "look", "arguments": {"a": 1}}
    assert bad.shown == {"id": "c2", "name": "look", "arguments": None, "raw": '{"a"'}


def test_calls_are_read_a_line_each() -> None:
    good, bad = ToolCall.of("c1", "look", '{"b": 1, "a": [2]}'), ToolCall.of("c2", "", '{"a"')
    assert calls_said([good.shown, bad.shown, {}]) == (
        'calls look {"a":[2],"b":1}\ncalls no tool {"a"\ncalls no tool '
    )
    assert calls_said([]) == ""

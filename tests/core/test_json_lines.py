from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.errors import Problem
from cuebook.core.json_lines import read_jsonl


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"\n \n", []),
        (b'{"a": 1}\n\n[2]\n', [(1, {"a": 1}), (3, [2])]),
        (b'{"a": 1}\r\n{"b": 2}', [(1, {"a": 1}), (2, {"b": 2})]),
        ('{"a": "\u2028"}'.encode(), [(1, {"a": "\u2028"})]),
    ],
)
def test_json_lines(data: bytes, found: list[Any]) -> None:
    assert list(read_jsonl(data, "d.jsonl")) == found


def test_a_bad_line_does_not_hide_the_others() -> None:
    data = b'{"a": 1}\n{a: 2}\n{"a": NaN}\n{"a": 1, "a": 2}\n{"a": 4}'
    found = list(read_jsonl(data, "d.jsonl"))
    assert [item.line for item in found if isinstance(item, Problem)] == [2, 3, 4]
    assert [item for item in found if not isinstance(item, Problem)] == [(1, {"a": 1}), (5, {"a": 4})]


@pytest.mark.parametrize(("data", "line"), [(b'{"a": 1}\n\xff', 2), (b"\0", 1)])
def test_a_dataset_that_is_no_text_is_one_problem(data: bytes, line: int) -> None:
    (problem,) = read_jsonl(data, "d.jsonl")
    assert isinstance(problem, Problem)
    assert problem.line == line

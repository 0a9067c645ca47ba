from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.errors import Problem
from cuebook.core.json_lines import jsonl, read_jsonl


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


@pytest.mark.parametrize(
    ("line", "what", "cure"),
    [
        ('{"a": 1,}', "a key in double quotes is missing at column 9", "take out the comma"),
        (
            "{'a': 1}",
            "a key in double quotes is missing at column 2",
            "double quotes in place of single ones",
        ),
        ("{\u201ca\u201d: 1}", "a key in double quotes is missing at column 2", 'write " in place of \u201c'),
        ('// {"a": 1}', "no value is here at column 1", "JSON has no comments"),
        ('{"a": 1}{"a": 2}', "more than one value at column 9", "a line of its own"),
        ('{"a": {"b": 1}', "the line ends within its object", "close it: }"),
        ('{"a": 1, "a": 2}', "duplicate key 'a'", "keep one"),
        ('{"a": NaN}', "NaN is not JSON", "write null"),
        (f'{{"a": {"9" * 5000}}}', "a number has too many digits", "in quotes"),
        ('{"a": 1e999}', "1e999 is too large for a number", "in quotes"),
        (r'{"a": "\ud800"}', r"half a character, such as \ud800", "write the character itself"),
        ('{"a": "b}', "a text is not closed at column 7", 'close the text with "'),
        ('{"a": 1 "b": 2}', "a comma is missing at column 9", "write it after 1"),
        ('{"a": -1.5 "b": 2}', "a comma is missing at column 12", "write it after -1.5"),
        ('{"a": "x" "b": 2}', "a comma is missing at column 11", 'write it after "x"'),
        ('{"a": [{"b": 1} {"b": 2}]}', "a comma is missing at column 17", 'write it after {"b": 1}'),
        ('{"a": "say "hi" now"}', "a text ends before column 13", r"write \" for a quotation mark within it"),
        ('{"a": "x}, "b": 2}', "a text ends before column 13", "close it where it should end"),
        ('{"a": 1},', "a comma follows the object", "take out the comma at the end of the line"),
        ('{"a": 1}}', "more is closed than was opened", "take out }"),
        ('{"a" 1}', "a colon is missing at column 6", "write it between the key and its value"),
        ("{a: 1}", "a key in double quotes is missing at column 2", 'write "a"'),
        ('{"a": True}', "no value is here at column 7", "write true"),
        ('{"a": None}', "no value is here at column 7", "write null"),
        ('{"a": green}', "no value is here at column 7", 'a text needs double quotes: "green"'),
        (r'{"a": "C:\dir"}', "a backslash that begins no escape at column 10", r"write \\ for a backslash"),
    ],
)
def test_a_slip_comes_with_the_cure_for_just_that(line: str, what: str, cure: str) -> None:
    (problem,) = read_jsonl(line.encode(), "d.jsonl")
    assert isinstance(problem, Problem)
    assert problem.message.startswith("not JSON: ")
    assert what in problem.message
    assert cure in problem.hint


def test_a_text_over_several_lines_is_one_problem() -> None:
    data = b'{"a": 0}\n{"a": "b\nc\n\nd"}\n{"a": 1}\n{"a": "open}\n{"a": 2}\n'
    told = list(read_jsonl(data, "d.jsonl"))
    first, second = (item for item in told if isinstance(item, Problem))
    assert (first.line, first.message) == (2, "not JSON: a text with line breaks, up to line 5")
    assert first.hint == r"write \n for a line break, and the object on one line"
    assert (second.line, second.message) == (7, "not JSON: a text is not closed at column 7")
    assert [item for item in told if not isinstance(item, Problem)] == [
        (1, {"a": 0}),
        (6, {"a": 1}),
        (8, {"a": 2}),
    ]


@pytest.mark.parametrize(
    ("text", "line", "what", "cure"),
    [
        ("id,question\na,b\n", 1, "this is a table", "import it: cuebook import evals/qa/d.csv --name qa"),
        ("\n- id: a\n  inputs: {q: x, r: y}\n", 2, "this is YAML", "one JSON object a line"),
        ("What is it?\nAnd that?\n", 1, "this is not JSON", "one JSON object a line"),
    ],
)
def test_a_file_in_another_format_is_one_problem(text: str, line: int, what: str, cure: str) -> None:
    (problem,) = read_jsonl(text.encode(), "evals/qa/d.jsonl")
    assert isinstance(problem, Problem)
    assert (problem.line, problem.message) == (line, f"{what}; a dataset has one JSON object a line")
    assert cure in problem.hint


@pytest.mark.parametrize(("behind", "begins"), [(b"", b""), (b"{}\n", b"{}\n"), (b"{}", b"{}\n")])
def test_rows_are_written_each_on_a_line_of_its_own(behind: bytes, begins: bytes) -> None:
    rows = [{"id": "a", "inputs": {"x": "é\n"}}, {"id": "b"}]
    made = jsonl(rows, behind)
    assert made == begins + '{"id": "a", "inputs": {"x": "é\\n"}}\n{"id": "b"}\n'.encode()
    assert [item for item in read_jsonl(made, "x") if isinstance(item, tuple)][-2:] == [
        (len(made.splitlines()) - 1, rows[0]),
        (len(made.splitlines()), rows[1]),
    ]

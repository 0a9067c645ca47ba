from __future__ import annotations

import pytest

from cuebook.core.errors import InvalidFiles
from cuebook.jobs.import_rows import appended, fitting

THERE = b'{"id": "a", "inputs": {"q": "1"}, "tags": ["old"]}'


def test_a_row_is_there_where_one_asks_the_same_whatever_it_is_called() -> None:
    rows = [
        {"id": "z", "inputs": {"q": "1"}},
        {"id": "a", "inputs": {"q": "2"}},
        {"id": "b", "inputs": {"q": "2"}},
    ]
    longer, count = appended(THERE, "x.jsonl", rows)
    assert (longer, count) == (THERE + b'\n{"id": "a-2", "inputs": {"q": "2"}}\n', 1)
    assert appended(longer, "x.jsonl", rows) == (longer, 0)


def test_a_dataset_that_cannot_be_read_is_not_added_to() -> None:
    with pytest.raises(InvalidFiles, match=r"x\.jsonl"):
        appended(b"{", "x.jsonl", [{"id": "a", "inputs": {}}])


def test_an_answer_without_a_name_gets_the_name_that_the_rows_there_have() -> None:
    there = b'{"id": "a", "inputs": {"q": "1"}, "expectations": {"label": "x"}}\n'
    rows = [{"id": "b", "inputs": {"q": "2"}, "expectations": {"answer": "y"}}]
    assert fitting(there, "x.jsonl", rows) == (
        [{"id": "b", "inputs": {"q": "2"}, "expectations": {"label": "y"}}],
        "answer is label here, as in the rows that are there",
    )
    named = [{**rows[0], "expectations": {"answer": "y", "label": "z"}}]
    assert fitting(there, "x.jsonl", named) == (
        named,
        "no row that is there expects answer; they expect label",
    )
    without = b'{"id": "a", "inputs": {"q": "1"}}\n'
    assert fitting(without, "x.jsonl", rows) == (rows, "")
    two = b'{"id": "a", "inputs": {}, "expectations": {"label": "x", "must": "y"}}\n'
    assert fitting(two, "x.jsonl", rows) == (
        rows,
        "no row that is there expects answer; they expect label, must",
    )

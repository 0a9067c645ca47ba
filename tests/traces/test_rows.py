from __future__ import annotations

import pytest

from cuebook import traces
from cuebook.core.errors import InvalidFiles, UsageError
from cuebook.traces.rows import read


def test_csv_and_lines_of_json() -> None:
    data = b'id,question,session\n7,"When, and\nwhere?",s1\n8,Why?,\n'
    assert traces.read("rows.csv", data)[0] == "rows"
    first, second = read("rows.csv", data)
    assert first.fields == ({"id": "7", "question": "When, and\nwhere?", "session": "s1"},)
    assert (first.trace, first.conversation, second.conversation) == ("7", "s1", "8")
    (line,) = read("rows.jsonl", b'{"question": "a\xe2\x80\xa8b"}\n')
    assert line.fields == ({"question": "a\u2028b"},)
    assert traces.read("rows.jsonl", b'{"question": "x"}\n')[0] == "rows"


def test_what_no_format_knows() -> None:
    with pytest.raises(UsageError, match="no format knows this file") as error:
        traces.read("notes.txt", b"hello")
    assert "(otlp)" in error.value.hint
    with pytest.raises(UsageError, match="no format of traces is called 'otpl'"):
        traces.read("notes.txt", b"hello", "otpl")
    with pytest.raises(InvalidFiles, match="a row is one JSON object"):
        traces.read("rows.jsonl", b"[1, 2]", "rows")

from __future__ import annotations

import pytest

from cuebook.core.csv_files import csv_rows, delimiter, table_text
from cuebook.core.errors import InvalidFiles
from cuebook.core.files import Broken


def test_each_row_has_the_line_where_it_begins() -> None:
    assert list(csv_rows("a.csv", 'q;a\r\n"two\r\nlines";x\r\ny;z\r\n')) == [
        (1, ["q", "a"]),
        (2, ["two\r\nlines", "x"]),
        (4, ["y", "z"]),
    ]


def test_the_separator_is_what_the_first_line_has_most_of_outside_of_quotes() -> None:
    assert [delimiter("a.csv", text) for text in ('"a;b;c",d\n', "a;b\n1,2,3\n", "a\tb\n", "a\n")] == list(
        ",;\t,"
    )
    assert delimiter("a.tsv", "question\nyes, please\n") == "\t"


def test_the_separator_that_a_table_tells_excel_is_taken() -> None:
    assert list(csv_rows("a.csv", 'sep=;\r\nq,r;a\r\n"1\n2";3\r\n4;5\r\n')) == [
        (2, ["q,r", "a"]),
        (3, ["1\n2", "3"]),
        (5, ["4", "5"]),
    ]


def test_a_table_as_excel_writes_it_is_read_or_its_cure_named() -> None:
    assert table_text("q\ta\r\n日本\tx".encode("utf-16"), "a.csv", 100) == "q\ta\r\n日本\tx"
    for data, what in ((b"PK\x03\x04\0", "it is a workbook"), ("Größe".encode("cp1252"), "not UTF-8 text")):
        with pytest.raises(Broken, match=what) as wrong:
            table_text(data, "a.csv", 100)
        assert "in Excel 'CSV UTF-8'" in wrong.value.problem.hint
    with pytest.raises(Broken, match="the limit is 2"):
        table_text(b"abc", "a.csv", 2)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('a,b\n1,2\n"3,4\n5,6\n7,8\n', 3, "a quote is opened and never closed"),
        ('a,b\n"say "no" to me",2\n', 2, "a cell continues after its closing quote"),
        ("a\n" + "x" * 200_000, 2, "a cell has over 131,072 characters"),
    ],
)
def test_quotes_that_do_not_fit_are_told_at_the_row_they_are_in(text: str, line: int, what: str) -> None:
    with pytest.raises(InvalidFiles) as wrong:
        list(csv_rows("a.csv", text))
    (problem,) = wrong.value.problems
    assert (problem.line, problem.message) == (line, f"not CSV: {what}")
    assert problem.hint


@pytest.mark.parametrize("text", ['sep="\r\nq\r\n', "sep=\r\nq\r\n", "sep=\nq\n"])
def test_what_cannot_separate_cells_is_the_name_of_a_column(text: str) -> None:
    assert delimiter("a.csv", text) == ","

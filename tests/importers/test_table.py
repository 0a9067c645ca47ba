from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook import importers
from cuebook.core.errors import InvalidFiles
from cuebook.importers.table import sniff


def taken(path: str, data: str, **changes: Any) -> importers.Imported:
    return importers.read("table", importers.Request(path, data.encode(), **changes))


def rows(path: str, data: str, **changes: Any) -> list[dict[str, Any]]:
    (cases,) = taken(path, data, **changes).cases
    return [dict(row) for row in cases.rows]


def test_columns_of_a_table_are_inputs_expectations_and_what_describes_the_case() -> None:
    made = taken(
        "shop.csv", '\ufeffid,question,expected_answer,tags\nq1,"a, b",x,"t;u"\n,"two\nlines",,\nq1,c,007,\n'
    )
    (cases,) = made.cases
    assert cases.name == "shop"
    assert cases.rows == [
        {"id": "q1", "inputs": {"question": "a, b"}, "expectations": {"answer": "x"}, "tags": ["t", "u"]},
        {"id": "case-002", "inputs": {"question": "two\nlines"}},
        {"id": "q1-2", "inputs": {"question": "c"}, "expectations": {"answer": "007"}},
    ]
    assert [(note.line, note.message) for note in made.notes] == [(5, "q1 twice -> q1-2")]


def test_samples_of_openai_evals_have_what_is_ideal_as_expected() -> None:
    made = rows("a.jsonl", '{"input": [{"role": "user", "content": "Hi"}], "ideal": ["Hi", "Hello"]}\n')
    assert made[0]["expectations"] == {"ideal": ["Hi", "Hello"]}


def test_a_column_that_is_expected_and_not_there_is_told() -> None:
    made = taken("a.csv", "question,answer\na,b\n", expect=["answr"])
    (note,) = made.notes
    assert note.message == "--expect answr: no column has that name; did you mean 'answer'?"


def test_the_separator_is_the_one_of_the_first_line() -> None:
    assert rows("a.csv", "question;answer\na, b?;c\n")[0]["inputs"] == {"question": "a, b?"}
    assert rows("a.tsv", "question\tmust\na\tb\n", expect=["must"])[0]["expectations"] == {"must": "b"}
    assert rows("b.tsv", "question\nyes, please\n")[0]["inputs"] == {"question": "yes, please"}


def test_names_that_are_none_are_changed_and_said() -> None:
    made = taken("a.csv", "the question,id,answer\na,x y,b\n")
    assert made.cases[0].rows == [
        {"id": "x-y", "inputs": {"the_question": "a"}, "expectations": {"answer": "b"}}
    ]
    assert len(made.notes) == 2


def test_a_note_on_an_id_counts_the_rows_of_the_file() -> None:
    made = taken("a.csv", "question,id,answer\na,x,y\nb,x,y\nc,???,y\n")
    assert [row["id"] for row in made.cases[0].rows] == ["x", "x-2", "case-003"]
    assert [note.placed for note in made.notes] == [
        "item 2, id: x twice -> x-2",
        "item 3, id: ??? -> case-003",
    ]
    assert [note.at for note in made.notes] == ["1.id", "2.id"]


def test_a_table_without_an_expectation_says_how_to_name_it() -> None:
    (note,) = taken("a.csv", "frage,antwort\na,b\n").notes
    assert note.message == "no column says what is expected of an answer"
    assert "--expect COLUMN" in note.hint
    assert taken("a.csv", "frage,antwort\na,b\n", expect=("antwort",)).notes == []


def test_rows_of_other_tools_are_read_as_what_they_are() -> None:
    langsmith = [
        {
            "id": "7f",
            "inputs": {"q": "a"},
            "outputs": {"answer": "b"},
            "metadata": {"n": 1},
            "dataset_id": "d",
        }
    ]
    made = taken("a.json", json.dumps(langsmith))
    assert made.cases[0].rows == [
        {"id": "7f", "inputs": {"q": "a"}, "expectations": {"answer": "b"}, "tags": ["n:1"]}
    ]
    assert [note.at for note in made.notes] == ["0.dataset_id"]
    tuning = [
        {
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": "b"},
            ]
        },
        {"messages": [{"role": "user", "content": "a"}] * 3},
    ]
    made = taken("a.jsonl", "\n".join(map(json.dumps, tuning)))
    assert made.cases[0].rows == [
        {"id": "case-001", "inputs": {"input": "a"}, "expectations": {"answer": "b"}}
    ]
    assert [(note.at, note.line) for note in made.notes] == [("0.messages.0", 1), ("1", 2)]
    results = [{"run_id": f"r{n}", "item": {"q": "a"}, "sample": {}, "passes": {"g": True}} for n in range(3)]
    made = taken("a.jsonl", "\n".join(map(json.dumps, results)))
    assert len(made.cases[0].rows) == 1
    assert [note.message for note in made.notes] == [
        "3 answers of runs r0, r1, r2: results, not cases",
        "3 rulings of 1 grader: results, not cases",
    ]


@pytest.mark.parametrize(
    ("path", "data", "says"),
    [
        ("a.csv", "a,b\n1,2,3\n4,5,6\n", "a.csv:3: error: 3 cells under 2 columns"),
        ("a.csv", "a,b\n1,2,3\n4,5,6\n", "a.csv:2: error: 3 cells under 2 columns"),
        ("a.csv", "a,b\n", "there is no row"),
        ("a.csv", "Table 1;\na;b\n1;2\n", "a.csv:1: error: column 2 has no name, and 2 cells below it"),
        (
            "a.csv",
            'a,b\n1,2\n"3,4\n5,6\n7,8\n',
            "a.csv:3: error: not CSV: a quote is opened and never closed",
        ),
        ("a.csv", "a,b,a\n1,2,3\n", "a.csv:1: error: two columns are called 'a'"),
        ("a.jsonl", '{"a": 1}\n{"a"\n', "a.jsonl:2: error: not JSON"),
        ("a.json", "[{", "a.json:1: error: not JSON"),
        ("a.csv", "a\n\0\n", "NUL"),
        ("a.jsonl", '{"messages": []}', "no row of it can be taken"),
    ],
)
def test_what_is_no_table_is_said_with_its_line(path: str, data: str, says: str) -> None:
    with pytest.raises(InvalidFiles) as wrong:
        taken(path, data)
    assert says in str(wrong.value)


def test_ten_thousand_rows_are_read() -> None:
    assert len(rows("a.csv", "q\n" + "x\n" * 10_000)) == 10_000


@pytest.mark.parametrize(
    ("path", "data", "found"),
    [
        ("a.csv", b"", "maybe"),
        ("a.jsonl", b"", "maybe"),
        ("a.json", b'[{"a": 1}]', "maybe"),
        ("a.json", b'{"a": 1}', "no"),
        ("a.json", b"[1]", "no"),
        ("a.json", b"[", "no"),
        ("a.txt", b"a,b", "no"),
    ],
)
def test_sniffing(path: str, data: bytes, found: str) -> None:
    assert sniff(path, data) == found

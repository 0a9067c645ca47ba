from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.files import FixedTree
from cuebook.importers._notes import Notes
from cuebook.importers._promptfoo_rows import Row, RowReader


def read(config: dict[str, Any], **files: bytes) -> tuple[list[Row], list[tuple[str, str]]]:
    beside = FixedTree({name.replace("__", "/").replace("_dot_", "."): data for name, data in files.items()})
    notes = Notes("promptfooconfig.yaml")
    rows = RowReader(config, beside, notes).rows()
    return rows, [(note.at, note.message) for note in notes.notes]


def values(rows: list[Row]) -> list[dict[str, Any]]:
    return [dict(row.values) for row in rows]


def test_defaults_are_merged_and_lists_taken_apart() -> None:
    rows, said = read(
        {
            "defaultTest": {"vars": {"tone": "calm"}, "assert": [{"type": "latency", "threshold": 9}]},
            "tests": [
                {"vars": {"a": [1, 2], "b": ["x", "y"]}, "assert": [{"type": "contains", "value": "z"}]}
            ],
        }
    )
    assert values(rows) == [{"tone": "calm", "a": a, "b": b} for a in (1, 2) for b in ("x", "y")]
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [place for place, _ in rows[0].asserts] == [
        ("defaultTest", "assert", 0),
        ("tests", 0, "assert", 0),
    ]
    assert ("tests.0.vars.a", "list -> one row a value") in said


def test_scenarios_are_every_combination() -> None:
    rows, _ = read(
        {"scenarios": [{"config": [{"vars": {"a": 1}}, {"vars": {"a": 2}}], "tests": [{"vars": {"b": 3}}]}]}
    )
    assert values(rows) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]


def test_rows_come_from_tables_lines_and_patterns() -> None:
    head = b"\xef\xbb\xbfq,__expected,__description,__metadata:k[],__metric\n"
    table = head + b'"a\nb",contains:x,one,"m, n",z\nc,,,,\n'
    rows, said = read(
        {"tests": ["rows.csv", "file://more/*.yaml", "lines.jsonl"]},
        rows_dot_csv=table,
        more__a_dot_yaml=b"- vars: {q: d}\n",
        lines_dot_jsonl=b'{"vars": {"q": "e"}}\n',
    )
    assert [row.values["q"] for row in rows] == ["a\nb", "c", "d", "e"]
    assert rows[0].asserts[0][1] == {"type": "contains", "value": "x"}
    assert (rows[0].description, rows[0].metadata) == ("one", {"k": ["m", "n"]})
    assert [row.line for row in rows] == [2, 4, 1, 1]
    assert said == [("rows.csv:2.__metric", "column __metric: no equivalent")]


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("just text", "equals", "just text"),
        ("note: this", "equals", "note: this"),
        ("not-contains:x", "not-contains", "x"),
        ("contains-any:a, b", "contains-any", ["a", "b"]),
        ("fn:output", "javascript", "output"),
        ("grade:is kind", "llm-rubric", "is kind"),
        ("similar(0.8):x", "similar", "x"),
        ("is-json", "is-json", None),
    ],
)
def test_a_cell_names_its_assert(cell: str, kind: str, value: Any) -> None:
    rows, _ = read({"tests": "t.csv"}, t_dot_csv=f'q,__expected\nx,"{cell}"\n'.encode())
    [(_, found)] = rows[0].asserts
    assert (found["type"], found.get("value")) == (kind, value)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("file://gen.py", "code, which is not run"),
        ("file://gen.js:make", "code, which is not run"),
        ("https://example.org/t.csv", "nothing is fetched or run"),
        ("huggingface://datasets/x", "nothing is fetched or run"),
        ("file://../../etc/passwd", "outside of the config's folder"),
        ("file:///etc/passwd", "outside of the config's folder"),
        ("file://{{ env.X }}.csv", "outside of the config's folder"),
        ("missing.csv", "is not there"),
        ("none/*.csv", "no file matches it"),
    ],
)
def test_what_is_not_read_is_said(name: str, why: str) -> None:
    rows, said = read({"tests": [name, {"vars": {"q": 1}}]})
    assert len(rows) == 1
    assert why in said[0][1]


def test_variables_and_templates_come_from_files_and_references() -> None:
    rows, said = read(
        {
            "assertionTemplates": {"short": {"type": "contains", "value": "x"}},
            "tests": [
                {
                    "vars": {"q": "file://q.txt"},
                    "assert": [{"$ref": "#/assertionTemplates/short"}, {"$ref": "#/no"}],
                },
                {"vars": "file://v.yaml"},
            ],
        },
        q_dot_txt=b"Why?",
        v_dot_yaml=b"q: because\n",
    )
    assert values(rows) == [{"q": "Why?"}, {"q": "because"}]
    assert rows[0].asserts[0][1]["type"] == "contains"
    assert [item for item in said if "names nothing in this file" in item[1]]


def test_each_broken_file_of_rows_is_an_error_with_its_own_name_and_hides_no_other() -> None:
    files = {
        "t.yaml": b"- a: [\n",
        "u.json": b"{",
        "v.jsonl": b"{}\n3 4\n",
        "w.csv": b"q\n\xff\n",
        "x.csv": b'q\n1\n"2\n3\n',
    }
    notes = Notes("deep/promptfooconfig.yaml")
    rows = RowReader({"tests": [*files, {"vars": {"q": 1}}]}, FixedTree(files), notes).rows()
    assert [(item.file, item.line) for item in notes.problems] == [
        ("deep/t.yaml", 1),
        ("deep/u.json", 1),
        ("deep/v.jsonl", 2),
        ("deep/w.csv", 2),
        ("deep/x.csv", 3),
    ]
    assert values(rows)[-1] == {"q": 1}


def test_combinations_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuebook.importers._promptfoo_rows.MOST_ROWS", 50)
    rows, said = read({"tests": [{"vars": {key: list(range(10)) for key in "abcdefgh"}}]})
    assert len(rows) == 50
    assert "more than 50 rows" in said[-1][1]


def test_a_table_of_more_rows_than_are_read_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cuebook.importers._promptfoo_rows.MOST_ROWS", 3)
    rows, said = read({"tests": "t.csv"}, t_dot_csv=b"q\n1\n2\n3\n4\n5\n")
    assert len(rows) == 3
    assert "more than 3 rows" in said[-1][1]


@pytest.mark.parametrize(
    ("name", "text", "cells"),
    [
        ("t_dot_csv", b'"a;b;c",d\n1,2\n', [{"a;b;c": "1", "d": "2"}]),
        ("t_dot_tsv", b"q\nyes, please\n", [{"q": "yes, please"}]),
    ],
)
def test_the_separator_of_a_table_is_found_outside_of_its_quotes(
    name: str, text: bytes, cells: list[dict[str, str]]
) -> None:
    rows, _ = read({"tests": name.replace("_dot_", ".")}, **{name: text})
    assert values(rows) == cells

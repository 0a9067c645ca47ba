from __future__ import annotations

import json
from typing import Any

import pytest

from cuebook.scorers import Context, find
from cuebook.scorers.sql_result import Parameters, compare, extract_sql, is_ordered, score
from cuebook.shapes.run import Case, ModelReply, Score, Version

SCHEMA = b"""
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, city TEXT, age INTEGER, score REAL);
CREATE INDEX people_city ON people (city);
INSERT INTO people VALUES
  (1, 'Ana', 'Rome', 30, 0.1), (2, 'Ben', 'Rome', 40, 0.2), (3, 'Ana', NULL, 50, 0.3),
  (4, 'Dee', 'Oslo', 30, NULL);
"""
VERSION = Version(
    "text-to-sql", 1, "first", "offline/rules", {}, {}, None, "{{question}}", "simple", "text", None
)


def context(answer: str, expectations: dict[str, Any], files: dict[str, bytes] | None = None) -> Context:
    case = Case("one", {"question": "?"}, expectations)
    return Context(case, VERSION, ModelReply(answer, "m"), {"db.sql": SCHEMA} if files is None else files)


def grade(answer: str, reference: str, **settings: Any) -> Score:
    parameters = Parameters.model_validate({"schema": "db.sql", **settings})
    result = score.function(context(answer, {"sql": reference}), parameters)
    assert isinstance(result, Score)
    return result


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("SELECT COUNT(*) FROM people", "SELECT 4"),
        ("select count(*) as n from people;", "SELECT COUNT(id) FROM people"),
        ("SELECT AVG(age) FROM people", "SELECT 37.5"),
        ("SELECT 4.0", "SELECT COUNT(*) FROM people"),
        ("SELECT 0.1 + 0.2", "SELECT 0.3"),
        ("SELECT name FROM people ORDER BY id DESC", "SELECT name FROM people"),
        ("SELECT city FROM people ORDER BY id", "SELECT city FROM people ORDER BY id LIMIT 9"),
        ("SELECT name FROM people WHERE 0", "SELECT name FROM people WHERE age > 99"),
        ("WITH a AS (SELECT age FROM people) SELECT SUM(age) FROM a", "SELECT 150"),
        ("SELECT name, RANK() OVER (ORDER BY id) FROM people", "SELECT name, id FROM people"),
        ("-- two rows\nSELECT name FROM people WHERE city = 'Rome' /* done */", "VALUES ('Ben'), ('Ana')"),
    ],
)
def test_same_rows(answer: str, reference: str) -> None:
    result = grade(answer, reference)
    assert (result.value, result.passed, result.reason) == (1.0, True, "same rows")


@pytest.mark.parametrize(
    ("answer", "reference", "reason"),
    [
        ("SELECT name FROM people", "SELECT name FROM people WHERE city = 'Rome'", "4 rows instead of 2"),
        ("SELECT name FROM people WHERE 0", "SELECT name FROM people", "0 rows instead of 4"),
        ("SELECT DISTINCT name FROM people", "SELECT name FROM people", "3 rows instead of 4"),
        ("SELECT 3", "SELECT COUNT(*) FROM people", "(3) instead of (4)"),
        ("SELECT '4'", "SELECT COUNT(*) FROM people", "(4) instead of (4)"),
        ("SELECT NULL", "SELECT 0", "(NULL) instead of (0)"),
        ("SELECT 0.30001", "SELECT 0.3", "(0.30001) instead of (0.3)"),
        ("SELECT id, name FROM people", "SELECT name FROM people", "2 columns instead of 1"),
        ("SELECT age, name FROM people", "SELECT name, age FROM people", "no row (Ana, 30)"),
        (
            "SELECT name FROM people",
            "SELECT name FROM people ORDER BY id DESC",
            "the right rows in another order",
        ),
        ("SELECT nam FROM people", "SELECT 1", "no column 'nam'"),
        ("SELEC 1", "SELECT 1", "a syntax error near 'SELEC'"),
        ("SELECT YEAR('2024-01-01')", "SELECT 2024", "no function 'YEAR'"),
        ("", "SELECT 1", "no SQL in the answer"),
        ("-- nothing here", "SELECT 1", "no SQL in the answer"),
        ("Here is the query you want: SELECT 1", "SELECT 1", "a syntax error near 'Here'"),
        ("SELECT :hidden", "SELECT 1", None),
        ("SELECT '\ud800'", "SELECT 1", None),
        ("SELECT '\x00'", "SELECT 1", None),
    ],
)
def test_wrong_sql_is_a_measured_zero_that_says_why(answer: str, reference: str, reason: str | None) -> None:
    result = grade(answer, reference)
    assert (result.state, result.value, result.passed) == ("measured", 0.0, False)
    assert result.reason == reason if reason else result.reason


def test_ordered_overrules_the_reference() -> None:
    backwards = "SELECT name FROM people ORDER BY id DESC"
    assert grade(backwards, "SELECT name FROM people", ordered=True).value == 0
    assert grade("SELECT name FROM people", backwards, ordered=False).value == 1


def test_what_is_broken_on_our_side_is_no_zero() -> None:
    parameters = Parameters.model_validate({"schema": "db.sql"})
    right = "SELECT 1"
    table = [
        (
            context(right, {"sql": "SELECT nam FROM people"}),
            "failed",
            "the reference query is broken: no column",
        ),
        (
            context(right, {"sql": "DROP TABLE people"}),
            "failed",
            "the reference query is broken: something other",
        ),
        (context(right, {"sql": right}, {}), "failed", "the suite has no file 'db.sql'"),
        (
            context(right, {"sql": right}, {"db.sql": b"CREATE TABLE ("}),
            "failed",
            "db.sql is broken: a syntax error near '('",
        ),
        (
            context(right, {"sql": right}, {"db.sql": b"\xff"}),
            "failed",
            "db.sql is broken: the file is not UTF-8",
        ),
        (context(right, {"answer": right}), "not_applicable", "the case has no expectation 'sql'"),
    ]
    for asked, state, start in table:
        result = score.function(asked, parameters)
        assert isinstance(result, Score)
        assert (result.state, result.reason[: len(start)]) == (state, start)


def test_the_answer_cannot_change_what_the_next_one_sees() -> None:
    for attack in ("DELETE FROM people", "DROP TABLE people", "UPDATE people SET age = 1"):
        assert grade(attack, "SELECT 1").reason == "something other than reading tables"
    assert grade("SELECT COUNT(*) FROM people", "SELECT 4").value == 1


@pytest.mark.parametrize(
    ("answer", "sql"),
    [
        ("SELECT 1", "SELECT 1"),
        ("  SELECT 1;\n", "SELECT 1;"),
        ("```sql\nSELECT 1\n```", "SELECT 1"),
        ("```SQL\nSELECT 1\n```", "SELECT 1"),
        ("```\nSELECT 1\n```", "SELECT 1"),
        ("```sql SELECT 1```", "SELECT 1"),
        ("Sure!\n```sql\nSELECT 1;\n```\nIt counts.", "SELECT 1;"),
        ("```text\nnot this\n```\n```sql\nSELECT 1\n```", "SELECT 1"),
        ("```sql\nSELECT 1", "SELECT 1"),
        ('{"sql": "SELECT 1"}', "SELECT 1"),
        ('```json\n{"sql": "SELECT 1"}\n```', "SELECT 1"),
        ('{"query": "SELECT 1"}', '{"query": "SELECT 1"}'),
        ('{"sql": 1}', '{"sql": 1}'),
        ('{"sql": ', '{"sql":'),
        ("", ""),
        ("``` ```", ""),
    ],
)
def test_the_query_is_taken_out_of_the_answer(answer: str, sql: str) -> None:
    assert extract_sql(answer) == sql


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("SELECT 1", False),
        ("SELECT a FROM t ORDER BY a", True),
        ("select a from t order\n by a limit 3", True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False),
        ("SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t", False),
        ("SELECT 'x ORDER BY y' FROM t", False),
        ("SELECT a FROM t -- ORDER BY a", False),
    ],
)
def test_only_the_outermost_order_counts(sql: str, ordered: bool) -> None:
    assert is_ordered(sql) is ordered


@pytest.mark.parametrize(
    ("wanted", "found", "ordered", "difference"),
    [
        ([], [], True, ""),
        ([(1, "a")], [(1.0, "a")], False, ""),
        ([(0.3, "a"), (0.1 + 0.2, "b")], [(0.3, "b"), (0.1 + 0.2, "a")], False, ""),
        ([(1,), (1,), (2,)], [(1,), (2,), (2,)], False, "no row (1)"),
        ([(None,), (1,)], [(1,), (None,)], False, ""),
        ([(None,), (1,)], [(1,), (None,)], True, "the right rows in another order"),
        ([(b"a",)], [("a",)], False, "(a) instead of (b'a')"),
        ([(1e12,)], [(1e12 + 0.1,)], False, ""),
    ],
)
def test_compare(wanted: list[Any], found: list[Any], ordered: bool, difference: str) -> None:
    assert compare(wanted, found, ordered=ordered) == difference


def test_it_is_a_member_of_the_family() -> None:
    assert find("sql_result") is score
    assert not score.needs_model
    assert (
        json.loads(json.dumps(Parameters.model_validate({"schema": "a.sql"}).model_dump()))["schema_"]
        == "a.sql"
    )
    with pytest.raises(ValueError, match="Extra inputs"):
        Parameters.model_validate({"schema": "a.sql", "order": True})

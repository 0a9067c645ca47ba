from __future__ import annotations

from pathlib import Path

import pytest

from cuebook.scorers import _sqlite
from cuebook.scorers._sqlite import Unrunnable, expansion, make_database, run_query, words

DATABASE = make_database(b"CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y');")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT a FROM t WHERE b LIKE 'Y'", [(2,)]),
        ("SELECT strftime('%Y', '2024-05-01'), round(2.5), coalesce(NULL, lower('A'))", [("2024", 3.0, "a")]),
        ("SELECT CAST('7' AS INTEGER), CASE WHEN 1 THEN 'x' END", [(7, "x")]),
        ("SELECT SUM(a) FILTER (WHERE b = 'x'), COUNT(DISTINCT b) FROM t", [(1, 2)]),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
            [(1,), (2,), (3,)],
        ),
        ("SELECT a, SUM(a) OVER (ORDER BY a) FROM t", [(1, 1), (2, 3)]),
        ("SELECT a FROM t x WHERE NOT EXISTS (SELECT 1 FROM t y WHERE y.a > x.a)", [(2,)]),
        ("SELECT name FROM sqlite_schema", [("t",)]),
        ("SELECT COUNT(*) FROM (SELECT a FROM t UNION SELECT a FROM t)", [(2,)]),
    ],
)
def test_ordinary_queries_run(sql: str, rows: list[tuple[object, ...]]) -> None:
    assert run_query(DATABASE, sql) == rows


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (3, 'z')",
        "CREATE TABLE u (a)",
        "CREATE TEMP TABLE u AS SELECT * FROM t",
        "DELETE FROM sqlite_schema",
        "UPDATE sqlite_master SET sql = ''",
        "PRAGMA writable_schema = 1",
        "PRAGMA database_list",
        "BEGIN",
        "SAVEPOINT s",
        "ANALYZE",
        "ALTER TABLE t ADD COLUMN c",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
    ],
)
def test_nothing_but_reading(sql: str) -> None:
    with pytest.raises(Unrunnable, match="something other than reading tables"):
        run_query(DATABASE, sql)


def test_files_stay_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for sql in ("ATTACH 'stolen.db' AS s", "VACUUM INTO 'stolen.db'", "ATTACH '' AS s", "VACUUM"):
        with pytest.raises(Unrunnable):
            run_query(DATABASE, sql)
        with pytest.raises(Unrunnable):
            make_database(f"CREATE TABLE t (a); {sql};".encode())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "call",
    [
        "load_extension('x')",
        "randomblob(1000000000)",
        "zeroblob(1000000000)",
        "printf('%1000000000d', 1)",
        "replace('a', 'a', 'b')",
        "trim('a')",
        "random()",
        "current_date",
        "sqlite_version()",
        "writefile('x', 'y')",
        "readfile('/etc/passwd')",
        "fts3_tokenizer('simple')",
    ],
)
def test_functions_off_the_list_are_refused(call: str) -> None:
    with pytest.raises(Unrunnable, match=r"the function .* is not allowed|no function"):
        run_query(DATABASE, f"SELECT {call}")


FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
DOUBLING = "WITH c0 AS (SELECT 1 AS a)" + "".join(
    f", c{i + 1} AS (SELECT x.a FROM c{i} x, c{i} y)" for i in range(40)
)
NESTED = "t"
for _ in range(9):
    NESTED = f"(SELECT {'+'.join('a' * 9)} AS a FROM {NESTED})"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (FOREVER + "SELECT COUNT(*) FROM n", r"more than 1,000,000 steps"),
        (FOREVER + "SELECT i FROM n", r"more than 1,000 rows"),
        (FOREVER + "SELECT MAX(i) FROM n ORDER BY 1", r"more than 1,000,000 steps"),
        ("SELECT 1 FROM " + ", ".join(f"t t{i}" for i in range(40)), r"more than 1,000 rows"),
        (DOUBLING + " SELECT a FROM c40", "too many queries inside each other"),
        (f"SELECT a FROM {NESTED}", "too many queries inside each other"),
        (f"SELECT '{'x' * 5000}'", "longer than 4,000 characters"),
        (
            FOREVER.replace("1 UNION ALL SELECT i + 1", "'xx' UNION ALL SELECT i || i")
            + "SELECT MAX(i) FROM n",
            "a value of more than 4,000 bytes",
        ),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1; DROP TABLE t", "more than one statement"),
        ("SELECT " + "(" * 200 + "1" + ")" * 200, "nested too deeply"),
        ("SELECT " + ", ".join("1" * 150), "too many columns"),
        ("SELECT '" + "%" * 200 + "' LIKE '" + "%" * 200 + "'", "the pattern of a LIKE or GLOB is too long"),
    ],
)
def test_every_bomb_has_a_limit(sql: str, reason: str) -> None:
    with pytest.raises(Unrunnable, match=reason):
        run_query(DATABASE, sql)


def test_the_same_query_stops_at_the_same_step(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = FOREVER.replace("FROM n)", "FROM n WHERE i < 2000)") + "SELECT COUNT(*) FROM n"
    assert run_query(DATABASE, sql) == [(2000,)]
    monkeypatch.setattr(_sqlite, "MAX_STEPS", 20_000)
    for _ in range(3):
        with pytest.raises(Unrunnable, match="more than 20,000 steps"):
            run_query(DATABASE, sql)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (b"CREATE TABLE t (a); INSERT INTO t SELECT 1", "only CREATE TABLE"),
        (b"CREATE VIEW v AS VALUES (1)", "something other"),
        (
            b"CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END",
            "something other",
        ),
        (b"PRAGMA page_size = 512", "something other"),
        (
            b"CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(9))",
            "the function 'randomblob' is not allowed",
        ),
        (b"CREATE TABLE t (a); INSERT INTO u VALUES (1)", "no table 'u'"),
        (b"CREATE TABLE t (a", "the SQL ends too early"),
    ],
)
def test_a_schema_file_makes_and_fills_tables_only(schema: bytes, reason: str) -> None:
    with pytest.raises(Unrunnable, match=reason):
        make_database(schema)


def test_transactions_and_long_table_definitions_are_fine() -> None:
    columns = ", ".join(f"a_column_with_quite_a_long_name_{i} INTEGER NOT NULL DEFAULT 0" for i in range(90))
    schema = f"BEGIN; CREATE TABLE wide ({columns}); INSERT INTO wide DEFAULT VALUES; COMMIT;"
    assert len(columns) > _sqlite.MAX_VALUE
    assert run_query(make_database(schema.encode()), "SELECT COUNT(*) FROM wide") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "bound"),
    [
        ("", 1),
        ("SELECT 1", 1),
        ("SELECT a + a FROM t", 2),
        ("SELECT a + a FROM (SELECT b * b * b AS a FROM t)", 6),
        ('SELECT "-" + [-] + `-` FROM t', 3),
        ("SELECT 'a a a' -- a a a\n FROM t /* a a", 1),
    ],
)
def test_expansion(sql: str, bound: int) -> None:
    assert expansion(sql) == bound


def test_words_know_quotes_and_comments() -> None:
    assert list(words("""SELECT "A", 'it''s b' FROM [c d] -- e\n/* f */ (g)""")) == [
        "select", "a", "from", "c d", "(", "g", ")",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "ours"),
    [
        ("SELECT", "the SQL ends too early"),
        ("SELECT 'a", 'a syntax error at "\'a"'),
        ("SELECT 1 FROM nope", "no table 'nope'"),
        ("SELECT t.zz FROM t", "no column 't.zz'"),
        ("SELECT x.a FROM t x, t y WHERE a", "several tables have a column 'a'"),
        ("SELECT sum(sum(a)) FROM t", "'sum' cannot be computed there"),
        ("SELECT abs(1, 2)", "wrong number of arguments for 'abs'"),
        ("SELECT a FROM t ORDER BY 40", "an ORDER BY that does not fit"),
        ("SELECT 1 UNION SELECT 1, 2", "parts with different numbers of columns"),
        ("SELECT :name", "a parameter that nothing fills"),
        ("SELECT '\ud800'", "characters that are not text"),
        ("SELECT raise(abort, 'said by the query')", "SQL that cannot be run"),
    ],
)
def test_what_sqlite_complains_of_is_said_in_our_words(sql: str, ours: str) -> None:
    with pytest.raises(Unrunnable) as refused:
        run_query(DATABASE, sql)
    assert str(refused.value) == ours

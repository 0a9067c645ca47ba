"""A SQLite database that a hostile query may read and nothing else.

One statement, a fixed list of functions, and limits on text, work and rows. Every limit counts things,
never time, so that a result does not depend on the machine. Each query gets a fresh copy of the database.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import lru_cache
from math import prod
from typing import Any, TypeAlias

SqlRow: TypeAlias = tuple[Any, ...]

MAX_SQL, MAX_VALUE = 4_000, 4_000
"""Characters of a query; bytes of one value or row while it runs."""
MAX_STEPS, SCHEMA_STEPS = 1_000_000, 20_000_000
"""Instructions of SQLite's virtual machine, for a query and for the schema file."""
MAX_ROWS, MAX_PAGES = 1_000, 8_192
"""Rows of a result; pages of 4 kB that the schema's database may have."""
MAX_EXPANSION = 100_000
"""SQLite copies inner queries into outer ones while it prepares, before any step is counted."""
_TICK = 1_000
"""Instructions between two looks at the budget: looking at each would be most of the work."""

_FUNCTIONS = frozenset(
    """abs avg ceil ceiling coalesce count cume_dist date datetime dense_rank first_value floor glob ifnull
    iif julianday lag last_value lead length like lower max min nth_value ntile nullif percent_rank rank
    round row_number sign strftime substr substring sum time total typeof unixepoch upper""".split()  # noqa: SIM905
)
"""No trim, replace, instr, printf or group_concat: one call of theirs can cost more than many steps."""

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_MAKING = _READING | {
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_REINDEX,
    sqlite3.SQLITE_TRANSACTION,
}
_CATALOGUE = frozenset({"sqlite_master", "sqlite_sequence"})
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 4 * MAX_SQL,  # in bytes, of which a character has up to four
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 60,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 20,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
}

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*(?:'|\Z)"
    r"|\"(?P<double>[^\"]*)\"|`(?P<tick>[^`]*)`|\[(?P<bracket>[^\]]*)\]|(?P<word>\w+)|[()]",
    re.S,
)


class Unrunnable(Exception):
    """A query or schema file that gave no rows; the text says why, in words for a report."""


@lru_cache(maxsize=8)
def make_database(schema: bytes) -> bytes:
    """The serialized database that CREATE TABLE, CREATE INDEX and INSERT make. Raises Unrunnable."""
    try:
        text = schema.decode()
    except UnicodeDecodeError:
        raise Unrunnable("the file is not UTF-8 text") from None
    # A query in here would not go through the check of its ``expansion``.
    if "select" in words(text):
        raise Unrunnable("only CREATE TABLE, CREATE INDEX and INSERT ... VALUES are understood")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA max_page_count = {MAX_PAGES}")
        _guarded(connection, _MAKING, SCHEMA_STEPS, lambda: connection.executescript(text))
        if connection.in_transaction:
            connection.commit()
        return connection.serialize()


def run_query(database: bytes, sql: str) -> list[SqlRow]:
    """The rows of one SELECT over a serialized database. Raises Unrunnable."""
    if len(sql) > MAX_SQL:
        raise Unrunnable(f"the query is longer than {MAX_SQL:,} characters")
    if expansion(sql) > MAX_EXPANSION:
        raise Unrunnable("too many queries inside each other")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(database)
        connection.execute("PRAGMA temp_store = MEMORY")
        # The catalogue is read before the limit on values: a CREATE TABLE may be longer.
        connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
        for limit, value in _LIMITS.items():
            connection.setlimit(limit, value)
        rows: list[SqlRow] = _guarded(connection, _READING, MAX_STEPS, lambda: _fetch(connection, sql))
    if len(rows) > MAX_ROWS:
        raise Unrunnable(f"more than {MAX_ROWS:,} rows")
    return rows


def words(sql: str) -> Iterator[str]:
    """Names, key words and parentheses in lower case; comments and string literals are left out."""
    for found in _TOKEN.finditer(sql):
        name = found["word"] or found["double"] or found["tick"] or found["bracket"]
        if name or found[0] in "()":
            yield (name or found[0]).casefold()


def expansion(sql: str) -> int:
    """An upper bound on how often any part of a query is copied while it is prepared.

    A SELECT may copy an inner one as often as it names it, and levels multiply.
    """
    levels = [Counter[str]()]
    for word in words(sql):
        if word == "select":
            levels.append(Counter())
        elif word not in "()":
            levels[-1][word] += 1
    return prod(max(level.values(), default=1) for level in levels)


def _fetch(connection: sqlite3.Connection, sql: str) -> list[SqlRow]:
    cursor = connection.execute(sql)
    if cursor.description is None:
        raise Unrunnable("no SQL in the answer")
    # One more, to know that there are more.
    return cursor.fetchmany(MAX_ROWS + 1)


def _guarded(
    connection: sqlite3.Connection, allowed: frozenset[int], budget: int, action: Callable[[], Any]
) -> Any:
    """Run with an allow-list of operations and a budget of steps; SQLite's complaints become Unrunnable."""
    spent = 0

    def tick() -> int:
        nonlocal spent
        spent += _TICK
        return int(spent > budget)

    def permit(operation: int, first: str | None, second: str | None, *_: str | None) -> int:
        if operation == sqlite3.SQLITE_FUNCTION:
            fine = str(second).casefold() in _FUNCTIONS
        elif operation == sqlite3.SQLITE_UPDATE:
            fine = allowed is _MAKING and first in _CATALOGUE
        else:
            fine = operation in allowed
        return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY

    connection.set_authorizer(permit)
    connection.set_progress_handler(tick, _TICK)
    try:
        return action()
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        # SQLite says no more than that it was interrupted.
        if spent > budget:
            raise Unrunnable(f"more than {budget:,} steps of work") from None
        raise Unrunnable(_explain(str(error))) from None
    finally:
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)


def _explain(error: str) -> str:
    """What SQLite complains of in our words: its own sentences differ between its releases."""
    for pattern, ours in _COMPLAINTS:
        if found := pattern.match(error):
            return ours.format(*map(repr, found.groups()))
    return "SQL that cannot be run"


_COMPLAINTS = tuple(
    (re.compile(pattern, re.S), ours)
    for pattern, ours in (
        (r'near "(.*)": syntax error', "a syntax error near {}"),
        (r'unrecognized token: "(.*)"', "a syntax error at {}"),
        (r"incomplete input", "the SQL ends too early"),
        (r"no such table: (.*)", "no table {}"),
        (r'no such column: "?(.*?)"?(?: - should this be .*)?\Z', "no column {}"),
        (r"table (.*) has no column named (.*)", "the table {} has no column {}"),
        (r"no such function: (.*)", "no function {}"),
        (r"no such window: (.*)", "no window {}"),
        (r"no such index: (.*)", "no index {}"),
        (r"ambiguous column name: (.*)", "several tables have a column {}"),
        (r"cannot join using column (.*) - ", "not both tables have a column {}"),
        (r"not authorized to use function: (.*)", "the function {} is not allowed"),
        (r"wrong number of arguments to function (.*)\(\)", "wrong number of arguments for {}"),
        (r"misuse of .*?(\w+)\(\)", "{} cannot be computed there"),
        (r"circular reference: (.*)", "{} is defined by itself"),
        (r"(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed", "a row breaks a {} rule"),
        (r"(?:table|index) (.*) already exists", "{} is created twice"),
        (r"duplicate column name: (.*)", "the column {} is there twice"),
        (r"You can only execute one statement", "more than one statement"),
        (r"not authorized|table .* may not be modified|access to ", "something other than reading tables"),
        (r".*(?:GROUP BY|HAVING)", "a GROUP BY or HAVING that does not fit"),
        (r".*ORDER BY", "an ORDER BY that does not fit"),
        (r".*number of result columns|all VALUES", "parts with different numbers of columns"),
        (r"sub-select returns|row value misused", "several columns where one is needed"),
        (
            r"table .* columns but|\d+ values for",
            "a row with more or fewer values than the table has columns",
        ),
        (r"no tables specified", "a * without a table"),
        (r"datatype mismatch", "a value of the wrong type"),
        (r"database or disk is full", "too much data"),
        (r"too many columns", "too many columns"),
        (r"too many terms", "too many queries in a row"),
        (r"too many arguments", "too many arguments for a function"),
        (r".*pattern too complex", "the pattern of a LIKE or GLOB is too long"),
        (r".*too big", f"a value of more than {MAX_VALUE:,} bytes"),
        (r"Expression tree is too large|parser stack overflow", "an expression nested too deeply"),
        (r"integer overflow", "a number that is too large"),
        (r"Incorrect number of bindings|You did not supply", "a parameter that nothing fills"),
        (r".*null character", "a null character"),
        (r".*codec can't|Could not decode", "characters that are not text"),
    )
)
"""The complaints of SQLite and of Python's module for it; the first that fits counts."""

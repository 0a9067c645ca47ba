"""1 if the answer's SQL gives the same rows as the reference query, else 0; both run in SQLite.

The database is made in memory from the suite's own schema file (CREATE TABLE, CREATE INDEX and INSERT).
The query is taken from a fence or from JSON ``{"sql": ...}``, or is the whole answer. Rows count as a
bag unless the outermost query of the reference has an ORDER BY, which must then leave no ties. Column
names are ignored, their order matters. An answer can only read, within fixed limits (``_sqlite.py``).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import isclose
from typing import Any

from pydantic import ConfigDict, Field

from cuebook.core.format import plural
from cuebook.core.shape_errors import meant
from cuebook.scorers._base import (
    Context,
    NoParameters,
    Outdated,
    expectation,
    failed,
    measured,
    no_expectation,
    scorer,
)
from cuebook.scorers._sqlite import SqlRow, Unrunnable, make_database, run_query, words
from cuebook.shapes.run import Score, Version
from cuebook.shapes.suite import Suite

TOLERANCE = 1e-6
"""Numbers this far apart are equal: floats that were added in another order are not quite the same."""

# The end of the text closes a fence that was left open.
_FENCE = re.compile(r"```(?:(?P<kind>sql|sqlite)?\s|\w*[ \t]*\n)?(?P<body>.*?)(?:```|\Z)", re.S | re.I)


class Parameters(NoParameters):
    """Settings of ``sql_result``."""

    schema_: str = Field(
        alias="schema",
        pattern=meant(
            r"^[A-Za-z0-9][A-Za-z0-9._-]*\.sql$",
            "is not a file beside the suite",
            "write its name only, such as setup.sql",
        ),
        examples=["setup.sql"],
        description="Name of a .sql file beside the suite: CREATE TABLE, CREATE INDEX, INSERT.",
    )
    expectation: str = Field(default="sql", description="Key of the reference query.")
    ordered: bool | None = Field(
        default=None, description="Whether order counts. Default: if the reference has an ORDER BY."
    )

    model_config = ConfigDict(populate_by_name=True)

    def outdated(
        self,
        suite: Suite,
        versions: Sequence[Version] = (),  # noqa: ARG002  none matters
    ) -> Iterator[Outdated]:
        """That the suite has no such file."""
        if self.schema_ not in suite.files:
            cure = f"write the tables as {suite.path}/{self.schema_}: CREATE TABLE, CREATE INDEX and INSERT"
            yield Outdated(f"the suite has no file {self.schema_!r}", cure)


@scorer(Parameters, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """Compare what the two queries return."""
    reference = expectation(context, parameters.expectation)
    if reference is None:
        return no_expectation(parameters.expectation)
    schema = context.files.get(parameters.schema_)
    if schema is None:
        return failed(f"the suite has no file {parameters.schema_!r}; put it beside suite.yml")
    try:
        database = make_database(schema)
    except Unrunnable as problem:
        return failed(f"{parameters.schema_} is broken: {problem}")
    try:
        wanted = _reference_rows(database, str(reference))
    except Unrunnable as problem:
        return failed(f"the reference query is broken: {problem}")
    sql = extract_sql(context.answer)
    try:
        found = run_query(database, sql)
    except Unrunnable as problem:
        return measured(0, str(problem))
    ordered = is_ordered(str(reference)) if parameters.ordered is None else parameters.ordered
    difference = compare(wanted, found, ordered=ordered)
    return measured(0 if difference else 1, difference or "same rows")


def extract_sql(answer: str) -> str:
    """The query in an answer: the first ``sql`` fence, the first fence, JSON's ``sql``, or all of it."""
    fences = sorted(_FENCE.finditer(answer), key=lambda fence: fence["kind"] is None)
    text = (fences[0]["body"] if fences else answer).strip()
    if text.startswith("{"):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return text
        if isinstance(parsed, dict) and isinstance(parsed.get("sql"), str):
            return str(parsed["sql"]).strip()
    return text


def is_ordered(sql: str) -> bool:
    """Whether the outermost query has an ORDER BY."""
    depth, before = 0, ""
    for word in words(sql):
        depth += (word == "(") - (word == ")")
        if depth == 0 and (before, word) == ("order", "by"):
            return True
        before = word
    return False


def compare(wanted: Sequence[SqlRow], found: Sequence[SqlRow], *, ordered: bool) -> str:
    """What differs between two results, in one line; empty when nothing does."""
    if len(found) != len(wanted):
        return f"{plural(len(found), 'row')} instead of {len(wanted)}"
    if not wanted:
        return ""
    if len(found[0]) != len(wanted[0]):
        return f"{plural(len(found[0]), 'column')} instead of {len(wanted[0])}"
    missing = _first_missing(wanted, found)
    if missing is not None and len(wanted) == 1:
        return f"{_show(found[0])} instead of {_show(missing)}"
    if missing is not None:
        return f"no row {_show(missing)}"
    if ordered and not all(map(_same, wanted, found)):
        return "the right rows in another order"
    return ""


@lru_cache(maxsize=1024)
def _reference_rows(database: bytes, sql: str) -> tuple[SqlRow, ...]:
    return tuple(run_query(database, sql))


def _first_missing(wanted: Sequence[SqlRow], found: Sequence[SqlRow]) -> SqlRow | None:
    """The first wanted row without a partner of its own; buckets and sorting keep the search short."""
    buckets: defaultdict[SqlRow, list[SqlRow]] = defaultdict(list)
    for row in sorted(found, key=_numbers):
        buckets[_frame(row)].append(row)
    for row in sorted(wanted, key=_numbers):
        bucket = buckets[_frame(row)]
        partner = next((i for i, other in enumerate(bucket) if _same(row, other)), None)
        if partner is None:
            return row
        del bucket[partner]
    return None


def _frame(row: SqlRow) -> SqlRow:
    """All of a row but the values of its numbers."""
    return tuple(0 if isinstance(value, int | float) else (type(value), value) for value in row)


def _numbers(row: SqlRow) -> SqlRow:
    return tuple(value for value in row if isinstance(value, int | float))


def _same(one: SqlRow, other: SqlRow) -> bool:
    return all(map(_equal, one, other))


def _equal(one: Any, other: Any) -> bool:
    # SQLite gives a count as an integer and a mean as a float; a text of digits stays a text.
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=TOLERANCE)
    return bool(type(one) is type(other) and one == other)


def _show(row: SqlRow) -> str:
    text = ", ".join("NULL" if value is None else str(value) for value in row)
    return f"({text[:200]})"

"""Turn a question into one SQL query over the tables that the prompt describes.

It reads CREATE TABLE statements (with comments behind the columns) or lines such as ``customers(id, name, city)``,
finds tables, columns, values, days and numbers in the question, and joins along ``REFERENCES`` or ``..._id`` columns.

Instructions that it understands:

- "SQLite": years and months by ``strftime``; without it ``YEAR(...)`` and ``MONTH(...)``
- ``revenue, turnover = SUM(order_items.quantity * order_items.unit_price)``: what a figure means
- ``sold out = products.stock = 0``: what a condition means
- "orders with status 'cancelled' do not count unless ...": left out, unless the question speaks of them
- values in quotes behind a column (``country TEXT -- 'France', 'Spain'``): it looks for them in the question
- "exactly the columns that are asked for": no id and no figure beside the names
- "GROUP BY the id, names are not unique"; "LEFT JOIN" keeps rows with none in "each" questions
- "COUNT(DISTINCT ...)" where joins repeat rows; "IS NULL" for what is missing
- "return all that are tied"; "compare text case-insensitively"; "LIMIT 10" or "at most 10 rows": a cap on every result
- "only the SQL", "in a ```sql block", or a JSON schema with ``sql``; otherwise it talks around the query
"""

from __future__ import annotations

import json
import re

from cuebook.offline._sql_rules import read_rules
from cuebook.offline._sql_schema import Schema, read_schema
from cuebook.offline._sql_shapes import write_query
from cuebook.offline._task import Task

MODEL = "offline/rules"

_ASKS = re.compile(r"\bsql\b|\bsqlite\b|\bselect statement\b|\bdatabase query\b")
_UNKNOWN = "SELECT NULL"
"""The query when the prompt describes no table."""


def fits(task: Task) -> float:
    """How surely the instructions ask for SQL: the word, and tables to ask."""
    if not _ASKS.search(task.folded) and not _schema_key(task):
        return 0.0
    return 0.95 if _tables(task).tables else 0.5


def answer(task: Task) -> str:
    """One query in the form that the instructions ask for."""
    schema = _tables(task)
    rules = read_rules(task, schema)
    sql = write_query(_question(task), schema, rules) if schema.tables else _UNKNOWN
    key = _schema_key(task)
    if key:
        return json.dumps({key: sql}, ensure_ascii=False)
    if rules.only_sql:
        return f"```sql\n{sql};\n```" if rules.fenced else sql
    return (
        f"You can get that with this query:\n\n```sql\n{sql};\n```\n\nAdapt the names if your tables differ."
    )


def _schema_key(task: Task) -> str | None:
    """The property of the JSON schema that is to hold the query."""
    properties = (task.schema or {}).get("properties", {})
    return next((key for key in ("sql", "query") if key in properties), None)


def _tables(task: Task) -> Schema:
    described = task.section("schema", "tables", "database", "ddl")
    return read_schema(f"{task.instructions}\n{described}" if described else task.instructions)


def _question(task: Task) -> str:
    """The question section, else the last line that is not empty of the last message."""
    asked = task.section("question", "request", "user question", "task")
    if asked is not None:
        return asked
    lines = task.messages[-1]["content"].strip().splitlines() if task.messages else []
    return lines[-1] if lines else ""

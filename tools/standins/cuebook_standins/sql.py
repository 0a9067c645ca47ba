"""Turn a question into one SQL query over the tables that the prompt describes.

It reads CREATE TABLE statements (with comments behind the columns) or lines such as
``customers(id, name, city)``, finds tables, columns, values, days and numbers in the question, and joins
along ``REFERENCES`` or columns called ``..._id``.

Instructions that it understands:

- "SQLite": years and months by ``strftime``; without it ``YEAR(...)`` and ``MONTH(...)``
- ``revenue, turnover = SUM(order_items.quantity * order_items.unit_price)``: what a figure means
- ``sold out = products.stock = 0``: what a condition means
- "orders with status 'cancelled' do not count unless ...": left out, unless the question speaks of them
- values in quotes behind a column, ``country TEXT -- 'France', 'Spain'``: looked for in the question
- "1 yes, 0 no" behind a column: a flag
- "exactly the columns that are asked for": no id and no figure beside the names
- "GROUP BY the id" or "names are not unique"; "LEFT JOIN": rows with none stay in "each" questions
- "COUNT(DISTINCT ...)" where joins repeat rows; "IS NULL" for what is missing
- "return all that are tied for first place"; "compare names case-insensitively"
- "LIMIT 10" or "at most 10 rows": a cap on every result
- "only the SQL", "in a ```sql block", or a JSON schema with ``sql``; otherwise it talks around the query
"""

from __future__ import annotations

import json
import re

from cuebook_standins._sql_rules import read_rules
from cuebook_standins._sql_schema import Schema, read_schema
from cuebook_standins._sql_shapes import write_query
from cuebook_standins._task import Task

MODEL = "offline/rules"

_NAMES_IT = re.compile(r"\bsql(?:ite)?\b|\bselect statement\b|\bdatabase query\b")
_ASKS_FOR_IT = re.compile(r"\b(?:writ|return|generat|translat|convert|turn)\w*\b[^.]{0,80}\bsql(?:ite)?\b")
_NO_TABLES = "SELECT NULL"
"""The query when the prompt describes no table."""


def fits(task: Task) -> float:
    """How surely the instructions ask for SQL: they name it, and there are tables to ask."""
    if not (_NAMES_IT.search(task.folded) or _wants_json(task)):
        return 0.0
    if _schema(task).tables:
        return 0.95
    return 0.6 if _ASKS_FOR_IT.search(task.folded) or _wants_json(task) else 0.0


def answer(task: Task) -> str:
    """One query in the form that the instructions ask for."""
    schema = _schema(task)
    rules = read_rules(task.instructions, schema)
    query = write_query(_question(task), schema, rules) if schema.tables else _NO_TABLES
    if _wants_json(task):
        return json.dumps({"sql": query}, ensure_ascii=False)
    if rules.only_sql and not rules.fenced:
        return query
    fenced = f"```sql\n{query};\n```"
    if rules.only_sql:
        return fenced
    return f"You can get that with this query:\n\n{fenced}\n\nAdapt the names if your tables differ."


def _wants_json(task: Task) -> bool:
    properties = (task.schema or {}).get("properties")
    return isinstance(properties, dict) and "sql" in properties


def _schema(task: Task) -> Schema:
    described = task.section("schema", "tables", "database")
    return read_schema(f"{task.instructions}\n{described}" if described else task.instructions)


def _question(task: Task) -> str:
    """The section with the question, else the last line of the last message that is not empty."""
    asked = task.section("question", "request", "task")
    if asked is not None:
        return asked
    lines = task.messages[-1]["content"].strip().splitlines() if task.messages else []
    return lines[-1] if lines else ""

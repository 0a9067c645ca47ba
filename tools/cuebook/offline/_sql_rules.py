"""What a prompt for SQL queries tells its model: house definitions, what to leave out, habits of writing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cuebook.offline._sql_schema import Column, Schema
from cuebook.offline._task import Task
from cuebook.offline._text import stem, words

_DEFINITION = re.compile(
    r"^[ \t]*(?:[-*][ \t]+|\d+[.)][ \t]+)?(?P<terms>[A-Za-z\"'][^:=<>()]{1,100}?)[ \t]*(?::|=|\bmeans?\b|\bis\b|\bare\b)[ \t]*"
    r"(?P<sql>[A-Za-z(][^\n]*)$",
    re.M,
)
_SQL_WORDS = frozenset(
    ["and", "as", "avg", "between", "case", "cast", "count", "desc", "distinct", "else", "end", "in", "is"]
    + ["like", "limit", "max", "min", "not", "null", "or", "real", "round", "strftime", "sum", "then", "when"]
)
_NAME = re.compile(r"'[^']*'|(?:\w+\.)?[A-Za-z_]\w*")
_AGGREGATE = re.compile(r"\b(?:sum|avg|count|min|max|total)\s*\(", re.I)
_COMPARES = re.compile(r"[<>=]|\b(?:is (?:not )?null|like|in)\b", re.I)
_LEAVE_OUT = re.compile(
    r"\b(?:ignor(?:e|ing)|exclud(?:e|ing)|leave out|skip|filter out|(?:do not|does not|don't|doesn't|never|not) (?:count|include)|without)\b",
    re.I,
)
_QUOTED = re.compile(r"'([^'\n]+)'")
_CAP = re.compile(
    r"\blimit (?:of )?(\d+)\b|\bat most (\d+) rows|\b(?:more than|over) (\d+) rows|\bfirst (\d+) rows", re.I
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A term of the house and what it is in SQL: a figure such as revenue, or a condition such as sold out."""

    stems: tuple[str, ...]
    sql: str
    condition: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that do not count unless the question speaks of them: ``column <> 'value'``."""

    column: Column
    value: str

    @property
    def sql(self) -> str:
        """The condition that leaves them out."""
        return f"{self.column.sql} <> '{self.value}'"


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the instructions settle."""

    sqlite: bool
    only_sql: bool
    fenced: bool
    exact_columns: bool
    keep_empty: bool
    by_key: bool
    distinct: bool
    null: bool
    ties: bool
    any_case: bool
    cap: int | None
    definitions: tuple[Definition, ...]
    left_out: tuple[LeftOut, ...]


def read_rules(task: Task, schema: Schema) -> Rules:
    """The rules in a prompt's instructions."""
    cap = _CAP.search(task.folded)
    return Rules(
        sqlite=task.asks("sqlite", "strftime"),
        only_sql=task.asks(
            "only the sql",
            "only sql",
            "only the query",
            "nothing but",
            "no explanation",
            "no prose",
            "no comment",
        ),
        fenced=task.asks("```sql", "code block", "fenced"),
        exact_columns=task.asks(
            "only the columns",
            "exactly the columns",
            "only what",
            "exactly what",
            "no extra column",
            "no other column",
        ),
        keep_empty=task.asks("left join"),
        by_key=bool(re.search(r"group by[^.]{0,40}\b(?:id|key)\b|names? (?:are|is) not unique", task.folded)),
        distinct=task.asks("count(distinct", "count distinct"),
        null=task.asks("is null"),
        ties=bool(re.search(r"\b(?:ties?|tied|shared?)\b", task.folded)),
        any_case=task.asks("case-insensitive", "collate nocase", "upper and lower case", "ignore case"),
        cap=int(next(filter(None, cap.groups()))) if cap else None,
        definitions=tuple(sorted(_definitions(task.instructions, schema), key=lambda d: -len(d.stems))),
        left_out=tuple(_left_out(task.instructions, schema)),
    )


def term_stems(text: str) -> tuple[str, ...]:
    """What is compared of a term: the stems of its words."""
    return tuple(stem(word) for word in words(text))


def _definitions(text: str, schema: Schema) -> Iterator[Definition]:
    for found in _DEFINITION.finditer(text):
        sql = _qualified(found["sql"].strip().rstrip(".;"), schema)
        if sql is None:
            continue
        condition = bool(_COMPARES.search(re.sub(r"\bcase\b.*?\bend\b", "", sql, flags=re.I)))
        if not condition and not _AGGREGATE.search(sql):
            sql = f"SUM({sql})"
        for term in re.split(r",|;|\bor\b|\band\b|/", found["terms"]):
            stems = term_stems(term)
            if stems:
                yield Definition(stems, sql, condition)


def _qualified(sql: str, schema: Schema) -> str | None:
    """The expression with ``table.`` before each column, or None if it is not SQL over this schema."""
    names = [
        name for name in _NAME.findall(sql) if not name.startswith("'") and name.casefold() not in _SQL_WORDS
    ]
    plain = {name for name in names if "." not in name}
    dotted = {column.sql for column in schema.columns}
    home = next((t for t, columns in schema.tables.items() if plain <= {c.name for c in columns}), None)
    if not names or home is None or not {name for name in names if "." in name} <= dotted:
        return None
    if not re.search(r"[*/+<>=(-]|\bnull\b", sql, re.I):
        return None
    return _NAME.sub(lambda found: f"{home}.{found[0]}" if found[0] in plain else found[0], sql)


def _left_out(text: str, schema: Schema) -> Iterator[LeftOut]:
    for sentence in re.split(r"(?<=[.;])\s|\n", text):
        if "--" in sentence or not _LEAVE_OUT.search(sentence):
            continue
        quoted = set(_QUOTED.findall(sentence))
        spoken = set(words(sentence))
        for column in schema.columns:
            values = [v for v in column.values if v in quoted or v.casefold() in spoken]
            if not values and not any(c.values and set(c.values) & quoted for c in schema.columns):
                values = _guessed(column, sentence, quoted)
            yield from (LeftOut(column, value) for value in values)


def _guessed(column: Column, sentence: str, quoted: set[str]) -> list[str]:
    """The values of an unexplained status column: those in quotes, else the word before the table's name."""
    if column.name not in {"status", "state"}:
        return []
    if quoted:
        return sorted(quoted)
    found = re.search(rf"\b(\w+ed)\s+{re.escape(column.table)}\b", sentence, re.I)
    return [found[1].casefold()] if found else []

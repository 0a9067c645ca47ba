"""What a prompt for SQL tells its model: what words mean, what to leave out, habits of writing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cuebook_standins._sql_schema import MAX_TEXT, Column, Schema
from cuebook_standins._text import stem, words

_DEFINITION = re.compile(
    r"^[ \t]*(?:[-*][ \t]+|\d+[.)][ \t]+)?(?P<terms>[A-Za-z\"'][^:=<>()\n]{1,100}?)"
    r"[ \t]*(?::|=|\bmeans?\b|\bis\b|\bare\b)[ \t]*(?P<sql>[A-Za-z(][^\n]*)$",
    re.M,
)
_SQL_WORDS = frozenset(
    """and as avg between case cast count desc distinct else end in is like limit max min not null or real
    round strftime sum then total when""".split()  # noqa: SIM905
)
_NAME = re.compile(r"'[^']*'|(?:\w+\.)?[A-Za-z_]\w*")
_AGGREGATE = re.compile(r"\b(?:sum|avg|count|min|max|total)\s*\(", re.I)
_COMPARES = re.compile(r"[<>=]|\b(?:is (?:not )?null|like|in)\b", re.I)
_LEAVE_OUT = re.compile(
    r"\b(?:ignor(?:e|ing)|exclud(?:e|ing)|leave out|skip|filter out|without"
    r"|(?:do not|does not|don't|doesn't|never|not) (?:count|include))\b",
    re.I,
)
_QUOTED = re.compile(r"'([^'\n]+)'")
_CAP = re.compile(r"\blimit (?:of )?(\d{1,6})\b|\bat most (\d{1,6}) rows|\b(?:more than|over) (\d{1,6}) rows")
_KEYS = re.compile(r"group by[^.]{0,40}\b(?:id|key)\b|names? (?:are|is) not unique")


@dataclass(frozen=True, slots=True)
class Definition:
    """A term of the house and its SQL: a figure such as revenue, or a condition such as sold out."""

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
        return f"{self.column.sql} <> {literal(self.value)}"


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that the instructions settle."""

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


@lru_cache(maxsize=64)
def read_rules(instructions: str, schema: Schema) -> Rules:
    """The rules in a prompt's instructions."""
    instructions = instructions[:MAX_TEXT]
    folded = " ".join(instructions.casefold().split())

    def says(*phrases: str) -> bool:
        return any(phrase in folded for phrase in phrases)

    cap = _CAP.search(folded)
    return Rules(
        sqlite=says("sqlite", "strftime"),
        only_sql=says(
            "only the sql", "only sql", "only the query", "nothing but", "no explanation", "no prose"
        ),
        fenced=says("```sql", "code block", "fenced"),
        exact_columns=says(
            "only the columns", "exactly the columns", "only what", "exactly what", "no extra column"
        ),
        keep_empty=says("left join"),
        by_key=bool(_KEYS.search(folded)),
        distinct=says("count(distinct", "count distinct"),
        null=says("is null"),
        ties=bool(re.search(r"\b(?:ties?|tied)\b", folded)),
        any_case=says("case-insensitive", "collate nocase", "upper and lower case", "ignore case"),
        cap=int(next(filter(None, cap.groups()))) if cap else None,
        definitions=tuple(sorted(_definitions(instructions, schema), key=lambda d: -len(d.stems))),
        left_out=tuple(dict.fromkeys(_left_out(instructions, schema))),
    )


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _definitions(text: str, schema: Schema) -> Iterator[Definition]:
    for found in _DEFINITION.finditer(text):
        sql = _qualified(found["sql"].strip().rstrip(".;"), schema)
        if sql is None:
            continue
        condition = bool(_COMPARES.search(re.sub(r"\bcase\b.*?\bend\b", "", sql, flags=re.I)))
        if not condition and not _AGGREGATE.search(sql):
            sql = f"SUM({sql})"
        for term in re.split(r",|;|\bor\b|\band\b|/", found["terms"]):
            stems = tuple(stem(word) for word in words(term))
            if stems:
                yield Definition(stems, sql, condition)


def _qualified(sql: str, schema: Schema) -> str | None:
    """The expression with ``table.`` before each column, or None if it is not SQL over this schema."""
    names = {name for name in _NAME.findall(sql) if name[0] != "'" and name.casefold() not in _SQL_WORDS}
    plain = {name for name in names if "." not in name}
    homes = (table for table, columns in schema.tables.items() if plain <= {c.name for c in columns})
    home = next(homes, None)
    if not names or home is None or not names - plain <= {column.sql for column in schema.columns}:
        return None
    if not re.search(r"[*/+<>=(-]|\bnull\b", sql, re.I):
        return None
    return _NAME.sub(lambda found: f"{home}.{found[0]}" if found[0] in plain else found[0], sql)


def _left_out(text: str, schema: Schema) -> Iterator[LeftOut]:
    for sentence in re.split(r"(?<=[.;])\s|\n", text):
        if "--" in sentence or not _LEAVE_OUT.search(sentence):
            continue
        quoted, spoken = set(_QUOTED.findall(sentence)), set(words(sentence))
        known = [
            LeftOut(column, value)
            for column in schema.columns
            for value in column.values
            if value in quoted or value.casefold() in spoken
        ]
        yield from known or _guessed(sentence, sorted(quoted), schema)


def _guessed(sentence: str, quoted: list[str], schema: Schema) -> Iterator[LeftOut]:
    """Values of a status column that nobody explained: those in quotes, else the word before its table."""
    for column in schema.columns:
        if column.name in {"status", "state"}:
            found = re.search(rf"\b(\w+ed)\s+{re.escape(column.table)}\b", sentence, re.I)
            values = quoted or ([found[1].casefold()] if found else [])
            yield from (LeftOut(column, value) for value in values)

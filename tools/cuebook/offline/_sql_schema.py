"""Tables, columns and links, read from the words of a prompt; how tables join and what their rows are called."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

PEOPLE = frozenset(
    ["author", "buyer", "client", "customer", "employee", "guest", "member", "patient", "people", "person"]
    + ["staff", "student", "teacher", "user"]
)

_AMOUNTS = frozenset(
    [
        "age",
        "amount",
        "cost",
        "fee",
        "grade",
        "hours",
        "price",
        "quantity",
        "rating",
        "salary",
        "score",
        "stock",
    ]
    + ["credits", "points", "total", "weight"]
)
"""Column names that mean a number where the prompt gives no types."""

_CREATE = re.compile(r"\bcreate table (?:if not exists )?[\"`\[]?(?P<name>\w+)[\"`\]]?\s*\(", re.I)
_LINE = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?`?(?P<name>[a-z]\w*)`?[ \t]*\((?P<columns>\w+(?:[ \t,:/]+\w+)*)\)", re.I | re.M
)
_COMMENT = re.compile(r"--[ \t]*(.*)")
_REFERENCE = re.compile(r"\breferences\s+[\"`\[]?(\w+)[\"`\]]?(?:\s*\(\s*(\w+))?", re.I)
_NOTE = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?`?(?P<table>\w+)\.(?P<column>\w+)`?[ \t]*(?::|is|holds|in|=)[ \t]*(?P<note>.+)$",
    re.M,
)
_QUOTED = re.compile(r"'((?:[^']|'')+)'")
_CONSTRAINT = re.compile(r"(?:primary|foreign|unique|check|constraint|key)\b", re.I)


@dataclass(frozen=True, slots=True)
class Column:
    """A column with what the prompt says of it; ``values`` are the texts that occur in it, if listed."""

    table: str
    name: str
    type: str = ""
    note: str = ""
    values: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """``table.column``"""
        return f"{self.table}.{self.name}"

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name: ``signup_date`` is signup, date."""
        return tuple(part for part in self.name.casefold().split("_") if part)

    @property
    def is_date(self) -> bool:
        """Whether it holds a day."""
        return (
            bool({"date", "day", "at", "on", "time"} & set(self.words[-1:])) or "date" in self.type.casefold()
        )

    @property
    def is_flag(self) -> bool:
        """Whether it is 1 for yes and 0 for no."""
        return "bool" in self.type.casefold() or bool(re.search(r"\b1\b.*\b0\b|\b0\b.*\b1\b", self.note))

    @property
    def is_key(self) -> bool:
        """Whether it is an id or points at one."""
        return self.words[-1:] == ("id",)

    @property
    def is_number(self) -> bool:
        """Whether sums and averages make sense."""
        numeric = (
            re.search(r"int|real|num|dec|float|double", self.type, re.I)
            if self.type
            else _AMOUNTS & set(self.words)
        )
        return bool(numeric) and not self.is_key and not self.is_flag


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: ``child.column`` points at ``parent.key``."""

    child: str
    column: str
    parent: str
    key: str

    @property
    def sql(self) -> str:
        """The join condition."""
        return f"{self.child}.{self.column} = {self.parent}.{self.key}"

    def other(self, table: str) -> str:
        """The table at the other end."""
        return self.parent if table == self.child else self.child


@dataclass(frozen=True, eq=False)
class Schema:
    """All tables by name, in the order of the prompt, and the links between them."""

    tables: dict[str, tuple[Column, ...]]
    references: tuple[Link, ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column of every table."""
        return tuple(column for columns in self.tables.values() for column in columns)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Declared foreign keys, else those that ``customer_id`` suggests where there is a table customers."""
        if self.references:
            return self.references
        named = {singular(table): table for table in self.tables}
        found = [(column, named.get("_".join(column.words[:-1]))) for column in self.columns if column.is_key]
        return tuple(Link(c.table, c.name, t, "id") for c, t in found if t and t != c.table)

    def find(self, table: str, name: str) -> Column | None:
        """The column of this name in this table."""
        return next((column for column in self.tables.get(table, ()) if column.name == name), None)

    def key(self, table: str) -> str:
        """``table.id``, or the first column where there is no id."""
        return f"{table}.id" if self.find(table, "id") else self.tables[table][0].sql

    def display(self, table: str) -> str:
        """What people call a row: its name or title, else its key."""
        named = next(
            (self.find(table, name) for name in ("name", "title", "label") if self.find(table, name)), None
        )
        return named.sql if named else self.key(table)

    def people(self) -> str | None:
        """The table that holds persons."""
        return next((table for table in self.tables if singular(table) in PEOPLE), None)

    def detail(self) -> str | None:
        """The table that says how much of what was traded: it has a quantity and two parents."""
        for table, columns in self.tables.items():
            counted = any({"quantity", "amount", "units"} & set(column.words) for column in columns)
            if counted and len({link.parent for link in self.links if link.child == table}) > 1:
                return table
        return None

    def event(self) -> str | None:
        """The table with the day of a trade: the dated parent of the detail table, or that table itself."""
        detail = self.detail()
        parents = [link.parent for link in self.links if link.child == detail]
        dated = [table for table in (*parents, detail) if table and self.date(table)]
        return dated[0] if dated else detail

    def date(self, table: str) -> Column | None:
        """The first column of a table that holds a day."""
        return next((column for column in self.tables[table] if column.is_date), None)

    def path(self, start: Collection[str], goal: str) -> list[Link]:
        """The shortest chain of links from any of the tables to the goal; empty if there is none."""
        queue: list[tuple[str, list[Link]]] = [(table, []) for table in start]
        seen = set(start)
        for table, chain in queue:
            if table == goal:
                return chain
            for link in self.links:
                if table in (link.child, link.parent) and link.other(table) not in seen:
                    seen.add(link.other(table))
                    queue.append((link.other(table), [*chain, link]))
        return []


def singular(word: str) -> str:
    """The singular of a regular English noun: categories is category, boxes is box."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=64)
def read_schema(text: str) -> Schema:
    """The tables in a text: CREATE TABLE statements, else lines such as ``customers(id, name, city)``."""
    notes = {(found["table"], found["column"]): found["note"] for found in _NOTE.finditer(text)}
    tables: dict[str, tuple[Column, ...]] = {}
    links: list[Link] = []
    for found in _CREATE.finditer(text):
        lines = _definitions(_body(text, found.end()))
        tables[found["name"]] = tuple(_column(found["name"], *line, notes) for line in lines)
        links += [link for line in lines for link in _links(found["name"], line[0])]
    if not tables:
        for found in _LINE.finditer(text):
            names = [part.split()[0].split(":")[0] for part in found["columns"].split(",") if part.strip()]
            if len(names) > 1:
                tables[found["name"]] = tuple(_column(found["name"], name, "", notes) for name in names)
    return Schema({name: columns for name, columns in tables.items() if columns}, tuple(links))


def _body(text: str, start: int) -> str:
    depth = 1
    for end in range(start, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if not depth:
            return text[start:end]
    return text[start:]


def _definitions(body: str) -> list[tuple[str, str]]:
    """(definition, comment) of each column; a comment belongs to the last column of its line."""
    found: list[tuple[str, str]] = []
    for line in body.splitlines():
        comment = _COMMENT.search(line)
        code = line[: comment.start()] if comment else line
        parts = [part.strip() for part in re.split(r",(?![^(]*\))", code) if part.strip()]
        found += [(part, "") for part in parts if re.match(r"[\"`\[]?[A-Za-z_]", part)]
        if comment and found and parts:
            found[-1] = (found[-1][0], comment[1])
    return [(code, note) for code, note in found if not _CONSTRAINT.match(code)]


def _column(table: str, code: str, note: str, notes: dict[tuple[str, str], str]) -> Column:
    name, _, rest = code.partition(" ")
    name = name.strip('"`[]')
    note = note or notes.get((table, name), "")
    values = tuple(value.replace("''", "'") for value in _QUOTED.findall(note))
    return Column(table, name, rest.split("(")[0].split()[0] if rest.strip() else "", note, values)


def _links(table: str, code: str) -> Sequence[Link]:
    found = _REFERENCE.search(code)
    return [Link(table, code.split()[0].strip('"`[]'), found[1], found[2] or "id")] if found else []

"""Tables, columns and links, read from the words of a prompt; how tables join and what rows are called."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

PEOPLE = frozenset(
    """author buyer client customer employee guest member patient people person staff student teacher
    user""".split()  # noqa: SIM905
)
_AMOUNTS = frozenset(
    """age amount cost credits fee grade hours points price quantity rating salary score stock total
    weight""".split()  # noqa: SIM905
)
"""Column names that mean a number where the prompt gives no types."""
_QUANTITIES = frozenset(["amount", "quantity", "units"])
MAX_TEXT, MAX_BODY = 60_000, 20_000

_CREATE = re.compile(r"\bcreate table (?:if not exists )?[\"`\[]?(?P<name>\w+)[\"`\]]?\s*\(", re.I)
_LINE = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?`?(?P<name>[a-z]\w*)`?[ \t]*\((?P<columns>\w+(?:[ \t,:/]+\w+)*)\)", re.I | re.M
)
_COMMENT = re.compile(r"--[ \t]*(.*)")
_REFERENCE = re.compile(r"\breferences\s+[\"`\[]?(\w+)[\"`\]]?(?:\s*\(\s*(\w+))?", re.I)
_NOTE = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?`?(\w+)\.(\w+)`?[ \t]*(?::|is|are|holds|in|=)[ \t]*(?P<note>.+)$", re.M
)
_QUOTED = re.compile(r"'((?:[^']|'')+)'")
_CONSTRAINT = re.compile(r"(?:primary|foreign|unique|check|constraint|key)\b", re.I)


@dataclass(frozen=True)
class Column:
    """A column with what the prompt says of it; ``values`` are the texts that occur in it, if listed."""

    table: str
    name: str
    type: str = ""
    note: str = ""
    values: tuple[str, ...] = ()

    @cached_property
    def sql(self) -> str:
        """``table.column``"""
        return f"{self.table}.{self.name}"

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name: ``signup_date`` is signup, date."""
        return tuple(part for part in self.name.casefold().split("_") if part) or (self.name,)

    @cached_property
    def is_date(self) -> bool:
        """Whether it holds a day."""
        return self.words[-1] in {"date", "day", "at", "on", "time"} or "date" in self.type.casefold()

    @cached_property
    def is_flag(self) -> bool:
        """Whether it is 1 for yes and 0 for no."""
        return "bool" in self.type.casefold() or bool(re.search(r"\b1\b.*\b0\b|\b0\b.*\b1\b", self.note))

    @cached_property
    def is_key(self) -> bool:
        """Whether it is an id or points at one."""
        return self.words[-1] == "id"

    @cached_property
    def is_number(self) -> bool:
        """Whether sums and averages make sense."""
        if self.is_key or self.is_flag:
            return False
        if self.type:
            return bool(re.search(r"int|real|num|dec|float|double", self.type, re.I))
        return bool(_AMOUNTS & set(self.words))

    @cached_property
    def is_kind(self) -> bool:
        """Whether its values group rows: a category or a city, not a number, a day, a key or a flag."""
        return not (self.is_number or self.is_date or self.is_key or self.is_flag)


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
    declared: tuple[Link, ...] = ()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column of every table."""
        return tuple(column for columns in self.tables.values() for column in columns)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Declared foreign keys, else what ``customer_id`` suggests where there is a table customers."""
        if self.declared:
            return tuple(link for link in self.declared if link.parent in self.tables)
        named = {name: table for table in self.tables for name in (table, singular(table))}
        found = [(column, named.get("_".join(column.words[:-1]))) for column in self.columns if column.is_key]
        return tuple(Link(c.table, c.name, t, "id") for c, t in found if t and t != c.table)

    @cached_property
    def people(self) -> str:
        """The table that holds persons, or nothing."""
        return next((table for table in self.tables if singular(table) in PEOPLE), "")

    @cached_property
    def detail(self) -> str:
        """The table that says how much of what was traded, or nothing: it has a quantity and two parents."""
        for table, columns in self.tables.items():
            counted = any(_QUANTITIES & set(column.words) for column in columns)
            if counted and len(self.parents(table)) > 1:
                return table
        return ""

    @cached_property
    def event(self) -> str:
        """The table with the day of a trade: the dated parent of the detail table, or that table itself."""
        tables = [*self.parents(self.detail), self.detail] if self.detail else []
        return next((table for table in tables if self.date(table)), self.detail)

    @cached_property
    def goods(self) -> tuple[str, ...]:
        """The tables of what is traded: the other parents of the detail table."""
        return tuple(t for t in self.parents(self.detail) if t not in (self.event, self.people))

    def parents(self, table: str) -> list[str]:
        """The tables that a table points at."""
        return list(dict.fromkeys(link.parent for link in self.links if link.child == table))

    def find(self, table: str, name: str) -> Column | None:
        """The column of this name in this table."""
        return next((column for column in self.tables.get(table, ()) if column.name == name), None)

    def key(self, table: str) -> str:
        """``table.id``, or the first column where there is no id."""
        return f"{table}.id" if self.find(table, "id") else self.tables[table][0].sql

    def display(self, table: str) -> str:
        """What people call a row: its name or title, else its key."""
        named = (self.find(table, name) for name in ("name", "title", "label"))
        return next((column.sql for column in named if column), self.key(table))

    def date(self, table: str) -> Column | None:
        """The first column of a table that holds a day."""
        return next((column for column in self.tables.get(table, ()) if column.is_date), None)

    def repeats(self, table: str, joined: Collection[str]) -> bool:
        """Whether joining these tables shows rows of the table more than once."""
        return any(link.parent == table and link.child in joined for link in self.links)

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


@lru_cache(maxsize=8192)
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
    text = text[:MAX_TEXT]
    notes = {(found[1], found[2]): found["note"] for found in _NOTE.finditer(text)}
    tables: dict[str, tuple[Column, ...]] = {}
    links: list[Link] = []
    end = 0
    for found in _CREATE.finditer(text):
        if found.start() < end:
            continue
        body = _body(text[found.end() : found.end() + MAX_BODY])
        end = found.end() + len(body)
        lines = _definitions(body)
        tables[found["name"]] = tuple(_column(found["name"], code, note, notes) for code, note in lines)
        links += [link for code, _ in lines for link in _links(found["name"], code)]
    for found in _LINE.finditer(text) if not tables else ():
        names = [part.split()[0] for part in re.split(r"[,:/]", found["columns"]) if part.strip()]
        if len(names) > 1:
            tables[found["name"]] = tuple(_column(found["name"], name, "", notes) for name in names)
    return Schema({name: columns for name, columns in tables.items() if columns}, tuple(links))


def _body(text: str) -> str:
    depth = 1
    for found in re.finditer(r"--[^\n]*|[()]", text):
        depth += (found[0] == "(") - (found[0] == ")")
        if not depth:
            return text[: found.start()]
    return text


def _definitions(body: str) -> list[tuple[str, str]]:
    """(definition, comment) of each column; a comment belongs to the last column of its line."""
    found: list[tuple[str, str]] = []
    for line in body.splitlines():
        comment = _COMMENT.search(line)
        code = line[: comment.start()] if comment else line
        parts = [part.strip() for part in re.split(r",(?![^(]*\))", code)]
        parts = [part for part in parts if re.match(r"[\"`\[]?[A-Za-z_]", part)]
        found += [(part, "") for part in parts]
        if comment and parts:
            found[-1] = (parts[-1], comment[1])
    return [(code, note) for code, note in found if not _CONSTRAINT.match(code)]


def _column(table: str, code: str, note: str, notes: dict[tuple[str, str], str]) -> Column:
    name, _, rest = code.partition(" ")
    name = name.strip('"`[]')
    note = note or notes.get((table, name), "")
    values = tuple(value.replace("''", "'") for value in _QUOTED.findall(note))
    kind = re.match(r"\s*([A-Za-z]+)", rest)
    return Column(table, name, kind[1] if kind else "", note, values)


def _links(table: str, code: str) -> list[Link]:
    found = _REFERENCE.search(code)
    return [Link(table, code.split()[0].strip('"`[]'), found[1], found[2] or "id")] if found else []

"""A query under construction, how its tables join, and its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cuebook_standins._sql_rules import LeftOut, Rules
from cuebook_standins._sql_schema import Schema

_TABLE = re.compile(r"\b(\w+)\.\w+")
_COUNTED = re.compile(r"COUNT\(#(\w+)\)")
_NOT_MINE = re.compile(r"\(SELECT .*\)|'(?:[^']|'')*'")


@dataclass
class Query:
    """One SELECT. Expressions name columns as ``table.column``; joins follow from them and from ``via``.

    ``unique`` shows each row of the anchor once, ``keep`` keeps rows without partners, ``nested`` counts the
    result, ``tied`` returns all that share the first place.
    """

    anchor: str
    select: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    having: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    via: list[str] = field(default_factory=list)
    distinct: bool = False
    unique: bool = False
    keep: bool = False
    nested: bool = False
    tied: bool = False
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Writer:
    """Turns queries over a schema into text, by the prompt's rules."""

    schema: Schema
    rules: Rules
    left_out: Sequence[LeftOut]

    def text(self, query: Query) -> str:
        """The whole query on one line, capped if the prompt says so."""
        limit = query.limit
        if self.rules.cap is not None:
            limit = min(self.rules.cap, self.rules.cap if limit is None else limit)
        text = self.part(replace(query, limit=limit))
        return f"SELECT COUNT(*) FROM ({text})" if query.nested else text  # noqa: S608

    def part(self, query: Query) -> str:
        """The text of a query or of one inside it."""
        if query.tied and query.order:
            query = self._all_first(query)
        tables, where = self._tables(query), list(query.where)
        for rule in self.left_out:
            if rule.column.table in tables or self._traded(rule.column.table, tables):
                where.append(rule.sql)
                tables.append(rule.column.table)
        joins = self._joins(query, tables)
        joined = [query.anchor, *(table for table, _ in joins)]
        group, distinct = query.group, query.distinct
        if query.unique and self.schema.repeats(query.anchor, joined):
            group, distinct = ([self.schema.key(query.anchor)], False) if self.rules.by_key else ([], True)
        clauses = [
            ("SELECT DISTINCT" if distinct else "SELECT", ", ".join(query.select)),
            ("FROM", self._source(query, joins, where)),
            ("WHERE", " AND ".join(where)),
            ("GROUP BY", ", ".join(group)),
            ("HAVING", " AND ".join(query.having)),
            ("ORDER BY", ", ".join(query.order)),
            ("LIMIT", "" if query.limit is None else str(query.limit)),
            ("OFFSET", str(query.offset) if query.offset else ""),
        ]
        return " ".join(f"{word} {self._spelled(text, query, joined)}" for word, text in clauses if text)

    def without_any(self, anchor: str, fact: str) -> str:
        """The condition that a row of ``anchor`` has no row of ``fact``."""
        chain = self.schema.path([anchor], fact)
        if not chain:
            return f"NOT EXISTS (SELECT 1 FROM {fact})"  # noqa: S608
        first = chain[0]
        if first.child == anchor:
            return f"{anchor}.{first.column} IS NULL"
        inner = Query(first.child, [f"{first.child}.{first.column}"], via=[fact])
        return f"{self.schema.key(anchor)} NOT IN ({self.part(inner)})"

    def _all_first(self, query: Query) -> Query:
        """The query with "as much as the first" in place of "the first"."""
        measure = query.order[0].removesuffix(" DESC")
        first = self.part(replace(query, select=[measure], tied=False, unique=False))
        term = [f"{measure} = ({first})"]
        where, having = (
            (query.where, query.having + term) if query.group else (query.where + term, query.having)
        )
        return replace(
            query, where=where, having=having, via=self._tables(query), order=[], limit=None, tied=False
        )

    def _tables(self, query: Query) -> list[str]:
        """Every table that a query needs, those that say how to get there first."""
        terms = [*query.select, *query.where, *query.group, *query.having, *query.order]
        own = [_NOT_MINE.sub("", term) for term in terms]
        counted = [name for term in own for name in _COUNTED.findall(term)]
        named = [name for term in own for name in _TABLE.findall(term)]
        return [name for name in dict.fromkeys([*query.via, *counted, *named]) if name in self.schema.tables]

    def _traded(self, table: str, tables: Sequence[str]) -> bool:
        """Whether rows of the detail table are in use whose orders may not count."""
        return self.schema.detail in tables and table in self.schema.parents(self.schema.detail)

    def _joins(self, query: Query, tables: Sequence[str]) -> list[tuple[str, str]]:
        """(table, condition) for each table to join, always the nearest next."""
        joined, joins = [query.anchor], []
        waiting = [table for table in dict.fromkeys(tables) if table != query.anchor]
        while waiting:
            chains = [chain for table in waiting if (chain := self.schema.path(joined, table))]
            if not chains:
                break
            for link in min(chains, key=len):
                table = link.parent if link.child in joined else link.child
                joined.append(table)
                joins.append((table, link.sql))
            waiting = [table for table in waiting if table not in joined]
        return joins

    def _source(self, query: Query, joins: Sequence[tuple[str, str]], where: list[str]) -> str:
        """The tables of FROM. Where empty rows are kept, conditions on joined tables move into the join."""
        text = query.anchor
        for table, condition in joins:
            moved = [term for term in where if query.keep and _TABLE.findall(term)[:1] == [table]]
            where[:] = [term for term in where if term not in moved]
            text += f" {'LEFT ' if query.keep else ''}JOIN {table} ON {' AND '.join([condition, *moved])}"
        return text

    def _spelled(self, term: str, query: Query, joined: Sequence[str]) -> str:
        """``COUNT(#orders)`` becomes a count of rows, or of distinct keys where joins would repeat them."""

        def spell(found: re.Match[str]) -> str:
            if found[1] not in self.schema.tables:
                return found[0]
            key = self.schema.key(found[1])
            if self.rules.distinct and self.schema.repeats(found[1], joined):
                return f"COUNT(DISTINCT {key})"
            return f"COUNT({key})" if query.keep else "COUNT(*)"

        return _COUNTED.sub(spell, term)


def count_of(table: str) -> str:
    """A count of a table's rows, spelled out once the joins are known."""
    return f"COUNT(#{table})"

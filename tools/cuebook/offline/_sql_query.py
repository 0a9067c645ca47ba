"""A query under construction, how its tables join, and its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cuebook.offline._sql_rules import LeftOut, Rules
from cuebook.offline._sql_schema import Schema

_TABLE = re.compile(r"\b(\w+)\.\w+")
_COUNTED = re.compile(r"COUNT\(#(\w+)\)")


def count_of(table: str) -> str:
    """A count of a table's rows that ``render`` spells out once the joins are known."""
    return f"COUNT(#{table})"


@dataclass
class Query:
    """One SELECT. Expressions name columns as ``table.column``; the joins follow from them and from ``via``.

    ``unique`` shows each row of the anchor once, ``keep`` keeps those without partners, ``nested`` counts the result.
    """

    anchor: str
    select: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    having: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    via: list[str] = field(default_factory=list)
    distinct: bool = False
    unique: bool = False
    keep: bool = False
    nested: bool = False
    limit: int | None = None
    offset: int = 0


def render(query: Query, schema: Schema, rules: Rules, left_out: Iterable[LeftOut]) -> str:
    """The text of a query on one line."""
    tables = _tables(query, schema)
    where = list(query.where)
    for rule in left_out:
        if _concerns(rule, tables, schema):
            where.append(rule.sql)
            tables.append(rule.column.table)
    start, joins = _joins(query, tables, where, schema)
    joined = [query.anchor, *(table for table, _ in joins)]
    if query.unique and any(link.parent == query.anchor and link.child in joined for link in schema.links):
        query.distinct, query.group = not rules.by_key, [schema.key(query.anchor)] if rules.by_key else []
    select = [_spelled(part, query, joined, schema, rules) for part in query.select]
    parts = ["SELECT " + ("DISTINCT " if query.distinct else "") + ", ".join(dict.fromkeys(select)), start]
    if where or query.absent:
        parts.append("WHERE " + " AND ".join(dict.fromkeys([*where, *query.absent])))
    for keyword, terms in (("GROUP BY", query.group), ("HAVING", query.having), ("ORDER BY", query.order)):
        if terms:
            spelled = [_spelled(term, query, joined, schema, rules) for term in terms]
            parts.append(f"{keyword} " + (" AND " if keyword == "HAVING" else ", ").join(spelled))
    limit = query.limit if rules.cap is None else min(query.limit or rules.cap, rules.cap)
    if limit is not None:
        parts.append(f"LIMIT {limit}" + (f" OFFSET {query.offset}" if query.offset else ""))
    text = " ".join(parts)
    return f"SELECT COUNT(*) FROM ({text})" if query.nested else text


def without_any(anchor: str, fact: str, schema: Schema, rules: Rules, left_out: Iterable[LeftOut]) -> str:
    """The condition that a row of ``anchor`` has no row of ``fact``."""
    chain = schema.path([anchor], fact)
    if not chain:
        return f"NOT EXISTS (SELECT 1 FROM {fact})"
    first = chain[0]
    if first.child == anchor:
        return f"{anchor}.{first.column} IS NULL"
    inner = Query(first.child, [f"{first.child}.{first.column}"], via=[fact])
    return f"{schema.key(anchor)} NOT IN ({render(inner, schema, rules, left_out)})"


def _tables(query: Query, schema: Schema) -> list[str]:
    """Every table a query needs, those that say how to get there first."""
    texts = [*query.select, *query.where, *query.group, *query.having, *query.order]
    named = [name for text in texts for name in _TABLE.findall(re.sub(r"\(SELECT .*\)|'[^']*'", "", text))]
    counted = [name for text in texts for name in _COUNTED.findall(text)]
    return [name for name in dict.fromkeys([*query.via, *counted, *named]) if name in schema.tables]


def _concerns(rule: LeftOut, tables: list[str], schema: Schema) -> bool:
    home = rule.column.table
    return home in tables or any(
        link.parent == home and link.child in tables and schema.detail() == link.child
        for link in schema.links
    )


def _joins(
    query: Query, tables: list[str], where: list[str], schema: Schema
) -> tuple[str, list[tuple[str, str]]]:
    """FROM with its joins. Where empty rows are kept, conditions on joined tables move into the join."""
    joined = [query.anchor]
    joins: list[tuple[str, str]] = []
    waiting = [table for table in dict.fromkeys(tables) if table != query.anchor]
    while waiting:
        chains = [
            (len(chain), i, chain) for i, table in enumerate(waiting) if (chain := schema.path(joined, table))
        ]
        if not chains:
            break
        for link in min(chains)[2]:
            table = link.parent if link.child in joined else link.child
            joined.append(table)
            joins.append((table, link.sql))
        waiting = [table for table in waiting if table not in joined]
    text = f"FROM {query.anchor}"
    for table, condition in joins:
        moved = [term for term in where if query.keep and _TABLE.findall(term)[:1] == [table]]
        for term in moved:
            where.remove(term)
        text += f" {'LEFT ' if query.keep else ''}JOIN {table} ON {' AND '.join([condition, *moved])}"
    return text, joins


def _spelled(term: str, query: Query, joined: list[str], schema: Schema, rules: Rules) -> str:
    """``COUNT(#orders)`` becomes a count of rows, or of distinct keys where joins would repeat them."""

    def spell(found: re.Match[str]) -> str:
        table = found[1]
        fanned = any(link.parent == table and link.child in joined for link in schema.links)
        if fanned and rules.distinct:
            return f"COUNT(DISTINCT {schema.key(table)})"
        return f"COUNT({schema.key(table)})" if query.keep else "COUNT(*)"

    return _COUNTED.sub(spell, term)

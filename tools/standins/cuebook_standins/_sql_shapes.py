"""From what a question wants to a query: a figure, a list, the first few of a ranking, groups, or a share."""

from __future__ import annotations

import re
from typing import TypeAlias

from cuebook_standins._sql_context import Context
from cuebook_standins._sql_filters import read_filters
from cuebook_standins._sql_query import Query, Writer, count_of
from cuebook_standins._sql_question import read_question
from cuebook_standins._sql_rules import Rules
from cuebook_standins._sql_schema import Column, Schema
from cuebook_standins._sql_wants import (
    UNIT,
    Order,
    Top,
    amount,
    average,
    read_columns,
    read_figure,
    read_gap,
    read_group,
    read_order,
    read_top,
    time,
)

Thing: TypeAlias = str | Column
"""What rows are: a table, a unit of time, or a column."""


def write_query(text: str, schema: Schema, rules: Rules) -> str:
    """The query for a question over a schema with tables; a poor one if the question is not understood."""
    context = Context(read_question(text, schema, rules), schema, rules)
    writer = Writer(schema, rules, context.left_out)
    return writer.text(_Shaper(context, writer).query)


class _Shaper:
    """Reads one question from the outside in and builds its query."""

    def __init__(self, context: Context, writer: Writer) -> None:
        self.context = context
        self.schema = context.schema
        self.rules = context.rules
        self.query = Query(context.anchor)
        each = bool(re.search(r"\b(?:each|every|none|zero)\b", context.whole))
        share = context.ask.take(r"\bpercent\w*|\b(?:share|proportion|fraction)\b(?= of)")
        order = read_order(context)
        context.asked = read_columns(context)
        read_filters(context, self.query, writer)
        if share:
            self._share()
            return
        self._shape(each=each, order=order)
        self._through()

    def _shape(self, *, each: bool, order: Order | None) -> None:
        context, anchor = self.context, self.query.anchor
        gap = read_gap(context)
        top, group = read_top(context), read_group(context)
        figure = gap or read_figure(context, anchor)
        ranked = self._ranked(group) if top else None
        if gap or (figure and not (top or group or self.query.having)):
            self.query.select = [figure]
        elif top and ranked:
            self._rank(top, ranked, figure)
        elif top:
            self._extreme(top)
        elif group and (figure or not context.asked):
            self._groups(self._thing(group), figure or count_of(anchor), keep=each)
        elif self.query.having:
            self._having(counted=bool(figure))
        else:
            self._list()
        self._sort(order, figure)

    def _thing(self, name: str) -> Thing:
        if name[0] == "T":
            return str(self.context.ask.mark(name).meaning)
        return self.context.column(name) if name[0] == "C" else name

    def _ranked(self, group: str) -> Thing | None:
        """What a ranking is of; None for a plain extreme."""
        ask, asked = self.context.ask, self.context.asked
        columns = [*asked, *(self.context.column(name) for name in ask.names("C"))]
        kinds = [c for c in columns if c.is_kind and c.sql != self.schema.display(c.table)]
        if kinds:
            return kinds[0]
        if group:
            return self._thing(group)
        if found := ask.take(rf"\b({UNIT})"):
            return found[1]
        tables = ask.names("T")
        if tables and not re.search(r"\bwhen\b", ask.text) and not any(column.is_date for column in asked):
            return str(ask.mark(tables[0]).meaning)
        return self.schema.people if self.schema.people and re.search(r"\bwho\b", ask.text) else None

    def _rank(self, top: Top, ranked: Thing, figure: str) -> None:
        """Rows by a column of their own, or groups by a figure."""
        query = self.query
        column = self.context.column(top.by) if re.fullmatch(r"C\d+", top.by) else None
        if top.by == "day":
            column = self.context.day(str(ranked))
        if column and not column.is_kind and column.table == ranked:
            measure = column.sql
            self._show(ranked, [measure])
        else:
            measure = self._measure(top.by, figure)
            shown = figure and re.search(r"\bwith (?:the|their)\b|\bshow\b|\binclud", self.context.whole)
            self._by(ranked, [measure], shown=bool(shown))
        query.order = [measure + (" DESC" if top.down else "")]
        query.limit, query.offset = top.limit, top.offset
        query.tied = self.rules.ties and top.limit == 1 and not top.offset

    def _measure(self, by: str, figure: str) -> str:
        """What a ranking goes by, as an expression."""
        query, name = self.query, by.split()[-1] if by else ""
        if by.startswith("average"):
            return average(self.context, name)
        if by.startswith("total") or name[:1] in ("T", "M"):
            return amount(self.context, name, query.anchor)
        if not figure and query.anchor == self.schema.people and self.context.traded and self.schema.event:
            query.anchor = self.schema.event
        return figure or self.context.measure() or count_of(query.anchor)

    def _extreme(self, top: Top) -> None:
        """The highest or lowest value itself."""
        function, query = "MAX" if top.down else "MIN", self.query
        if top.by[:1] == "M":
            figure = amount(self.context, top.by, query.anchor)
            query.select = [figure.replace("SUM(", f"{function}(")]
            return
        dates = [column for column in self.context.asked if column.is_date]
        column = dates[0] if dates else self.context.day(query.anchor)
        if top.by[:1] == "C":
            column = self.context.column(top.by)
        query.select = [f"{function}({column.sql if column else self.schema.key(query.anchor)})"]

    def _groups(self, thing: Thing, figure: str, *, keep: bool) -> None:
        """A figure for each thing. An average per row of its own table, or a ratio, needs no groups."""
        own = isinstance(thing, str) and figure.startswith(f"AVG({thing}.")
        if own or " / COUNT(DISTINCT" in figure:
            self.query.select = [figure]
            return
        if isinstance(thing, str) and thing in self.schema.tables:
            self.query.anchor, self.query.keep = thing, keep and self.rules.keep_empty
        self._by(thing, [figure], shown=True)

    def _having(self, *, counted: bool) -> None:
        kinds = [c for c in self.context.asked if c.is_kind and c.sql != self.schema.display(c.table)]
        found = self.context.ask.take(rf"\b({UNIT})")
        thing: Thing = kinds[0] if kinds else found[1] if found else self.query.anchor
        self._by(thing, [self.query.having[0].rsplit(" ", 2)[0]], shown=False)
        self.query.nested = counted

    def _by(self, thing: Thing, figures: list[str], *, shown: bool) -> None:
        """Group by something and show it; without a rule about columns the figure and the id come along."""
        query, exact = self.query, self.rules.exact_columns
        if isinstance(thing, str) and thing in self.schema.tables:
            key, name = self.schema.key(thing), self.schema.display(thing)
            query.group = [key if self.rules.by_key else name]
            query.select = [name] if exact else [key, name]
        else:
            query.group = [
                thing.sql if isinstance(thing, Column) else time(self.context, thing, query.anchor)
            ]
            query.select = list(query.group)
        query.select += figures if shown or not exact else []

    def _show(self, thing: Thing, sorted_by: list[str]) -> None:
        """Rows by their name; without a rule about columns the id and what they are sorted by come along."""
        table = thing.table if isinstance(thing, Column) else thing
        name = self.schema.display(table)
        self.query.select = [name] if self.rules.exact_columns else [self.schema.key(table), name, *sorted_by]
        self.query.unique = True

    def _list(self) -> None:
        """The columns asked for, or the rows of a table by name; a single column shows each value once."""
        query, asked = self.query, self.context.asked
        if not asked:
            tables = self.context.ask.names("T")
            self._show(str(self.context.ask.mark(tables[0]).meaning) if tables else query.anchor, [])
            return
        query.select = [column.sql for column in asked]
        first = asked[0]
        query.distinct = len(asked) == 1 and not query.where and first.sql != self.schema.display(first.table)
        if query.distinct and self.rules.null:
            query.where.append(f"{first.sql} IS NOT NULL")

    def _share(self) -> None:
        """A part as a percentage of the whole: the conditions say which part."""
        part = " AND ".join(self.query.where) or "1"
        inner = re.fullmatch(r"SUM\((.*)\)", self.context.measure())
        one, whole = (inner[1], f"SUM({inner[1]})") if inner else ("1", "COUNT(*)")
        self.query.where = []
        self.query.select = [f"100.0 * SUM(CASE WHEN {part} THEN {one} ELSE 0 END) / {whole}"]

    def _sort(self, order: Order | None, figure: str) -> None:
        if order is None or self.query.order:
            return
        if order.by == "name":
            term = self.schema.display(self.query.anchor)
        elif order.by[:1] == "C":
            term = self.context.column(order.by).sql
        else:
            term = self.context.measure() or figure or self.query.select[-1]
        self.query.order.append(term + (" DESC" if order.down else ""))

    def _through(self) -> None:
        """A verb of trade brings in the orders, and what was on them for goods."""
        schema, query = self.schema, self.query
        if not self.context.traded or not schema.event:
            return
        terms = " ".join([*query.select, *query.where, *query.group])
        goods = any(f"{table}." in terms or f"#{table}" in terms for table in schema.goods)
        if query.anchor == schema.people or goods:
            query.via.append(schema.event)
        if goods:
            query.via.append(schema.detail)

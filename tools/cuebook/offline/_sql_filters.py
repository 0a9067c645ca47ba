"""Conditions in a question: numbers, days, values, names, yes-or-no columns, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cuebook.offline._sql_query import Query, count_of, without_any
from cuebook.offline._sql_question import EVENTS, Mark, Question, Range
from cuebook.offline._sql_rules import LeftOut, Rules
from cuebook.offline._sql_schema import Column, Schema

_COMPARE = {
    "over": ">",
    "under": "<",
    "not-under": ">=",
    "not-over": "<=",
    "exactly": "=",
    "before": "<",
    "after": ">",
}
_SIGN = r"(over|under|not-under|not-over|exactly)"
_PLACES = frozenset(["address", "city", "country", "location", "region", "state", "town"])
_EVENT = rf"\b(?:{'|'.join(sorted(EVENTS))})\b"


class Context:
    """What a question is about while its conditions are read: the tables it names and the rules that hold."""

    def __init__(self, question: Question, schema: Schema, rules: Rules) -> None:
        self.question = question
        self.schema = schema
        self.rules = rules
        self.left_out: Sequence[LeftOut] = [rule for rule in rules.left_out if not self._spoken_of(rule)]
        self.traded = bool(re.search(_EVENT, question.text)) or any(
            "sold" in mark.words for mark in question.marks
        )
        self.tables = [str(mark.meaning) for mark in question.marks if mark.kind == "T"]
        if re.search(r"\bwho\b", question.text) and schema.people():
            self.tables.insert(0, str(schema.people()))
        self.asked: Sequence[Column] = ()
        self.anchor = self.tables[0] if self.tables else self._likely_table()

    def _likely_table(self) -> str:
        """The table of the first figure or column in a question that names no table."""
        for mark in self.question.marks:
            found = re.search(r"(\w+)\.\w+", str(mark.meaning)) if mark.kind in "MK" else None
            if found:
                return found[1]
            if mark.kind in "CV":
                column = mark.meaning[0]
                return str(column.table if isinstance(column, Column) else column[0].table)
        return next(iter(self.schema.tables))

    def _spoken_of(self, rule: LeftOut) -> bool:
        """A rule about rows that do not count gives way when the question speaks of them or of their column."""
        for mark in self.question.marks:
            if mark.kind == "V" and (rule.column, rule.value) in mark.meaning:
                return True
            if mark.kind == "C" and rule.column in mark.meaning:
                return True
        return rule.value.casefold() in self.question.text

    def pick(self, columns: Sequence[Column]) -> Column:
        """The candidate of a table that the question names; else the first."""
        for table in self.tables:
            for column in columns:
                if column.table == table:
                    return column
        near = {
            link.other(table)
            for table in self.tables
            for link in self.schema.links
            if table in (link.child, link.parent)
        }
        return next((column for column in columns if column.table in near), columns[0])

    def column(self, name: str) -> Column:
        """The column that a mark such as ``C2`` stands for here."""
        return self.pick(self.question.mark(name).meaning)

    def day(self, table: str | None = None) -> Column | None:
        """The column with the day that counts: one the question names, one of its table, one of the trade."""
        dates = [
            c
            for mark in self.question.marks
            if mark.kind == "C"
            for c in mark.meaning
            if c.is_date and len(mark.meaning) < 2
        ]
        if dates:
            return dates[0]
        own = self.schema.date(table) if table else None
        event = self.schema.event()
        traded = self.schema.date(event) if event else None
        people = self.schema.people()
        if traded and (table is None or not own or (self.traded and table in (people, event))):
            return traded
        return own or traded


def read_filters(context: Context, query: Query) -> None:
    """Move every condition from the question's text into the query."""
    for step in (_likes, _averages, _numbers, _days, _flags, _missing, _values, _literals):
        step(context, query)


def _likes(context: Context, query: Query) -> None:
    ask = context.question
    word = r"(L\d+|[^\s?,]+)"
    for pattern, shape in (
        (rf"\b(?:that )?(?:start|begin)(?:s|ning|ing)? with (?:an? |the letter )?{word}", "{}%"),
        (rf"\b(?:that )?end(?:s|ing)? (?:in|with) (?:an? )?{word}", "%{}"),
        (rf"\b(?:with|have|has|contain\w*) {word} in (?:the|their|its) (C\d+)", "%{}%"),
    ):
        found = ask.take(pattern)
        if found:
            text = ask.mark(found[1]).words if found[1][0] == "L" else found[1]
            named = found[2] if found.lastindex == 2 else next(iter(re.findall(r"\bC\d+\b", ask.text)), None)
            column = context.column(named).sql if named else context.schema.display(query.anchor)
            query.where.append(f"{column} LIKE {literal(shape.format(text.strip(chr(34))))}")


def _averages(context: Context, query: Query) -> None:
    found = context.question.take(r"\b(C\d+) (over|under) (?:the )?average(?: C\d+)?")
    if found:
        column = context.column(found[1])
        query.where.append(
            f"{column.sql} {_COMPARE[found[2]]} (SELECT AVG({column.sql}) FROM {column.table})"
        )


def _numbers(context: Context, query: Query) -> None:
    ask = context.question
    found = ask.take(r"(?:(C\d+) )?between (N\d+) and (N\d+)(?: C\d+)?")
    if found:
        column = _amount(context, query, found[1])
        query.where.append(f"{column} BETWEEN {ask.mark(found[2]).meaning} AND {ask.mark(found[3]).meaning}")
    found = ask.take(
        rf"\b((?:average |total )?[CM]\d+)(?: (?!in\b)[a-z]+){{0,3}} {_SIGN} (N\d+)(?: C\d+)?(?! T)"
    )
    if found:
        _compare(context, query, found[1], found[2], found[3])
    found = ask.take(rf"{_SIGN} (N\d+) (?:different )?([TCM]\d+)(?: in (K\d+))?")
    if found:
        _compare(context, query, found[3], found[1], found[2])
    found = ask.take(rf"{_SIGN} (N\d+)(?: times)?")
    if found:
        event = context.schema.event()
        if context.traded and event:
            query.having.append(f"{count_of(event)} {_COMPARE[found[1]]} {ask.mark(found[2]).meaning}")
        else:
            query.where.append(
                f"{_amount(context, query, None)} {_COMPARE[found[1]]} {ask.mark(found[2]).meaning}"
            )
    if found := re.search(r"\b(C\d+) ((?:[a-z]+ ){0,3}not (N\d+))", ask.text):
        ask.take(re.escape(found[2]))
        query.where.append(f"{context.column(found[1]).sql} <> {ask.mark(found[3]).meaning}")
    if found := ask.take(r"(?<!most )(?<!least )\b(N\d+) (C\d+)(?: C\d+)?"):
        query.where.append(f"{context.column(found[2]).sql} = {ask.mark(found[1]).meaning}")


def _compare(context: Context, query: Query, left: str, sign: str, number: str) -> None:
    """A figure goes to HAVING, a plain column to WHERE."""
    ask = context.question
    what, value = ask.mark(left.split()[-1]), ask.mark(number).meaning
    if what.kind == "T":
        query.having.append(f"{count_of(what.meaning)} {_COMPARE[sign]} {value}")
    elif what.kind == "M":
        query.having.append(f"{what.meaning} {_COMPARE[sign]} {value}")
    elif " " in left:
        function = "AVG" if left.startswith("average") else "SUM"
        query.having.append(f"{function}({context.pick(what.meaning).sql}) {_COMPARE[sign]} {value}")
    else:
        column = context.pick(what.meaning)
        target = column.sql if column.is_number else _amount(context, query, None)
        query.where.append(f"{target} {_COMPARE[sign]} {value}")


def _amount(context: Context, query: Query, name: str | None) -> str:
    """The named column, else the table's price, else its first number."""
    if name:
        return context.column(name).sql
    columns = [column for column in context.schema.tables[query.anchor] if column.is_number] or [
        column for column in context.schema.columns if column.is_number
    ]
    priced = [column for column in columns if {"price", "cost", "amount"} & set(column.words)]
    return (priced or columns or list(context.schema.columns))[0].sql


def _days(context: Context, query: Query) -> None:
    ask = context.question
    found = ask.take(r"\b(?:between|from) (D\d+) (?:and|to|until) (D\d+)")
    column = context.day(query.anchor)
    if column is None:
        return
    if found:
        first, last = ask.mark(found[1]).meaning.first, ask.mark(found[2]).meaning.last
        query.where.append(f"{column.sql} BETWEEN '{first}' AND '{last}'")
    while found := ask.take(
        r"(?:\b(before|after|since|until|from|by) |\b(?:in|on|during|of|for|at|dated) (?:the )?)?(D\d+)(?: onwards)?"
    ):
        query.where.append(_in_days(column.sql, found[1], ask.mark(found[2]).meaning, context.rules))


def _in_days(column: str, word: str | None, days: Range, rules: Rules) -> str:
    if word in ("since", "from"):
        return f"{column} >= '{days.first}'"
    if word in ("before", "after"):
        return f"{column} < '{days.first}'" if word == "before" else f"{column} > '{days.last}'"
    if word in ("until", "by"):
        return f"{column} <= '{days.last}'"
    if days.unit == "day":
        return f"{column} = '{days.first}'"
    if days.unit == "quarter":
        return f"{column} BETWEEN '{days.first}' AND '{days.last}'"
    if days.unit == "year":
        return (
            f"strftime('%Y', {column}) = '{days.first[:4]}'"
            if rules.sqlite
            else f"YEAR({column}) = {days.first[:4]}"
        )
    if rules.sqlite:
        return f"strftime('%Y-%m', {column}) = '{days.first[:7]}'"
    return f"YEAR({column}) = {days.first[:4]} AND MONTH({column}) = {int(days.first[5:7])}"


_NO = r"(?:no|not|never|without|nothing)"


def _missing(context: Context, query: Query) -> None:
    ask, rules, schema = context.question, context.rules, context.schema
    known = ask.take(r"\bwithout (?:[a-z]+ |T\d+ )?(?:whose )?(C\d+) we not know") or ask.take(
        r"(?<=[TC]\d )with an? (C\d+)"
    )
    if known:
        query.where.append(
            f"{context.column(known[1]).sql} {'IS NOT NULL' if rules.null else '<> ' + literal('')}"
        )
    while found := ask.take(
        rf"\b(?:(?:with|that|who|which|have|has|had|but) )*{_NO}(?: (?!in\b)[a-z]+){{0,3}} (T\d+)\b"
    ):
        fact = str(ask.mark(found[1]).meaning)
        if fact != query.anchor:
            query.absent.append(without_any(query.anchor, fact, schema, rules, context.left_out))
    event = schema.event() if query.anchor == schema.people() else schema.detail()
    if event not in (None, query.anchor) and ask.take(rf"\b(?:never|not) (?:[a-z]+ ){{0,2}}?{_EVENT}"):
        query.absent.append(without_any(query.anchor, str(event), schema, rules, context.left_out))
        context.traded = bool(re.search(_EVENT, ask.text))
    while found := ask.take(rf"\b(?:with |have |has |had )?{_NO} (?:[a-z]+ ){{0,2}}(C\d+)"):
        query.where.append(
            f"{context.column(found[1]).sql} {'IS NULL' if rules.null else '= ' + literal('')}"
        )


def _flags(context: Context, query: Query) -> None:
    ask = context.question
    for name in re.findall(r"\bC\d+\b", ask.text):
        column = context.column(name)
        if column.is_flag or (column.words[-1].endswith("ed") and column.type.upper().startswith("INT")):
            found = ask.take(rf"(?:\b(not|never|no|without)(?: \S+){{0,4}}? )?\b{name}\b")
            no = bool(found and found[1])
            query.where.append(f"{column.sql} = {int(not no)}")


def _values(context: Context, query: Query) -> None:
    ask = context.question
    found = ask.take(r"\b(V\d+) or (?:in |from )?(V\d+)")
    if found:
        column, value = _chosen(context, ask.mark(found[1]))
        other = _chosen(context, ask.mark(found[2]))[1]
        query.where.append(f"{column.sql} IN ({literal(value)}, {literal(other)})")
    while found := ask.take(
        r"(?:\b(not|outside) )?(?:\b(?:in|from|of|by|to|with|the|are|is|was|were|based) )*(V\d+)(?: (C\d+|range))?"
    ):
        column, value = _chosen(context, ask.mark(found[2]))
        if found[3] and found[3][0] == "C" and column not in ask.mark(found[3]).meaning:
            ask.text = f"{ask.text} {found[3]}"
        query.where.append(f"{column.sql} {'<>' if found[1] else '='} {literal(value)}")
    while found := ask.take(r"(?:\b(not) )?(?:\bin )?\b(K\d+)"):
        query.where.append(f"NOT ({ask.mark(found[2]).meaning})" if found[1] else ask.mark(found[2]).meaning)


def _chosen(context: Context, mark: Mark) -> tuple[Column, str]:
    column = context.pick([column for column, _ in mark.meaning])
    return next((c, v) for c, v in mark.meaning if c is column)


def _literals(context: Context, query: Query) -> None:
    ask = context.question
    while found := ask.take(
        r"(?:\b(called|named|from|in|by|of|did|does|to|for|at) )?(?:\b(?:the|a|an) )?(L\d+)(?: (C\d+))?"
    ):
        name = ask.mark(found[2])
        column = _home(context, query, found[1], name)
        if found[3]:
            described = context.column(found[3])
            if not described.is_number and found[1] in ("in", "of", "from"):
                column = described
            else:
                ask.text = f"{ask.text} {found[3]}"
        text = literal(str(name.meaning))
        query.where.append(
            f"{column.sql} LIKE {text}" if context.rules.any_case else f"{column.sql} = {text}"
        )


def _home(context: Context, query: Query, before: str | None, name: Mark) -> Column:
    """The column that a capitalised name belongs to."""
    schema, people = context.schema, context.schema.people()
    word = " " in name.words
    places = [column for column in schema.columns if set(column.words) & _PLACES]
    if places and not word and before in ("in", "from", "at", "to"):
        return context.pick(places)
    named = {
        t: c for t in schema.tables for c in schema.tables[t] if c.sql == schema.display(t) and not c.is_key
    }
    order: list[str] = []
    if before == "from":
        order += [
            link.parent for link in schema.links if link.child in context.tables and link.parent != people
        ]
    if before in ("by", "did", "does") and people:
        order.append(people)
    if before in ("called", "named"):
        order.insert(0, query.anchor)
    detail = schema.detail()
    order += [column.table for column in context.asked]
    order += [
        link.parent
        for link in schema.links
        if link.child == detail and link.parent not in (people, schema.event())
    ]
    return next((named[table] for table in [*order, *named] if table in named), schema.columns[0])


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


Step = Callable[[Context, Query], None]

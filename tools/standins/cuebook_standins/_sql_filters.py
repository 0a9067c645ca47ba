"""Conditions in a question: numbers, days, values, names, yes-or-no columns, and what is missing."""

from __future__ import annotations

import re

from cuebook_standins._sql_context import EVENT, Context
from cuebook_standins._sql_query import Query, Writer, count_of
from cuebook_standins._sql_question import Mark
from cuebook_standins._sql_rules import literal
from cuebook_standins._sql_schema import Column
from cuebook_standins._sql_words import Days

_SIGNS = {"over": ">", "under": "<", "not-under": ">=", "not-over": "<=", "exactly": "="}
_SIGN = r"\b(over|under|not-under|not-over|exactly)"
_NO = r"\b(?:no|not|never|without|nothing)"
_PLACES = frozenset(["address", "city", "country", "location", "region", "state", "town"])
_TEXTS = (
    (r"\b(?:that )?(?:start|begin)(?:s|ning|ing)? with (?:an? |the letter )?([^\s?,]+)", "{}%"),
    (r"\b(?:that )?end(?:s|ing)? (?:in|with) (?:an? )?([^\s?,]+)", "%{}"),
    (r"\b(?:with|have|has|contain\w*) ([^\s?,]+) in (?:the|their|its) (C\d+)", "%{}%"),
)


def read_filters(context: Context, query: Query, writer: Writer) -> None:
    """Move every condition from the question's text into the query."""
    _texts(context, query)
    _averages(context, query)
    _numbers(context, query)
    _days(context, query)
    _flags(context, query)
    _missing(context, query, writer)
    _values(context, query)
    _names(context, query)


def _texts(context: Context, query: Query) -> None:
    """Starts with, ends in, has in its name."""
    ask = context.ask
    for pattern, shape in _TEXTS:
        if found := ask.take(pattern):
            text = ask.mark(found[1]).words if re.fullmatch(r"[A-Z]\d+", found[1]) else found[1]
            named = [found[2]] if found.lastindex == 2 else ask.names("C")
            column = context.column(named[0]).sql if named else context.schema.display(query.anchor)
            query.where.append(f"{column} LIKE {literal(shape.format(text.strip(chr(34))))}")


def _averages(context: Context, query: Query) -> None:
    if found := context.ask.take(r"\b(C\d+) (over|under) (?:the )?average(?: C\d+)?"):
        column = context.column(found[1])
        average = f"SELECT AVG({column.sql}) FROM {column.table}"  # noqa: S608
        query.where.append(f"{column.sql} {_SIGNS[found[2]]} ({average})")


def _numbers(context: Context, query: Query) -> None:
    ask = context.ask
    if found := ask.take(r"(?:\b(C\d+) )?between (N\d+) and (N\d+)(?: C\d+)?"):
        column = context.column(found[1]).sql if found[1] else _amount(context, query)
        query.where.append(f"{column} BETWEEN {ask.mark(found[2]).meaning} AND {ask.mark(found[3]).meaning}")
    left = r"\b((?:average |total )?[CM]\d+)(?: (?!in\b)[a-z]+){0,3}? "
    if found := ask.take(rf"{left}{_SIGN} (N\d+)(?: C\d+)?(?! T)"):
        _compare(context, query, found[1], found[2], found[3])
    if found := ask.take(rf"{_SIGN} (N\d+) (?:different )?([TCM]\d+)"):
        _compare(context, query, found[3], found[1], found[2])
    if found := ask.take(rf"{_SIGN} (N\d+)(?: times)?"):
        sign, value = _SIGNS[found[1]], ask.mark(found[2]).meaning
        if context.traded and context.schema.event:
            query.having.append(f"{count_of(context.schema.event)} {sign} {value}")
        else:
            query.where.append(f"{_amount(context, query)} {sign} {value}")
    if found := re.search(r"\b(C\d+) ((?:[a-z]+ ){0,3}not (N\d+))", ask.text):
        ask.take(re.escape(found[2]))
        query.where.append(f"{context.column(found[1]).sql} <> {ask.mark(found[3]).meaning}")
    if found := ask.take(r"\b(N\d+) (C\d+)(?: C\d+)?"):
        query.where.append(f"{context.column(found[2]).sql} = {ask.mark(found[1]).meaning}")


def _compare(context: Context, query: Query, left: str, sign: str, number: str) -> None:
    """A figure goes to HAVING, a plain column to WHERE."""
    what = context.ask.mark(left.split()[-1])
    column = context.pick(what.meaning) if what.kind == "C" else None
    if column and " " not in left:
        target = column.sql if column.is_number else _amount(context, query)
        query.where.append(f"{target} {_SIGNS[sign]} {context.ask.mark(number).meaning}")
        return
    if column:
        figure = f"{'AVG' if left.startswith('average') else 'SUM'}({column.sql})"
    else:
        figure = count_of(str(what.meaning)) if what.kind == "T" else str(what.meaning)
    query.having.append(f"{figure} {_SIGNS[sign]} {context.ask.mark(number).meaning}")


def _amount(context: Context, query: Query) -> str:
    """The price of the table in question, else its first number, else any."""
    numbers = [column for column in context.schema.columns if column.is_number]
    own = [column for column in numbers if column.table == query.anchor] or numbers
    priced = [column for column in own if {"price", "cost", "amount"} & set(column.words)]
    return (priced or own or list(context.schema.columns))[0].sql


def _days(context: Context, query: Query) -> None:
    ask, column = context.ask, context.day(query.anchor)
    if column is None:
        return
    if found := ask.take(r"\b(?:between|from) (D\d+) (?:and|to|until) (D\d+)"):
        first, last = ask.mark(found[1]).meaning.first, ask.mark(found[2]).meaning.last
        query.where.append(f"{column.sql} BETWEEN '{first}' AND '{last}'")
    pattern = r"(?:\b(before|after|since|until|from|by) |\b(?:in|on|during|of|for|at) (?:the )?)?(D\d+)"
    while found := ask.take(pattern):
        days = ask.mark(found[2]).meaning
        query.where.append(_in_days(column.sql, found[1], days, sqlite=context.rules.sqlite))


def _in_days(column: str, word: str | None, days: Days, *, sqlite: bool) -> str:
    if word == "before":
        return f"{column} < '{days.first}'"
    if word == "after":
        return f"{column} > '{days.last}'"
    if word in ("since", "from"):
        return f"{column} >= '{days.first}'"
    if word in ("until", "by"):
        return f"{column} <= '{days.last}'"
    if days.unit == "day":
        return f"{column} = '{days.first}'"
    if days.unit == "quarter":
        return f"{column} BETWEEN '{days.first}' AND '{days.last}'"
    if sqlite:
        shape, size = ("%Y", 4) if days.unit == "year" else ("%Y-%m", 7)
        return f"strftime('{shape}', {column}) = '{days.first[:size]}'"
    month = f" AND MONTH({column}) = {int(days.first[5:7])}" if days.unit == "month" else ""
    return f"YEAR({column}) = {days.first[:4]}{month}"


def _flags(context: Context, query: Query) -> None:
    ask = context.ask
    for name in ask.names("C"):
        column = context.column(name)
        whole = column.type.casefold().startswith("int")
        if column.is_flag or (whole and column.words[-1].endswith("ed")):
            found = ask.take(rf"(?:\b(not|never|no|without)(?: \S+){{0,4}}? )?\b{name}\b")
            query.where.append(f"{column.sql} = {0 if found and found[1] else 1}")


def _missing(context: Context, query: Query, writer: Writer) -> None:
    """What is not there: a value, rows of another table, or any trade at all."""
    ask, schema = context.ask, context.schema
    there, absent = ("IS NOT NULL", "IS NULL") if context.rules.null else ("<> ''", "= ''")
    unknown = r"\bwithout (?:[a-z]+ |T\d+ )?(?:whose )?(C\d+) we not know"
    if found := ask.take(unknown) or ask.take(r"(?<=[TC]\d )with an? (C\d+)"):
        query.where.append(f"{context.column(found[1]).sql} {there}")
    having = r"\b(?:(?:with|that|who|which|have|has|had|but) )*"
    while found := ask.take(rf"{having}{_NO}(?: (?!in\b)[a-z]+){{0,3}} (T\d+)"):
        fact = str(ask.mark(found[1]).meaning)
        if fact != query.anchor:
            query.where.append(writer.without_any(query.anchor, fact))
    event = schema.event if query.anchor == schema.people else schema.detail
    if event and event != query.anchor and ask.take(rf"{_NO} (?:[a-z]+ ){{0,2}}?{EVENT}"):
        query.where.append(writer.without_any(query.anchor, event))
        context.traded = bool(re.search(EVENT, ask.text))
    while found := ask.take(rf"\b(?:with |have |has |had )?{_NO} (?:[a-z]+ ){{0,2}}(C\d+)"):
        query.where.append(f"{context.column(found[1]).sql} {absent}")


def _values(context: Context, query: Query) -> None:
    """Values that the prompt lists, and conditions that it names."""
    ask = context.ask
    if found := ask.take(r"\b(V\d+) or (?:in |from )?(V\d+)"):
        column, value = _chosen(context, ask.mark(found[1]))
        other = _chosen(context, ask.mark(found[2]))[1]
        query.where.append(f"{column.sql} IN ({literal(value)}, {literal(other)})")
    small = r"(?:\b(not|outside) )?(?:\b(?:in|from|of|by|to|with|the|are|is|was|were|based) )*"
    while found := ask.take(rf"{small}(V\d+)(?: (C\d+|range))?"):
        column, value = _chosen(context, ask.mark(found[2]))
        if found[3] and found[3][0] == "C" and column not in ask.mark(found[3]).meaning:
            ask.text = f"{ask.text} {found[3]}"
        query.where.append(f"{column.sql} {'<>' if found[1] else '='} {literal(value)}")
    while found := ask.take(r"(?:\b(not) )?\b(K\d+)"):
        condition = str(ask.mark(found[2]).meaning)
        query.where.append(f"NOT ({condition})" if found[1] else condition)


def _chosen(context: Context, mark: Mark) -> tuple[Column, str]:
    column = context.pick([column for column, _ in mark.meaning])
    return column, next(value for other, value in mark.meaning if other is column)


def _names(context: Context, query: Query) -> None:
    """Capitalised names; names in small letters too where the prompt says that case does not matter."""
    ask = context.ask
    sign = "LIKE" if context.rules.any_case else "="
    before = r"(?:\b(called|named|from|in|by|of|did|does|to|for|at) )?(?:\b(?:the|a|an) )?"
    while found := ask.take(rf"{before}(L\d+)(?: (C\d+))?"):
        column = _home(context, query, found[1], str(ask.mark(found[2]).meaning))
        if found[3]:
            described = context.column(found[3])
            if described.is_kind and found[1] in ("in", "of", "from"):
                column = described
            else:
                ask.text = f"{ask.text} {found[3]}"
        query.where.append(f"{column.sql} {sign} {literal(str(ask.mark(found[2]).meaning))}")
    small = r"(?:\b(?:of|is|are|for|on|does) )(?:the|an?) ([a-z]+(?: [a-z]+){0,3}?)(?= cost| \?|$)"
    if context.asked and context.rules.any_case and (found := ask.take(small)):
        column = _home(context, query, None, found[1])
        query.where.append(f"{column.sql} LIKE {literal(found[1])}")


def _home(context: Context, query: Query, before: str | None, name: str) -> Column:
    """The column that a name belongs to, by the word before it and what is asked about it."""
    schema = context.schema
    places = [column for column in schema.columns if set(column.words) & _PLACES]
    if places and " " not in name and before in ("in", "from", "at", "to"):
        return context.pick(places)
    likely: list[str] = []
    if before in ("called", "named"):
        likely.append(query.anchor)
    if before == "from":
        likely += [parent for table in context.tables for parent in schema.parents(table)]
    if before in ("by", "did", "does"):
        likely.append(schema.people)
    likely += [column.table for column in context.asked]
    for table in [*likely, *schema.goods, *schema.tables]:
        for column in schema.tables.get(table, ()):
            if column.sql == schema.display(table) and not column.is_key:
                return column
    return schema.columns[0]

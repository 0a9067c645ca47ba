"""What a question wants, read off its canonical text: columns, a ranking, groups, an order, a figure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cuebook_standins._sql_context import Context
from cuebook_standins._sql_query import count_of
from cuebook_standins._sql_schema import Column

UNIT = r"(?:year|month|day|quarter)s?\b"
THING = rf"(?:[TCM]\d+\b|{UNIT})"
_FORMATS = {"year": "%Y", "month": "%m", "quarter": "%m"}
_COLUMNS = r"(C\d+(?:(?: ,)?(?: and)?(?: the| their)? C\d+)*)"
_HEAD = (
    r"^(?:(?:show|list|give|get|display|find|tell|me|us|all|every|each|the|of|what|which|is|are|was|were|in|on"
    r"|an?|our|different|distinct|their|do|we|know|please|for|among) )*"
)
_BY = r"\bby (?:the )?(?:number of )?((?:average |total )?[TCM]\d+)"


@dataclass(frozen=True, slots=True)
class Top:
    """A ranking: which way, how many, after how many, by a mark, ``average C1``, ``day`` or nothing."""

    down: bool
    limit: int
    offset: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """How to sort: by a mark, by ``name``, or by the figure (nothing)."""

    by: str
    down: bool


def read_order(context: Context) -> Order | None:
    """``sorted by price``, ``alphabetically``, ``cheapest first``."""
    ask = context.ask
    down = bool(ask.take(r"(?: ,)? \b(?:descending|desc|z to a|in reverse)\b"))
    if found := ask.take(r"\b(?:sorted|sort|ordered|order) (?:them )?by (?:the |their )?([CM]\d+)"):
        return Order(found[1], down or found[1][0] == "M")
    if ask.take(r"\b(?:sorted )?alphabetical(?:ly)?\b|\bin alphabetical order\b"):
        return Order("name", down)
    if found := ask.take(r"(?:, )?\b(most|least)(?: (C\d+))? first\b"):
        return Order(found[2] or "", found[1] == "most")
    return None


def read_columns(context: Context) -> list[Column]:
    """The columns that the question begins with: ``name and price of ...``, ``product categories``."""
    ask = context.ask
    if ask.take(r"^how much (?=(?:is|are|was|do|does) (?:the|an?) )"):
        prices = [column for table in context.schema.goods for column in context.schema.tables[table]]
        return [column for column in prices if "price" in column.words][:1]
    found = re.search(rf"{_HEAD}(T\d+ )?{_COLUMNS}(?= |$)(?! first)|(?<=: )(){_COLUMNS}", ask.text)
    if not found:
        return []
    columns = [context.column(name) for name in re.findall(r"C\d+", found[2] or found[4])]
    plain = all(column.is_kind or column.is_key for column in columns)
    if any(column.is_flag for column in columns) or (found[1] and not plain):
        return []
    ask.text = f"{ask.text[: found.start()]}{found[1] or ''} {ask.text[found.end() :]}".strip()
    return columns


def read_top(context: Context) -> Top | None:
    """``top 5 T by M``, ``most C``, ``second least C``, ``first T``."""
    ask = context.ask
    few = r"\b(?:which|the|our|top|these) (N\d+) (?=[TC]\d|most|least)|\btop (N\d+)|\b(N\d+) (?=most |least )"
    some = ask.take(few)
    number = next((part for part in some.groups() if part), "") if some else ""
    limit = min(int(float(ask.mark(number).meaning)), 1_000) if number else 1
    ordinal = ask.take(r"\b(second|third) (?=most|least)")
    offset = {"second": 1, "third": 2}[ordinal[1]] if ordinal else 0
    found = ask.take(
        rf"\b(most|least)\b(?: (?!of|in|from|per)[a-z]+){{0,2}}?(?: (average |total )?({THING}))?"
    )
    if found:
        return Top(found[1] == "most", limit, offset, _ranked_by(context, found[2] or "", found[3] or ""))
    if found := ask.take(r"\b(first|last) (?=T\d)"):
        return Top(found[1] == "last", limit, 0, "day")
    if some:
        by = ask.take(_BY)
        return Top(True, limit, offset, by[1] if by else "")
    return None


def _ranked_by(context: Context, function: str, thing: str) -> str:
    """What "most ..." goes by; the thing itself may be what is ranked: best month, most popular method."""
    ask = context.ask
    better = ask.take(_BY) if thing[:1] != "M" else None
    kind = thing[:1] == "C" and context.column(thing).is_kind
    ranked = kind or re.fullmatch(UNIT, thing) or (thing[:1] == "T" and better)
    if ranked and not function:
        ask.text = f"{thing} {ask.text}"
        return better[1] if better else ""
    return better[1] if better else function + thing


def read_group(context: Context) -> str:
    """``per T``, ``for each C``, ``by month``: a mark or a unit of time, or nothing. "Given by T" is none."""
    each = r"(?:per|for each|for every|in each|of each|by each|each|every|(?<![a-z]en )(?<![a-z]ed )by)"
    found = context.ask.take(rf"\b{each} (?:of the |the |different )?([TC]\d+\b|{UNIT})(?: of)?")
    return found[1] if found else ""


def read_gap(context: Context) -> str:
    """The difference between the highest and the lowest value of a column, if that is asked for."""
    columns = [context.pick(mark.meaning) for mark in context.ask.marks if mark.kind == "C"]
    number = next((column for column in columns if column.is_number), None)
    if number and context.ask.take(r"\bdifference between\b"):
        return f"MAX({number.sql}) - MIN({number.sql})"
    return ""


def read_figure(context: Context, anchor: str) -> str:
    """The expression of the figure that is asked for, or nothing."""
    ask = context.ask
    words = r"(?: (?!of the)[a-z]+){0,3}?"
    if found := ask.take(rf"\b(?:average|mean) number of{words} ([TM]\d+)"):
        return _per(context, found[1], anchor)
    if found := ask.take(rf"\b(?:average|mean){words} ([TCM]\d+)"):
        return average(context, found[1])
    if found := ask.take(rf"\b(?:how many|number of|count of){words} ({THING})|\b([TC]\d+) count\b"):
        return amount(context, found[1] or found[2], anchor)
    if found := ask.take(r"\b(?:total|sum of|how much|value of)(?: (?!of the)[a-z]+){0,4}? ([CM]\d+)"):
        return amount(context, found[1], anchor)
    if ask.take(r"\bhow many\b"):
        return count_of(anchor)
    return context.measure()


def _per(context: Context, name: str, anchor: str) -> str:
    """An average number of things for each of something: their number divided by its number."""
    tables = [str(mark.meaning) for mark in context.ask.marks if mark.kind == "T"] or [anchor]
    return f"1.0 * {amount(context, name, anchor)} / COUNT(DISTINCT {context.schema.key(tables[-1])})"


def average(context: Context, name: str) -> str:
    """The average of a column or of what a figure sums."""
    mark = context.ask.mark(name)
    if mark.kind == "C":
        return f"AVG({context.column(name).sql})"
    expression = str(mark.meaning) if mark.kind == "M" else count_of(str(mark.meaning))
    return expression if "/" in expression else expression.replace("SUM(", "AVG(")


def amount(context: Context, name: str, anchor: str) -> str:
    """How many or how much of a mark: rows of a table, the sum of a number, different values of a kind."""
    if name[0] not in "TCM":
        return f"COUNT(DISTINCT {time(context, name, anchor)})"
    meaning = context.ask.mark(name).meaning
    if name[0] == "T":
        return count_of(str(meaning))
    if name[0] == "M":
        return str(meaning)
    column = context.column(name)
    if column.is_date:
        return count_of(column.table)
    return f"SUM({column.sql})" if column.is_number else f"COUNT(DISTINCT {column.sql})"


def time(context: Context, unit: str, anchor: str) -> str:
    """The year, month or day of the date that counts; months of one year go by their number alone."""
    day = context.day(anchor)
    column = day.sql if day else context.schema.key(anchor)
    unit = unit.rstrip("s")
    if unit == "day":
        return column
    if not context.rules.sqlite:
        return f"{unit.upper()}({column})"
    one_year = unit == "year" or any(mark.kind == "D" for mark in context.ask.marks)
    return f"strftime('{_FORMATS[unit] if one_year else '%Y-%m'}', {column})"

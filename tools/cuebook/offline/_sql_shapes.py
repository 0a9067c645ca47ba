"""What a question wants: a figure, a list, the first few of a ranking, groups, or a share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cuebook.offline._sql_filters import Context, read_filters
from cuebook.offline._sql_query import Query, count_of, render
from cuebook.offline._sql_question import read_question
from cuebook.offline._sql_rules import Rules
from cuebook.offline._sql_schema import Column, Schema

_UNIT = r"(?:year|month|day|quarter)s?\b"
_THING = rf"(?:[TCM]\d+\b|{_UNIT})"
_FORMATS = {"year": "%Y", "month": "%m", "day": "%Y-%m-%d", "quarter": "%m"}
_HEAD = (
    r"^(?:(?:show|list|give|get|display|find|tell|me|us|all|every|each|the|of|what|which|is|are|was|were|in|on|an?|our"
    r"|different|distinct|their|do|we|know|please|for|among) )*"
)
_FIGURE = re.compile(r"\b(?:how many|how much|number|count|average|mean|total|sum)\b|\bM\d")


@dataclass(frozen=True, slots=True)
class Top:
    """A ranking: downwards or not, how many, after how many, by what (a mark's name with its function, or empty)."""

    down: bool
    limit: int
    offset: int = 0
    by: str = ""


def write_query(text: str, schema: Schema, rules: Rules) -> str:
    """The query for a question; a poor one if the question is not understood."""
    context = Context(read_question(text, schema, rules), schema, rules)
    query = _Writer(context).write()
    return render(query, schema, rules, context.left_out)


class _Writer:
    """Reads one question from the outside in: share, order, conditions, ranking, groups, figure, things."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.ask = context.question
        self.schema = context.schema
        self.rules = context.rules
        self.query = Query(context.anchor)
        self.whole = self.ask.text

    def write(self) -> Query:
        each = bool(re.search(r"\b(?:each|every|none|zero)\b", self.ask.text))
        share = self.ask.take(r"\bpercent\w*|\b(?:share|proportion|fraction)\b(?= of)")
        order = self._order()
        asked = self.context.asked = self._asked()
        read_filters(self.context, self.query)
        if share:
            return self._share()
        gap = self._difference()
        top, group = self._top(), self._group()
        figure = gap or self._figure()
        if gap:
            self.query.select.append(gap)
        elif top and (entity := self._entity(asked, group)):
            self._rank(top, entity, figure)
        elif top:
            self._extreme(top, asked)
        elif group and (figure or not asked):
            self._grouped(group, figure or count_of(self.query.anchor), keep=each)
        elif self.query.having:
            self._having(asked, counted=bool(figure))
        elif figure:
            self.query.select.append(figure)
        else:
            self._list(asked)
        self._sort(order, figure)
        self._through()
        return self.query

    def _order(self) -> tuple[str, bool] | None:
        """How the result is to be sorted: a column's mark (or nothing for the figure), and whether downwards."""
        down = bool(self.ask.take(r",? ?\b(?:descending|desc|z to a|in reverse)\b"))
        if found := self.ask.take(r"\b(?:sorted|sort|ordered|order) (?:them )?by (?:the |their )?([CM]\d+)"):
            return found[1], down or found[1][0] == "M"
        if self.ask.take(r"\b(?:sorted )?alphabetical(?:ly)?\b|\bin alphabetical order\b"):
            return "name", down
        if found := self.ask.take(r",? ?\b(most|least)(?: (C\d+))? first\b"):
            return found[2] or "", found[1] == "most"
        return None

    def _asked(self) -> list[Column]:
        """The columns that the question begins with: ``name and price of ...``, ``product categories``."""
        columns = r"(C\d+(?:(?: ,)?(?: and)?(?: the| their)? C\d+)*)"
        found = re.search(
            rf"{_HEAD}(T\d+(?: [’']s)? )?{columns}(?= |$)(?! first)|(?<=: )(){columns}", self.ask.text
        )
        if not found:
            return []
        names = re.findall(r"C\d+", found[2] or found[4])
        asked = [self.context.column(name) for name in names]
        loose = [column.is_date or column.is_number for column in asked]
        if any(column.is_flag for column in asked) or (found[1] and any(loose)):
            return []
        self.ask.text = self.ask.text.replace(found[0], f"{found[1] or ''} ", 1).strip()
        return asked

    def _top(self) -> Top | None:
        found = self.ask.take(
            r"\b(?:which|the|our|top|these) (N\d+) (?=[TC]\d|most|least)|\btop (N\d+)|(N\d+) (?=most |least )"
        )
        number = next((part for part in (found.groups() if found else ()) if part), None)
        limit = int(self.ask.mark(number).meaning) if number else 1
        ordinal = self.ask.take(r"\b(second|third) (?=most|least)")
        offset = {"second": 1, "third": 2}[ordinal[1]] if ordinal else 0
        ranked = self.ask.take(
            rf"\b(most|least)\b(?: (?!of|in|from|per)[a-z]+){{0,2}}?(?: (average |total )?({_THING}))?"
        )
        if ranked:
            by = (ranked[2] or "") + (ranked[3] or "")
            better = (
                self.ask.take(r"\bby (?:the )?(?:number of )?((?:average |total )?[TCM]\d+)")
                if not by.startswith("M")
                else None
            )
            if (re.fullmatch(r"T\d+", by) and better) or re.fullmatch(_UNIT, by or "-") or self._is_kind(by):
                self.ask.text, by = f"{by} {self.ask.text}", ""
            return Top(ranked[1] == "most", limit, offset, better[1] if better else by)
        if first := self.ask.take(r"\b(first|last) (?=T\d)"):
            return Top(first[1] == "last", limit, 0, "day")
        if found:
            by = self.ask.take(r"\bby (?:the )?(?:number of )?((?:average |total )?[TCM]\d+)")
            return Top(True, limit, offset, by[1] if by else "")
        return None

    def _is_kind(self, by: str) -> bool:
        """Whether a mark is a column of kinds, such as a payment method, that cannot be more or less."""
        if not re.fullmatch(r"C\d+", by):
            return False
        column = self.context.column(by)
        return not (column.is_number or column.is_date)

    def _group(self) -> str | None:
        found = self.ask.take(
            rf"\b(?:per|for each|for every|in each|of each|by each|each|every|(?<![a-z]en )(?<![a-z]ed )by) (?:of the |the |different )?({_THING})(?: of)?"
        )
        return found[1] if found else None

    def _difference(self) -> str:
        """The gap between the highest and the lowest value of a column, if that is asked for."""
        columns = [self.context.pick(mark.meaning) for mark in self.ask.marks if mark.kind == "C"]
        number = next((column for column in columns if column.is_number), None)
        return (
            f"MAX({number.sql}) - MIN({number.sql})"
            if number and self.ask.take(r"\bdifference between\b")
            else ""
        )

    def _figure(self) -> str:
        """The expression of the figure asked for, or nothing."""
        words = r"(?: (?!of the)[a-z]+){0,3}?"
        if found := self.ask.take(rf"\b(?:average|mean) number of{words} ([TM]\d+)"):
            return self._per(found[1])
        if found := self.ask.take(rf"\b(?:average|mean){words} ([TCM]\d+)"):
            return self._average(found[1])
        if found := self.ask.take(
            rf"\b(?:how many|number of|count of){words} ({_THING})|\b([TC]\d+) count\b"
        ):
            return self._counted(found[1] or found[2])
        if found := self.ask.take(
            rf"\b(?:total|sum of|how much|value of)(?: (?!of the)[a-z]+){{0,4}}? ([CM]\d+)"
        ):
            return self._summed(found[1])
        if self.ask.take(r"\bhow many\b"):
            return count_of(self.query.anchor)
        measure = next(iter(self.ask.all("M")), None)
        return str(measure.meaning) if measure else ""

    def _per(self, name: str) -> str:
        """An average number of things for each of something: their number divided by its number."""
        whole = next(
            (str(mark.meaning) for mark in reversed(self.ask.marks) if mark.kind == "T"), self.query.anchor
        )
        self.query.group, self.query.via = [], [whole]
        return f"1.0 * {self._counted(name)} / COUNT(DISTINCT {self.schema.key(whole)})"

    def _average(self, name: str) -> str:
        mark = self.ask.mark(name)
        if mark.kind == "C":
            return f"AVG({self.context.column(name).sql})"
        expression = str(mark.meaning) if mark.kind == "M" else count_of(str(mark.meaning))
        return expression if "/" in expression else expression.replace("SUM(", "AVG(")

    def _counted(self, name: str) -> str:
        if name[0] not in "TCM":
            return f"COUNT(DISTINCT {self._time(name)})"
        mark = self.ask.mark(name)
        if mark.kind == "T":
            return count_of(str(mark.meaning))
        if mark.kind == "M":
            return str(mark.meaning)
        column = self.context.column(name)
        return f"SUM({column.sql})" if column.is_number else f"COUNT(DISTINCT {column.sql})"

    def _summed(self, name: str) -> str:
        mark = self.ask.mark(name)
        return str(mark.meaning) if mark.kind == "M" else f"SUM({self.context.column(name).sql})"

    def _time(self, unit: str) -> str:
        day = self.context.day(self.query.anchor)
        column = day.sql if day else self.schema.key(self.query.anchor)
        unit = unit.rstrip("s")
        if unit == "day":
            return column
        years = any(mark.kind == "D" for mark in self.ask.marks)
        if not self.rules.sqlite:
            return f"{unit.upper()}({column})"
        return f"strftime('{_FORMATS[unit] if years or unit == 'year' else '%Y-%m'}', {column})"

    def _entity(self, asked: list[Column], group: str | None) -> str | Column | None:
        """What a ranking is of: a table's name, a column, or a unit of time; None for a plain extreme."""
        kinds = [
            self.context.column(name) for name in re.findall(r"\bC\d+", self.ask.text) if self._is_kind(name)
        ]
        kinds = [
            column
            for column in [*asked, *kinds]
            if not column.is_key and not column.is_number and not column.is_date
        ]
        if kinds and kinds[0].sql != self.schema.display(kinds[0].table):
            return kinds[0]
        if group:
            return self._thing(group)
        if found := self.ask.take(rf"\b({_UNIT})"):
            return found[1]
        tables = self.ask.all("T")
        if (
            tables
            and not re.search(r"\bwhen\b", self.ask.text)
            and not any(column.is_date for column in asked)
        ):
            return str(tables[0].meaning)
        return self.schema.people() if re.search(r"\bwho\b", self.ask.text) else None

    def _thing(self, name: str) -> str | Column:
        if name[0] == "T":
            return str(self.ask.mark(name).meaning)
        return self.context.column(name) if name[0] == "C" else name

    def _measure(self, by: str) -> str:
        """What a ranking goes by, as an expression."""
        name = by.split()[-1] if by else ""
        if by.startswith("average"):
            return self._average(name)
        if by.startswith("total") or name[:1] in ("T", "M"):
            return self._counted(name)
        measure = next(iter(self.ask.all("M")), None)
        return str(measure.meaning) if measure else count_of(self.query.anchor)

    def _rank(self, top: Top, entity: str | Column, figure: str) -> None:
        """Rows by a column of their own, or groups by a figure."""
        name = top.by.split()[-1] if top.by else ""
        column = self.context.column(name) if name[:1] == "C" and " " not in top.by else None
        if top.by == "day":
            column = self.context.day(str(entity) if entity in self.schema.tables else None)
        if column and (column.is_number or column.is_date) and column.table == entity:
            self._things(entity, [column.sql])
            self.query.order.append(column.sql + (" DESC" if top.down else ""))
        else:
            if self.query.anchor == self.schema.people() and self.context.traded and not name:
                self.query.anchor = self.schema.event() or self.query.anchor
            measure = self._measure(top.by) if not (figure and not top.by) else figure
            shown = (
                [measure]
                if figure and re.search(r"\bwith (?:the|their)\b|\bshow\b|\binclud", self.whole)
                else []
            )
            self._by(entity, shown, [measure])
            self.query.order.append(measure + (" DESC" if top.down else ""))
        self.query.limit, self.query.offset = top.limit, top.offset

    def _by(self, entity: str | Column, shown: list[str], extra: list[str]) -> None:
        """Group by something and show it; without a rule about columns the figure and the id come along."""
        if isinstance(entity, Column):
            self.query.group = [entity.sql]
        elif entity in self.schema.tables:
            key, name = self.schema.key(entity), self.schema.display(entity)
            self.query.group = [key if self.rules.by_key else name]
            self.query.select = [name] if self.rules.exact_columns else [key, name]
        else:
            self.query.group = [self._time(entity)]
        self.query.select = [
            *(self.query.select or self.query.group),
            *(shown if self.rules.exact_columns else extra),
        ]

    def _things(self, entity: str | Column, extra: list[str]) -> None:
        """Show rows by their name; without a rule about columns the id and what they are sorted by come along."""
        name = entity.sql if isinstance(entity, Column) else self.schema.display(entity)
        key = [] if isinstance(entity, Column) else [self.schema.key(entity)]
        self.query.select = [name] if self.rules.exact_columns else [*key, name, *extra]

    def _extreme(self, top: Top, asked: list[Column]) -> None:
        """The highest or lowest value itself."""
        function = "MAX" if top.down else "MIN"
        dates = [column for column in asked if column.is_date] or [self.context.day(self.query.anchor)]
        target = self.context.column(top.by).sql if top.by[:1] == "C" else dates[0].sql if dates[0] else ""
        if top.by[:1] == "M":
            self.query.select = [self._counted(top.by).replace("SUM(", f"{function}(")]
        else:
            self.query.select = [f"{function}({target or self.schema.key(self.query.anchor)})"]

    def _grouped(self, group: str, figure: str, *, keep: bool) -> None:
        entity = self._thing(group)
        if "COUNT(DISTINCT" in figure and " / " in figure:
            self.query.select.append(figure)
            return
        if isinstance(entity, str) and entity in self.schema.tables:
            if figure.startswith("AVG(") and figure[4:].split(".")[0] == entity:
                self.query.select.append(figure)
                return
            self.query.anchor = entity
            self.query.keep = keep and self.rules.keep_empty
        self._by(entity, [figure], [figure])

    def _having(self, asked: list[Column], *, counted: bool) -> None:
        entity = next((c for c in asked if c.sql != self.schema.display(c.table) and not c.is_key), None)
        self._by(entity or self.query.anchor, [], [self.query.having[0].rsplit(" ", 2)[0]])
        self.query.nested = counted

    def _list(self, asked: list[Column]) -> None:
        tables = self.ask.all("T")
        if asked:
            self.query.select = [column.sql for column in asked]
            plain = len(asked) == 1 and not self.query.where and not asked[0].is_key
            self.query.distinct = plain and asked[0].sql != self.schema.display(asked[0].table)
            if self.query.distinct and self.rules.null:
                self.query.where.append(f"{asked[0].sql} IS NOT NULL")
            return
        self._things(str(tables[0].meaning) if tables else self.query.anchor, [])
        self.query.unique = True

    def _share(self) -> Query:
        """A part as a percentage of the whole: the conditions say which part."""
        part = " AND ".join(self.query.where) or "1"
        measure = next(iter(self.ask.all("M")), None)
        inner = re.fullmatch(r"SUM\((.*)\)", str(measure.meaning)) if measure else None
        one = inner[1] if inner else "1"
        self.query.where = []
        whole = f"SUM({one})" if inner else "COUNT(*)"
        self.query.select = [f"100.0 * SUM(CASE WHEN {part} THEN {one} ELSE 0 END) / {whole}"]
        return self.query

    def _sort(self, order: tuple[str, bool] | None, figure: str) -> None:
        if order is None or self.query.order:
            return
        name, down = order
        expression = (
            self.schema.display(self.query.anchor) if name == "name" else figure or self.query.select[-1]
        )
        if name[:1] in ("C", "M"):
            expression = self.context.column(name).sql if name[0] == "C" else str(self.ask.mark(name).meaning)
        self.query.order.append(expression + (" DESC" if down else ""))

    def _through(self) -> None:
        """A verb of trade brings in the orders, and what was on them for goods."""
        event, detail = self.schema.event(), self.schema.detail()
        if not self.context.traded or not event:
            return
        goods = {link.parent for link in self.schema.links if link.child == detail} - {event}
        text = " ".join([*self.query.select, *self.query.where, *self.query.group])
        touched = {table for table in goods if f"{table}." in text or f"#{table}" in text}
        if self.query.anchor == self.schema.people() or touched:
            self.query.via.append(event)
        if touched - {self.schema.people()} and detail:
            self.query.via.append(detail)

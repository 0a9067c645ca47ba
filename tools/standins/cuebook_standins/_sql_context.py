"""What a question is about: its tables, what its marks mean here, which of the prompt's rules hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cuebook_standins._sql_question import Mark, Question
from cuebook_standins._sql_rules import LeftOut, Rules
from cuebook_standins._sql_schema import Column, Schema
from cuebook_standins._sql_words import EVENTS

EVENT = rf"\b(?:{'|'.join(sorted(EVENTS))})\b"


class Context:
    """Everything that reading a question needs. ``asked`` are the columns that the question begins with."""

    def __init__(self, question: Question, schema: Schema, rules: Rules) -> None:
        self.ask = question
        self.schema = schema
        self.rules = rules
        self.whole = question.text
        self.asked: Sequence[Column] = ()
        self.tables = [str(mark.meaning) for mark in question.marks if mark.kind == "T"]
        if schema.people and re.search(r"\bwho\b", question.text):
            self.tables.insert(0, schema.people)
        self.anchor = self.tables[0] if self.tables else self._likely_table()
        self.traded = bool(re.search(EVENT, question.text)) or any("sold" in m.words for m in question.marks)
        self.left_out: list[LeftOut] = [rule for rule in rules.left_out if not self._spoken_of(rule)]

    def column(self, name: str) -> Column:
        """The column that a mark such as ``C2`` means here."""
        return self.pick(self.ask.mark(name).meaning)

    def pick(self, columns: Sequence[Column]) -> Column:
        """The candidate of a table that the question names, or of one next to it; else the first."""
        links = [link for link in self.schema.links if {link.child, link.parent} & set(self.tables)]
        near = [table for link in links for table in (link.child, link.parent)]
        for table in [*self.tables, *near]:
            for column in columns:
                if column.table == table:
                    return column
        return columns[0]

    def measure(self) -> str:
        """The first figure of the house that is still in the question, or nothing."""
        return next((str(self.ask.mark(name).meaning) for name in self.ask.names("M")), "")

    def day(self, table: str = "") -> Column | None:
        """The column with the day that counts: one the question names, the table's own, that of the trade."""
        named = [m.meaning for m in self.ask.marks if m.kind == "C" and len(m.meaning) == 1]
        dates: list[Column] = [columns[0] for columns in named if columns[0].is_date]
        if dates:
            return dates[0]
        own, traded = self.schema.date(table), self.schema.date(self.schema.event)
        follows_trade = self.traded and table in (self.schema.people, self.schema.event)
        return traded if traded and (not own or follows_trade) else own

    def _likely_table(self) -> str:
        """The table of the first figure or column in a question that names no table."""
        for mark in self.ask.marks:
            found = re.search(r"(\w+)\.\w+", str(mark.meaning)) if mark.kind in "MK" else None
            if found:
                return found[1]
            if mark.kind in "CV":
                return _columns(mark)[0].table
        return next(iter(self.schema.tables))

    def _spoken_of(self, rule: LeftOut) -> bool:
        """A rule about rows that do not count gives way when the question speaks of them or their column."""
        about = any(rule.column in _columns(mark) for mark in self.ask.marks if mark.kind == "C")
        named = any((rule.column, rule.value) in mark.meaning for mark in self.ask.marks if mark.kind == "V")
        return about or named or rule.value.casefold() in self.ask.text


def _columns(mark: Mark) -> list[Column]:
    return [each if isinstance(each, Column) else each[0] for each in mark.meaning]

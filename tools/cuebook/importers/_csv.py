"""How a table separates its cells, and what is wrong with one that cannot be taken apart."""

from __future__ import annotations

import csv
import re


def delimiter(path: str, text: str) -> str:
    """Return what separates the cells of a table: the comma, semicolon or tab its first line has most of."""
    # The name of a column may hold any of them, in quotes.
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    # A table of one column has none in its first line, and commas in its texts.
    usual = "\t" if path.endswith(".tsv") else ","
    return max(",;\t", key=lambda mark: (first.count(mark), mark == usual))


def csv_fault(error: csv.Error) -> tuple[str, str]:
    """Return what is wrong, and what to do."""
    # Quotes that nobody closes make one cell of all that follows.
    if "field limit" in str(error):
        what = f"not CSV: a cell has over {csv.field_size_limit():,} characters"
        return what, "close its quotes if they are open; JSON Lines may hold a text as long as this"
    return f"not CSV: {error}", "write it as JSON Lines"

"""Tables as CSV: what separates their cells, their rows, and what is wrong where quotes do not fit."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from cuebook.core.errors import InvalidFiles, Problem


def delimiter(path: str, text: str) -> str:
    """Return what separates the cells of a table: the comma, semicolon or tab its first line has most of."""
    # The name of a column may hold any of them, in quotes.
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    # A table of one column has none in its first line, and commas in its texts.
    usual = "\t" if path.endswith(".tsv") else ","
    return max(",;\t", key=lambda mark: (first.count(mark), mark == usual))


def csv_rows(path: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its first line, that of names first. Raises InvalidFiles where the quotes do not fit."""
    # Strict: a quote that is never closed would make one cell of all that follows.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(path, text), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            # Where the next row begins: a cell in quotes may have several lines.
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidFiles([Problem(path, line, *_fault(error))]) from None


def _fault(error: csv.Error) -> tuple[str, str]:
    doubled = 'a quote inside a cell in quotes is doubled: ""'
    if "end of data" in str(error):
        return "not CSV: a quote is opened and never closed", f"close it; {doubled}"
    if "expected after" in str(error):
        return "not CSV: a cell goes on behind its closing quote", doubled
    if "field limit" in str(error):
        what = f"not CSV: a cell has over {csv.field_size_limit():,} characters"
        return what, "close its quotes if they are open; JSON Lines may hold a text as long as this"
    return f"not CSV: {error}", "write it as JSON Lines"

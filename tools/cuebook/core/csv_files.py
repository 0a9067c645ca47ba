"""Tables as CSV: what separates their cells, their rows, and what is wrong where quotes do not fit."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import NO_TEXT, Broken, decode

_SAID = re.compile(r'sep=([^"\r\n])\r?\n', re.IGNORECASE)
"""The line by which a table tells Excel what separates its cells; no quote or line end, says csv."""

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of Excel, Numbers and LibreOffice begin, which are no text."""

AS_CSV = "save it as CSV: in Excel 'CSV UTF-8', in Numbers and LibreOffice by export, with UTF-8"
"""The cure for a table that is no text in UTF-8."""


def is_workbook(data: bytes) -> bool:
    """Return whether a file is one of Excel, Numbers or LibreOffice itself, or another archive."""
    return data.startswith(_WORKBOOKS)


def table_text(data: bytes, path: str, limit: int) -> str:
    """Return the text of a table. Raises Broken where it is none."""
    if is_workbook(data):
        raise Broken(Problem(path, 0, "it is a workbook, not a table as text", AS_CSV, code=NO_TEXT))
    # What Excel calls Unicode text; its first two bytes leave no doubt.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    try:
        return decode(data, path, limit)
    except Broken as broken:
        if "UTF-8" in broken.problem.message:
            raise Broken(broken.problem._replace(hint=AS_CSV)) from None
        raise


def delimiter(path: str, text: str) -> str:
    """Return what separates the cells of a table: the comma, semicolon or tab its first line has most of."""
    if found := _SAID.match(text):
        return found[1]
    # The name of a column may hold any of them, in quotes.
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    # A table of one column has none in its first line, and commas in its texts.
    usual = "\t" if path.endswith(".tsv") else ","
    return max(",;\t", key=lambda mark: (first.count(mark), mark == usual))


def csv_rows(path: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its first line, that of names first. Raises InvalidFiles where the quotes do not fit."""
    # Strict: a quote that is never closed would make one cell of all that follows.
    mark = delimiter(path, text)
    said = _SAID.match(text)
    rest = text[said.end() :] if said else text
    reader = csv.reader(io.StringIO(rest, newline=""), delimiter=mark, strict=True)
    before = 1 if said else 0
    line = 1 + before
    try:
        for cells in reader:
            yield line, cells
            # Where the next row begins: a cell in quotes may have several lines.
            line = reader.line_num + 1 + before
    except csv.Error as error:
        raise InvalidFiles([Problem(path, line, *_fault(error))]) from None


def _fault(error: csv.Error) -> tuple[str, str]:
    doubled = 'a quote inside a cell in quotes is doubled: ""'
    if "end of data" in str(error):
        return "not CSV: a quote is opened and never closed", f"close it; {doubled}"
    if "expected after" in str(error):
        return "not CSV: a cell continues after its closing quote", doubled
    if "field limit" in str(error):
        what = f"not CSV: a cell has over {csv.field_size_limit():,} characters"
        return what, "close its quotes if they are open; JSON Lines may hold a text as long as this"
    return f"not CSV: {error}", "write it as JSON Lines"

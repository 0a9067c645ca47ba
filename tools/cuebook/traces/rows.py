"""Rows of a table: CSV with a line of names, or one JSON object a line. ``--map`` says which is which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cuebook.core.csv_files import csv_rows
from cuebook.traces._base import Spoken, beginning, documents

FILES = "*.csv or *.jsonl, rows with a column for each input"
FALLBACK = True


def sniff(path: str, data: bytes) -> bool:
    """Return whether it is CSV, or lines of JSON."""
    if path.endswith(".csv"):
        return True
    return path.endswith(".jsonl") and beginning(data).lstrip()[:1] == "{"


def read(path: str, data: bytes) -> Iterator[Spoken]:
    """Yield every row, of whatever prompt is asked for. Raises ValueError."""
    for index, row in enumerate(_rows(path, data), 1):
        told = {key: str(row[key]) for key in ("id", "conversation", "session", "time") if row.get(key)}
        yield Spoken(
            trace=told.get("id", str(index)),
            span="",
            conversation=told.get("conversation") or told.get("session") or told.get("id", str(index)),
            time=told.get("time", "")[:19],
            prompt="",
            version=None,
            fields=(row,),
        )


def _rows(path: str, data: bytes) -> Iterator[Mapping[str, object]]:
    if not path.endswith(".csv"):
        for document in documents(data):
            if not isinstance(document, Mapping):
                raise ValueError("a row is one JSON object")
            yield document
        return
    table = csv_rows(path, data.decode("utf-8-sig"))
    _, head = next(table, (1, []))
    for _, cells in table:
        if cells:
            yield dict(zip(head, cells, strict=False))

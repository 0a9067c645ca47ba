"""Rows of a table: CSV with a line of names, or one JSON object a line. ``--map`` says which is which."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

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
    try:
        # Strict: a quote that is never closed would make one row of all that follows.
        for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True):
            yield {str(key): value for key, value in row.items() if key is not None and value is not None}
    except csv.Error as error:
        raise ValueError(str(error)) from None

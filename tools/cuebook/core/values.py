"""How a message names and shows a value, in words that need no programmer. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def what_is(value: Any) -> str:
    """What a value is, as who writes files calls it."""
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a block of keys" if isinstance(value, Mapping) else type(value).__name__


def quoted(text: str) -> str:
    """A text in quotes as it is written: Python would double its backslashes."""
    if "\\" not in text or not text.isprintable():
        return repr(text)
    mark = '"' if "'" in text else "'"
    return f"{mark}{text}{mark}"


class AsWritten(str):
    """A text that a sentence with ``!r`` shows as it is written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return quoted(str(self))

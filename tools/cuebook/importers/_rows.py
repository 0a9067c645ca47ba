"""Rows of test data: which keys fill the prompt, which are expected, and how placeholders are renamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuebook.core.templating import as_text
from cuebook.importers._base import identifier

_PLACE = re.compile(r"\{\{(\s*)([\w.-]+)(\s*)\}\}")
# In this order, as a bool is an int in Python.
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Test data with every key made a variable's name.

    ``names`` maps the keys of the file to these; ``used`` are the names that the prompt's messages use.
    """

    rows: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]
    used: frozenset[str]

    @property
    def keys(self) -> list[str]:
        """Every key of any row, in order."""
        return list(dict.fromkeys(key for row in self.rows for key in row))

    def kind(self, key: str) -> str:
        """Return the type that all values of a key have; ``string`` when they differ."""
        values = [row[key] for row in self.rows if key in row]
        kinds = {next((name for kind, name in _KINDS if isinstance(v, kind)), "string") for v in values}
        # A whole number is a number, too; any other mix can only be written as text.
        return kinds.pop() if len(kinds) == 1 else "number" if kinds == {"integer", "number"} else "string"


def read_rows(test_data: Sequence[Mapping[str, Any]], messages: Sequence[str], others: Sequence[str]) -> Rows:
    """Return the test data, with keys and placeholders renamed that cannot be variables.

    ``messages`` are the prompt's texts, ``others`` those of its judges.
    """
    used = [key for text in messages for key, _ in placeholders(text)]
    asked = [key for text in others for key, _ in placeholders(text)]
    names: dict[str, str] = {}
    for key in dict.fromkeys([*(key for row in test_data for key in row), *used, *asked]):
        # GitHub's tools take {{.input}} as {{input}}.
        bare = key.lstrip(".")
        names[key] = names[bare] if bare in names else identifier(bare, set(names.values()))
    rows = [{names[key]: value for key, value in row.items()} for row in test_data]
    return Rows(rows, names, frozenset(names[key] for key in used))


def placeholders(text: str) -> list[tuple[str, bool]]:
    """Return the key of each placeholder of a text, and whether it is between spaces."""
    return [(found[2], bool(found[1] or found[3])) for found in _PLACE.finditer(text)]


def renamed(text: str, name: Callable[[str], str]) -> str:
    """Return the text with each placeholder's key replaced by what ``name`` says of it."""
    return _PLACE.sub(lambda found: f"{{{{{name(found[2])}}}}}", text)


def filled(text: str, row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the text with the row's values put in as GitHub's tools do: what has no value stays as it is."""

    def value(found: re.Match[str]) -> str:
        key = names.get(found[2], "")
        # GitHub's tool looks for {{key}} by its letters, without spaces.
        return plain(row[key]) if key in row and not (found[1] or found[3]) else found[0]

    return _PLACE.sub(value, text)


def plain(value: Any) -> str:
    """Return a value as text; nothing for an empty one."""
    return "" if value is None else as_text(value)

"""What every importer has in common: what it is asked, what it returns, and the names it may use."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cuebook.core.errors import Problem
from cuebook.shapes.run import Version


@dataclass(frozen=True, slots=True)
class Request:
    """A foreign file and what it shall become.

    ``path`` is how people call the file in messages; ``name`` names the prompt and its suite. ``model`` and
    ``judge_model`` replace the models that the file asks for. ``into`` is the version that the file changes,
    and ``number`` that of the next one.
    """

    path: str
    data: bytes
    name: str
    model: str | None = None
    judge_model: str | None = None
    into: Version | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Imported:
    """Files in our formats, by path below the root, and everything that could not be kept as it was."""

    files: Mapping[str, bytes]
    warnings: Sequence[Problem]


class Importer(Protocol):
    """A member: a docstring that says what becomes of what, its files in words, and two pure functions."""

    FILES: str

    def sniff(self, path: str, data: bytes) -> bool:
        """Whether a file seems to have this format; never raises."""

    def read(self, request: Request) -> Imported:
        """What the file becomes. Raises InvalidFiles."""


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A dataset file: one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows).encode()


def slug(text: str, taken: Collection[str] = (), *, longest: int = 40) -> str:
    """A short lower-case name with hyphens for any text, unlike those that are taken."""
    base = re.sub(r"[^a-z0-9]+", "-", text.casefold())[:longest].strip("-") or "item"
    return _free(base, taken, "-")


def identifier(text: str, taken: Collection[str] = ()) -> str:
    """The variable's name nearest to any text, unlike those that are taken."""
    base = re.sub(r"\W+", "_", text, flags=re.A)[:60].strip("_") or "value"
    return _free(f"v_{base}" if base[0].isdigit() else base, taken, "_")


def _free(base: str, taken: Collection[str], mark: str) -> str:
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}{mark}{number}"
    return name

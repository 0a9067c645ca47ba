"""A JSON file as its data, with the line of each part of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cuebook.core.canonical import read_json
from cuebook.core.errors import Problem
from cuebook.core.files import MAX_DATASET, Broken, conflict_line, decode

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True)
class JsonDocument:
    """A JSON file read; ``line`` is that of ``core.yaml_files.Document``."""

    data: Any
    path: str
    text: str

    def line(self, place: Sequence[str | int] = ()) -> int:
        """The line (from 1) of the value at this path of keys and indexes, or of its nearest parent."""
        at = tuple(place)
        while at not in self._lines and at:
            at = at[:-1]
        return self._lines.get(at, 1)

    @cached_property
    def _lines(self) -> dict[tuple[str | int, ...], int]:
        """The line of each place. The text is JSON, as it has been read."""
        found: dict[tuple[str | int, ...], int] = {}
        place: list[str | int] = []
        wants_key: list[bool] = []
        line, counted = 1, 0
        for token in _TOKEN.finditer(self.text):
            line, counted = line + self.text.count("\n", counted, token.start()), token.start()
            mark = token[0]
            if mark in {"}", "]"}:
                place.pop()
                wants_key.pop()
            elif mark == ",":
                wants_key[-1] = isinstance(place[-1], str)
                if not wants_key[-1]:
                    place[-1] = int(place[-1]) + 1
            elif mark == ":":
                continue
            elif wants_key and wants_key[-1]:
                place[-1], wants_key[-1] = json.loads(mark), False
                found[tuple(place)] = line
            else:
                found.setdefault(tuple(place), line)
                if mark in {"{", "["}:
                    place.append("" if mark == "{" else 0)
                    wants_key.append(mark == "{")
        return found


def read_json_file(data: bytes, path: str) -> JsonDocument:
    """Read a JSON file. Raises Broken with the line of the first thing that is wrong."""
    text = decode(data, path, MAX_DATASET)
    if at := conflict_line(text):
        raise Broken(Problem(path, at, "a merge conflict is left in the file", "keep one side"))
    try:
        return JsonDocument(read_json(text), path, text)
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        raise Broken(
            Problem(path, line, f"not JSON: {error}", "correct it, or export the file again")
        ) from None

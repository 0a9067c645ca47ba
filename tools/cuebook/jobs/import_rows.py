"""Imported rows behind those of a dataset that is there: what it has already is left out, ids stay unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cuebook.core.canonical import canonical
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.json_lines import jsonl, read_jsonl
from cuebook.importers import FreeNames

_NAMELESS = "answer"
"""What is expected where a table only says that it is."""

_OURS = {"id", "tags", "cluster"}
"""Keys that say nothing of what is asked and expected."""


def appended(there: bytes, path: str, rows: Iterable[Mapping[str, Any]]) -> tuple[bytes, int]:
    """The dataset ``there`` with the rows that it lacks behind its own, and how many these are.

    A row is there where one asks and expects the same, whatever its id. Raises InvalidFiles where the
    dataset cannot be read.
    """
    cases = _cases(there, path)
    ids = FreeNames(str(case.get("id")) for case in cases)
    known = {_said(case) for case in cases}
    new = []
    for row in rows:
        if (said := _said(row)) not in known:
            known.add(said)
            new.append({**row, "id": ids.free(str(row["id"]))})
    return (jsonl(new, there) if new else there), len(new)


def fitting(
    there: bytes, path: str, rows: Sequence[Mapping[str, Any]]
) -> tuple[Sequence[Mapping[str, Any]], str]:
    """The rows as the dataset ``there`` names what it expects, and what is to be said of that.

    Scorers read expectations by their names: rows with another one would decide nothing.
    """
    known = sorted({key for case in _cases(there, path) for key in _expected(case)})
    given = {key for row in rows for key in _expected(row)}
    strange = sorted(given.difference(known))
    if not known or not strange:
        return rows, ""
    if given == {_NAMELESS} and len(known) == 1:
        (name,) = known
        renamed = [
            {**row, "expectations": {name: row["expectations"][_NAMELESS]}} if _expected(row) else row
            for row in rows
        ]
        return renamed, f"{_NAMELESS} is {name} here, as in the rows that are there"
    return rows, f"no row that is there expects {', '.join(strange)}; they expect {', '.join(known)}"


def _cases(there: bytes, path: str) -> list[Mapping[str, Any]]:
    found = list(read_jsonl(there, path))
    if problems := [item for item in found if isinstance(item, Problem)]:
        raise InvalidFiles(problems)
    return [item[1] for item in found if not isinstance(item, Problem) and isinstance(item[1], Mapping)]


def _expected(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("expectations")
    return found if isinstance(found, Mapping) else {}


def _said(row: Mapping[str, Any]) -> bytes:
    return canonical({key: value for key, value in row.items() if key not in _OURS})

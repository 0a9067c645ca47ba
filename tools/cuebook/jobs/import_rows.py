"""Imported rows behind those of a dataset that is there: what it has already is left out, ids stay unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cuebook.core.canonical import canonical
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.json_lines import jsonl, read_jsonl
from cuebook.importers import FreeNames

_OURS = {"id", "tags", "cluster"}
"""Keys that say nothing of what is asked and expected."""


def appended(there: bytes, path: str, rows: Iterable[Mapping[str, Any]]) -> tuple[bytes, int]:
    """The dataset ``there`` with the rows that it lacks behind its own, and how many these are.

    A row is there where one asks and expects the same, whatever its id. Raises InvalidFiles where the
    dataset cannot be read.
    """
    found = list(read_jsonl(there, path))
    if problems := [item for item in found if isinstance(item, Problem)]:
        raise InvalidFiles(problems)
    cases = [item[1] for item in found if not isinstance(item, Problem) and isinstance(item[1], Mapping)]
    ids = FreeNames(str(case.get("id")) for case in cases)
    known = {_said(case) for case in cases}
    new = []
    for row in rows:
        if (said := _said(row)) not in known:
            known.add(said)
            new.append({**row, "id": ids.free(str(row["id"]))})
    return (jsonl(new, there) if new else there), len(new)


def _said(row: Mapping[str, Any]) -> bytes:
    return canonical({key: value for key, value in row.items() if key not in _OURS})

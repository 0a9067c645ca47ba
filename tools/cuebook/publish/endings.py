"""When versions were retired or erased, and by whom: what Git knows of ``meta.yml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cuebook.core.git import Commit, FileChange
from cuebook.registry.version_files import read_meta
from cuebook.shapes.moves import Ending, EndingKind


def endings(changes: Iterable[FileChange], data: Mapping[str, bytes]) -> list[Ending]:
    """Each version that a ``meta.yml`` began to list, or to list no more, newest first.

    ``changes`` come oldest first, ``data`` are their blobs. A file that cannot be read, or was taken away,
    ended nothing.
    """
    found: list[Ending] = []
    for change in changes:
        meta = read_meta(data[change.blob], change.path)[0] if change.blob else None
        if meta is None:
            continue
        listed: dict[int, EndingKind] = dict.fromkeys(meta.retired, "retired")
        listed |= dict.fromkeys(meta.erased, "erased")
        before = _now(found)
        for number in sorted({*listed, *before}):
            kind = listed.get(number, "returned")
            if kind != before.get(number, "returned"):
                found.append(_ending(number, kind, change.commit))
    return found[::-1]


def joined_endings(before: Iterable[Ending], after: Iterable[Ending]) -> list[Ending]:
    """Those under a former name and under the next one, newest first; what was ended already stays so."""
    found: list[Ending] = []
    for item in (*reversed([*before]), *reversed([*after])):
        if _now(found).get(item.version, "returned") != item.kind:
            found.append(item)
    return found[::-1]


def _now(found: Iterable[Ending]) -> dict[int, EndingKind]:
    return {item.version: item.kind for item in found}


def _ending(number: int, kind: EndingKind, commit: Commit) -> Ending:
    return Ending(
        version=number,
        kind=kind,
        time=commit.time,
        author=commit.author,
        commit=commit.sha,
        subject=commit.subject,
    )

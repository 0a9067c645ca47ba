"""When versions were retired or erased, and by whom: what Git knows of ``meta.yml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cuebook.core.git import FileChange
from cuebook.registry.version_files import read_meta
from cuebook.shapes.moves import Ending, EndingKind


def endings(changes: Iterable[FileChange], data: Mapping[str, bytes]) -> list[Ending]:
    """Return each version that a ``meta.yml`` started or stopped listing, newest first.

    ``changes`` come oldest first, ``data`` maps their blobs to bytes. A file that cannot be read, or was
    removed, ended nothing.
    """
    found: list[Ending] = []
    for change in changes:
        meta = read_meta(data[change.blob], change.path)[0] if change.blob else None
        if meta is None:
            continue
        listed: dict[int, EndingKind] = dict.fromkeys(meta.retired, "retired")
        # A version in both lists is erased: nothing is left of it that apps could be told to leave.
        listed |= dict.fromkeys(meta.erased, "erased")
        before = _now(found)
        for number in sorted({*listed, *before}):
            kind = listed.get(number, "returned")
            if kind != before.get(number, "returned"):
                commit = change.commit
                found.append(
                    Ending(
                        version=number,
                        kind=kind,
                        time=commit.time,
                        author=commit.author,
                        commit=commit.sha,
                        subject=commit.subject,
                    )
                )
    return found[::-1]


def joined_endings(before: Iterable[Ending], after: Iterable[Ending]) -> list[Ending]:
    """Join the endings under a former name (``before``) with those under the next one, newest first.

    The first commit under the next name lists again what was ended before; that is no second ending.
    """
    found: list[Ending] = []
    for item in (*reversed([*before]), *reversed([*after])):
        if _now(found).get(item.version, "returned") != item.kind:
            found.append(item)
    return found[::-1]


def _now(found: Iterable[Ending]) -> dict[int, EndingKind]:
    return {item.version: item.kind for item in found}

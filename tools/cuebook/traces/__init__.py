"""One file per format of recorded answers: its bytes in, what was said out. Found by a folder scan."""

from __future__ import annotations

from functools import cache
from typing import cast

from cuebook.core import family
from cuebook.core.errors import InvalidFiles, Problem, UsageError
from cuebook.core.format import joined
from cuebook.traces._base import Spoken, TraceFormat
from cuebook.traces._redaction import Redaction
from cuebook.traces._taken import TAG, RecordFate, Taken, Wanted, take

__all__ = [
    "TAG",
    "RecordFate",
    "Redaction",
    "Spoken",
    "Taken",
    "TraceFormat",
    "Wanted",
    "find",
    "names",
    "read",
    "take",
]

LARGEST = 512 * 1024 * 1024
"""Bytes of one file; ten thousand spans have about twenty million."""


@cache
def names() -> tuple[str, ...]:
    """Return every format that can be read, sorted."""
    return tuple(family.members(__path__))


def find(name: str) -> TraceFormat:
    """Return the reader of this format. Raises UsageError."""
    return cast("TraceFormat", family.member(__name__, name, names(), "format of traces"))


def read(path: str, data: bytes, name: str = "") -> tuple[str, list[Spoken]]:
    """Return the format of a file and what it recorded, in order. Raises UsageError, InvalidFiles."""
    if len(data) > LARGEST:
        raise UsageError(f"{path}: {len(data):,} bytes; the limit is {LARGEST:,}", "split the file")
    if not name:
        like = [one for one in names() if find(one).sniff(path, data)]
        # A table fits almost any file of lines, so it counts where nothing else does.
        known = [one for one in like if not find(one).FALLBACK] or like
        if len(known) != 1:
            listed = "; ".join(f"{find(one).FILES} ({one})" for one in names())
            what = f"it may be {joined(known, 'or')}" if known else "no format knows this file"
            raise UsageError(f"{path}: {what}", f"say which with --from: {listed}")
        (name,) = known
    try:
        return name, list(find(name).read(path, data))
    # JSON nested without end is one more file that cannot be read.
    except (ValueError, RecursionError) as error:
        what = f"it cannot be read as {name}: {error or 'too deep'}"
        raise InvalidFiles(
            [Problem(path, 0, what, "export it again, or say the format with --from")]
        ) from None

"""One file per foreign format: a prompt of ours in, its files out. Found by a folder scan by its name."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import cast

from cuebook.core import family
from cuebook.core.errors import UsageError
from cuebook.core.format import joined
from cuebook.exporters._base import Exported, Exporter, ExportRequest, Lost

__all__ = ["ExportRequest", "Exported", "Exporter", "Lost", "find", "names", "write"]


@cache
def names() -> tuple[str, ...]:
    """Return every format that can be written, as the command calls it, sorted."""
    # With hyphens, as a command is written; modules cannot have them.
    return tuple(sorted(name.replace("_", "-") for name in family.members(__path__)))


def find(name: str) -> Exporter:
    """Return the exporter of this format. Raises UsageError."""
    return cast("Exporter", family.member(__name__, name, names(), "exporter"))


def write(name: str, request: ExportRequest) -> Exported:
    """Return the files of a prompt in this format, and what it cannot hold.

    Raises UsageError; where it is the format that cannot, with the formats that can.
    """
    try:
        return find(name).write(request)
    except UsageError as error:
        # Only where the exporter has no cure of its own: then another format is one.
        raise UsageError(error.message, error.hint or _able(request)) from None


def _able(request: ExportRequest) -> str:
    """The formats that can be written, those that hold most first."""
    lost: dict[str, int] = {}
    for name in names():
        with suppress(UsageError):
            lost[name] = len(find(name).write(request).lost)
    forms = [f"--to {name}" for name in sorted(lost, key=lambda name: lost[name])[:_NAMED]]
    if not forms:
        return "no format can hold it: write a version without that"
    return f"{joined(forms, 'or')} can"


_NAMED = 3
"""Formats that advice names: of more nobody reads what each leaves out."""

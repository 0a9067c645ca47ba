"""Families: folders whose modules are found by a scan, so that one more member edits no list."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable


def members(folder: Iterable[str]) -> list[str]:
    """Return the names of a family's members, sorted; ``folder`` is the ``__path__`` of its package.

    A file that begins with ``_`` is shared by them and is none.
    """
    return sorted(found.name for found in pkgutil.iter_modules(folder) if not found.name.startswith("_"))

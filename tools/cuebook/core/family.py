"""Families: folders whose modules are found by a scan, so that one more member edits no list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from types import ModuleType

from cuebook.core.errors import UsageError, did_you_mean


def members(folder: Iterable[str]) -> list[str]:
    """Return the names of a family's members, sorted; ``folder`` is the ``__path__`` of its package.

    A file that begins with ``_`` is shared by them and is none.
    """
    return sorted(found.name for found in pkgutil.iter_modules(folder) if not found.name.startswith("_"))


def member(package: str, name: str, known: Sequence[str], what: str) -> ModuleType:
    """Import the member that people call ``name``, one of those ``known``. Raises UsageError.

    ``what`` is what a member is called, such as ``report``.
    """
    if name not in known:
        raise UsageError(f"no {what} is called {name!r}", did_you_mean(name, known))
    return importlib.import_module(f"{package}.{name.replace('-', '_')}")

"""One file per foreign format: its bytes in, our files out. Found by a folder scan by its name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import cast

from cuebook.core.errors import InvalidFiles, UsageError, did_you_mean
from cuebook.core.refs import version_number
from cuebook.importers._base import Imported, Importer, Request
from cuebook.registry.version_files import read_version

__all__ = ["Imported", "Importer", "Request", "find", "names", "read", "sniff"]


@cache
def names() -> tuple[str, ...]:
    """Every format that can be imported, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def find(name: str) -> Importer:
    """The importer of this format. Raises UsageError."""
    if name not in names():
        raise UsageError(f"no importer is called {name!r}", did_you_mean(name, names()))
    return cast("Importer", importlib.import_module(f"{__name__}.{name}"))


def sniff(path: str, data: bytes) -> str:
    """The name of the first format that a file seems to have. Raises UsageError."""
    for name in names():
        if find(name).sniff(path, data):
            return name
    known = "; ".join(f"{find(name).FILES} ({name})" for name in names())
    raise UsageError(f"{path}: no importer knows this file", f"what can be imported: {known}")


def read(name: str, request: Request) -> Imported:
    """What a file becomes in our formats. Raises InvalidFiles with every problem of the foreign file."""
    made = find(name).read(request)
    for path, data in made.files.items():
        number = version_number(path.rpartition("/")[2])
        if number is not None:
            version, problems = read_version(data, path, path.split("/")[1], number)
            if version is None:
                raise InvalidFiles(problems)
    return made

"""Distributions with plug-ins, as pip would leave them in a folder of packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest

from build import write
from cuebook import models, scorers
from cuebook.core import plugins


@contextmanager
def installed(folder: Path, *distributions: Mapping[str, str], only: bool = False) -> Iterator[None]:
    """These distributions are importable, each a mapping of its files; ``only`` hides all others.

    Such as ``{"acme": "1.2", "acme_models.py": "...", "cuebook.models": "acme = acme_models:X"}``: the key
    without a dot is name and version, one that begins with ``cuebook.`` is an entry-point group.
    """
    for given in distributions:
        name = next(key for key in given if "." not in key)
        groups = {key: text for key, text in given.items() if key.startswith("cuebook.")}
        points = "".join(f"[{group}]\n{text}\n" for group, text in groups.items())
        info = f"{name.replace('-', '_')}-{given[name]}.dist-info"
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {given[name]}\n"
        files = {key: text for key, text in given.items() if key.endswith(".py")}
        write(folder, {f"{info}/METADATA": head, f"{info}/entry_points.txt": points} | files)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        if only:
            real = plugins.metadata.entry_points
            found = [item for group in get_args(plugins.Group) for item in real(group=group)]
            mine = plugins.metadata.EntryPoints(item for item in found if _lies_in(folder, item))
            patch.setattr(plugins.metadata, "entry_points", lambda: mine)
        _forget(folder)
        try:
            yield
        finally:
            _forget(folder)


def _is_below(folder: Path, module: object) -> bool:
    return str(getattr(module, "__file__", "")).startswith(str(folder))


def _lies_in(folder: Path, entry: plugins.metadata.EntryPoint) -> bool:
    return entry.dist is not None and str(entry.dist.locate_file("")).startswith(str(folder))


def _forget(folder: Path) -> None:
    """What was found of the plug-ins installed before, and their modules."""
    for name in [name for name, module in sys.modules.items() if _is_below(folder, module)]:
        del sys.modules[name]
    for cached in (plugins._installed, plugins.source, models.transport, scorers.find):
        cached.cache_clear()

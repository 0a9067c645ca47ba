"""Whether anybody reads files, as far as the file system tells by their time of access."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_LONG_AGO = 1_000_000_000
"""Seconds. A time of access that is before the last change moves at the next read, wherever any moves."""


class Reads:
    """Watches the files below some folders from now on."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        for path in self._files:
            _set_back(path)

    @property
    def none(self) -> bool:
        """Whether no file was read; False where this file system does not tell."""
        return not any(map(_is_moved, self._files)) and self._tells()

    def _tells(self) -> bool:
        """Whether a read moves the time of access at all: file systems may be set to keep it."""
        if not self._files:
            return False
        probe = self._files[0].with_name("probe")
        probe.write_bytes(b"x")
        _set_back(probe)
        probe.read_bytes()
        told = _is_moved(probe)
        probe.unlink()
        return told


def _set_back(path: Path) -> None:
    os.utime(path, (_LONG_AGO, path.stat().st_mtime))


def _is_moved(path: Path) -> bool:
    return path.stat().st_atime > _LONG_AGO

"""Copies of published prompts on disk, for a process that starts while the registry is unreachable."""

# pathlib takes longer to import than all of this to run:
# ruff: noqa: PTH100, PTH103, PTH111, PTH116

from __future__ import annotations

import os
import time
from typing import NamedTuple

from cuebook.core.refs import Ref

_HEAD = b"cuebook-copy/1 "
_LARGEST = 16 << 20
_OTHERS = 0o022
"""Permission of the group and of others to write."""
_SKEW = 60.0
"""Seconds that clocks of one machine may differ; a copy from further ahead was not written by a client."""


class DiskCopy(NamedTuple):
    """A copy and the seconds since the registry confirmed it."""

    body: bytes
    age: float


class Disk:
    """A folder of copies for each registry. One that other users may read or write is not used.

    A disk that cannot be used is warned of once; the client goes on without it.
    """

    def __init__(self, folder: str, place: str) -> None:
        from hashlib import sha256

        self._folder = os.path.abspath(folder)
        self._root = os.path.join(self._folder, sha256(place.encode()).hexdigest()[:16])
        self._warned = False

    def read(self, ref: Ref) -> DiskCopy | None:
        """Return the copy of a ref's artifact, its content unchecked; None where there is none."""
        data = self._bytes(ref) if self._usable() else None
        if data is None or not data.startswith(_HEAD):
            return None
        line, _, body = data.removeprefix(_HEAD).partition(b"\n")
        try:
            age = time.time() - float(line)
        except ValueError:
            return None
        return DiskCopy(body, max(0.0, age)) if age >= -_SKEW else None

    def write(self, ref: Ref, body: bytes) -> None:
        """Keep a copy that the registry has just confirmed, whole for a process that reads meanwhile."""
        import threading

        if not self._usable():
            return
        path = self._path(ref)
        part = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"
        try:
            with open(os.open(part, _flags(os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 0o600), "wb") as file:
                file.write(_HEAD + f"{time.time():.3f}\n".encode() + body)
            os.replace(part, path)
        except OSError as error:
            self._warn(str(error))

    def confirm(self, ref: Ref) -> None:
        """Note that the registry has just confirmed the copy."""
        kept = self.read(ref)
        if kept is not None:
            self.write(ref, kept.body)

    def remove(self, ref: Ref) -> None:
        """Forget a copy."""
        try:
            os.unlink(self._path(ref))
        except OSError:
            return

    def _path(self, ref: Ref) -> str:
        return os.path.join(self._root, f"{ref.name}@{ref.version or ref.alias}.json")

    def _bytes(self, ref: Ref) -> bytes | None:
        try:
            with open(os.open(self._path(ref), _flags(os.O_RDONLY)), "rb") as file:
                return file.read(_LARGEST)
        except OSError:
            return None

    def _usable(self) -> bool:
        try:
            for folder in (self._folder, self._root):
                os.makedirs(folder, mode=0o700, exist_ok=True)
            problem = _why_open(self._folder, self._root)
        except OSError as error:
            problem = str(error)
        if problem:
            self._warn(problem)
        return not problem

    def _warn(self, problem: str) -> None:
        if not self._warned:
            import logging

            self._warned = True
            logging.getLogger("cuebook").warning("the cache in %s is not used: %s", self._folder, problem)


def _why_open(folder: str, root: str, system: str = os.name) -> str:
    """Why others could put a copy below ``root``; empty when they cannot."""
    if system == "nt":
        # Folders below a user's profile are closed to other users; Windows has no mode to look at.
        home, real = (os.path.realpath(place) for place in (os.path.expanduser("~"), root))
        return "" if os.path.commonpath([home, real]) == home else "it is not below your user's folder"
    above, own = os.stat(folder), os.lstat(root)
    if above.st_mode & _OTHERS and not above.st_mode & 0o1000:
        return "others may write there: chmod go-w, or name a folder of its own"
    if own.st_uid != os.geteuid():
        return f"{root} belongs to somebody else"
    # A link is no folder here, as lstat does not follow it.
    if own.st_mode & 0o170077 != 0o040000:
        return f"{root} is not a folder that only you may use: delete it, or chmod 700"
    return ""


def _flags(wanted: int) -> int:
    return wanted | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

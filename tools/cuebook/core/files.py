"""Files of a registry at one moment (a ``Tree``), their text, and writing files.

A tree is a folder here, a commit in ``git.py``. Writing is atomic and follows no link.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, takewhile
from json.encoder import encode_basestring
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.layout import USUAL, Layout

MAX_FILE = 1 << 20
"""Bytes of a file that people write; a long prompt has 20,000."""
MAX_DATASET = 64 << 20
"""Bytes of a dataset, which is read into memory as a whole."""

NO_TEXT = "no text"
"""Code of the problem that a file holds bytes or characters that are no text."""


class Tree(Protocol):
    """Files of a repository at one moment; paths are relative, with forward slashes."""

    def paths(self, prefix: str = "") -> list[str]:
        """Every file under ``prefix``, sorted."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file, or None when there is no such file."""

    def is_link(self, path: str) -> bool:
        """Whether the path is a symbolic link (or submodule), which is never followed."""


@dataclass(frozen=True)
class Folder:
    """A tree in a folder on disk, whose registry may have a layout of its own."""

    root: Path
    layout: Layout = USUAL

    def paths(self, prefix: str = "") -> list[str]:
        """Every file under ``prefix``, sorted; links are listed, and not even the first is followed."""
        if self.layout.is_usual:
            return self._paths(prefix)
        found = map(self.layout.usual, self._paths(self.layout.there(prefix)))
        return sorted(path for path in found if path is not None)

    def _paths(self, prefix: str) -> list[str]:
        start = self.root / prefix
        found: list[str] = []
        if self._climbs(prefix):
            return found
        for folder, folders, names in os.walk(start):
            folders[:] = [name for name in folders if name != ".git"]
            # Not walked into, and listed all the same: ``check`` has to see a link to refuse it.
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            base = PurePosixPath(Path(folder).relative_to(self.root).as_posix())
            found.extend(str(base / name) for name in (*names, *links))
        return sorted(found)

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file inside the root, or None."""
        path = self.layout.there(path)
        target = f"{self.root}/{path}"
        if self._climbs(path) or not os.path.isfile(target):  # noqa: PTH113  pathlib takes longer than all the rest
            return None
        with open(target, "rb") as file:
            return file.read()

    def is_link(self, path: str) -> bool:
        """Whether the path or a folder above it is a symbolic link."""
        return self._climbs(self.layout.there(path))

    def _climbs(self, path: str) -> bool:
        parts = path.split("/")
        if path.startswith("/") or ".." in parts:
            return True
        # Each folder on the way: the system would follow a link among them before it looks at the last one.
        here = str(self.root)
        for part in parts:
            here = f"{here}/{part}"
            if os.path.islink(here):
                return True
        return False


@dataclass(frozen=True)
class ReadOnce:
    """A tree of which every folder is listed and every file read once: for many looks at one moment."""

    tree: Tree
    _paths: dict[str, list[str]] = field(default_factory=dict)
    _data: dict[str, bytes | None] = field(default_factory=dict)
    _links: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Tree) -> ReadOnce:
        """The tree read once; itself where it is already."""
        return tree if isinstance(tree, cls) else cls(tree)

    def paths(self, prefix: str = "") -> list[str]:
        """Every file under ``prefix``, sorted."""
        top, _, below = prefix.partition("/")
        if top not in self._paths:
            self._paths[top] = self.tree.paths(top)
        found = self._paths[top]
        if not below:
            return list(found)
        start = f"{prefix.rstrip('/')}/"
        first = bisect_left(found, start)
        return list(takewhile(lambda path: path.startswith(start), islice(found, first, None)))

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file, or None."""
        if path not in self._data:
            self._data[path] = self.tree.read(path)
        return self._data[path]

    def is_link(self, path: str) -> bool:
        """Whether the path is a link, which is never followed."""
        if path not in self._links:
            self._links[path] = self.tree.is_link(path)
        return self._links[path]

    def forget(self, path: str) -> None:
        """Read a file again, and list its folder again, when somebody asks: it was written or deleted."""
        self._data.pop(path, None)
        self._links.pop(path, None)
        for listed in ("", path.partition("/")[0]):
            self._paths.pop(listed, None)


@dataclass(frozen=True)
class FixedTree:
    """A tree of bytes that are nowhere on disk."""

    files: Mapping[str, bytes]

    def paths(self, prefix: str = "") -> list[str]:
        """Every file under ``prefix``, sorted."""
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        return sorted(path for path in self.files if path.startswith(start))

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or None."""
        return self.files.get(path)

    def is_link(self, _path: str) -> bool:
        """Nothing here is a link."""
        return False


@dataclass(frozen=True)
class Overlay:
    """A tree with some files on top of it: bytes that are nowhere on disk."""

    base: Tree
    files: Mapping[str, bytes]

    def paths(self, prefix: str = "") -> list[str]:
        """Every file under ``prefix``, sorted."""
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        return sorted({*self.base.paths(prefix), *(path for path in self.files if path.startswith(start))})

    def read(self, path: str) -> bytes | None:
        """The bytes of a file on top, or of one below."""
        return self.files[path] if path in self.files else self.base.read(path)

    def is_link(self, path: str) -> bool:
        """Whether the path is a link below; what is on top never is."""
        return path not in self.files and self.base.is_link(path)


UNREADABLE = "unreadable"
"""Code of the problem that a file is not what it claims to be: which of many slips it is, its words say."""


class Broken(Exception):
    """A file that cannot be read as what it claims to be; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem if problem.code else problem._replace(code=UNREADABLE)


def decode(data: bytes, path: str, limit: int = MAX_FILE) -> str:
    """Text of a file. Raises Broken when it is too large, not UTF-8, or holds NUL."""
    if len(data) > limit:
        raise Broken(
            Problem(
                path,
                0,
                f"the file has {len(data):,} bytes; the limit is {limit:,}",
                "split it, or make it smaller",
            )
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Broken(Problem(path, line, "not UTF-8 text", "save the file as UTF-8", code=NO_TEXT)) from None
    if "\0" in text:
        raise Broken(
            Problem(
                path,
                text.count("\n", 0, text.index("\0")) + 1,
                "the file holds a NUL character",
                "take it out, and save the file as UTF-8 text",
                code=NO_TEXT,
            )
        )
    return text.removeprefix("\ufeff")  # a byte order mark, which editors on Windows write


_CONFLICT = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
"""Git's marks are at the beginning of a line, where text of a prompt is indented."""


def conflict_line(text: str) -> int:
    """The line of the first mark that a merge left; 0 where there is none."""
    if "<<<<<<< " not in text and ">>>>>>> " not in text:  # a hundredth of the pattern's time
        return 0
    found = _CONFLICT.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def dump_json(data: Any) -> bytes:
    """A JSON file: two spaces of indent, keys in the order given, one line feed at the end.

    The bytes that ``json.dumps`` would write, in three fifths of its time. Raises ValueError, TypeError.
    """
    return f"{_indented(data)}\n".encode()


_CONSTANTS = {None: "null", True: "true", False: "false"}
_EMPTY: dict[type, str] = {dict: "{}", list: "[]", tuple: "[]"}


def _indented(value: Any, lead: str = "\n") -> str:
    """JSON of a value whose lines begin with ``lead``. What is not usual is left to ``json``."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    if value is None or kind is bool:
        return _CONSTANTS[value]
    below = f"{lead}  "
    if not value and kind in _EMPTY:
        return _EMPTY[kind]
    if kind is dict and all(type(key) is str for key in value):
        items = [f"{encode_basestring(key)}: {_indented(item, below)}" for key, item in value.items()]
        return f"{{{below}{f',{below}'.join(items)}{lead}}}"
    if kind is list or kind is tuple:
        return f"[{below}{f',{below}'.join([_indented(item, below) for item in value])}{lead}]"
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False).replace("\n", lead)


def write_atomic(path: Path, data: bytes, *, flush: bool = True) -> None:
    """Write a file so that readers and a crash see the old bytes or the new, never half of them.

    Without ``flush`` that holds for a killed process but not for a power cut, and takes a tenth of the time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(name, 0o644)  # ``mkstemp`` lets nobody but the user read
        os.replace(name, path)
    except OSError as error:
        os.unlink(name)
        # What fails while it writes names no file.
        raise OSError(error.errno, error.strerror, str(path)) from error
    except BaseException:  # also Ctrl-C: nobody else knows the half-written file's name to delete it
        os.unlink(name)
        raise


def write_inside(root: Path, path: str, data: bytes) -> None:
    """Write a file of the registry in ``root`` and follow no link. Raises InvalidFiles, OSError."""
    if Folder(root).is_link(path):
        what = "a symbolic link is in the way; it is not followed"
        raise InvalidFiles([Problem(path, 0, what, "put the file or folder itself there")])
    write_atomic(root / path, data)


def write_if_changed(path: Path, data: bytes) -> bool:
    """Write atomically unless the file already holds these bytes; whether it was written."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomic(path, data)
    return True

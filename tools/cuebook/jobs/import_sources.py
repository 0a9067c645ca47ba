"""Foreign files as they are on disk: found in folders, read within a budget, and never through a link."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cuebook import importers
from cuebook.core.errors import UsageError
from cuebook.core.files import MAX_DATASET, MAX_FILE, Folder, Tree

MOST_FILES = 10_000
"""Looked at below one folder; a tree of more is none of prompts."""
MOST_BESIDE, MOST_LISTED = 1_000, 20_000
"""Files that one source may name, and names below its folder that a pattern is compared with."""
_ENDINGS = (
    *(".yml", ".yaml", ".json", ".jsonl", ".csv", ".tsv"),
    *(".prompt", ".prompty", ".txt", ".md", ".j2", ".py"),
)
_SKIPPED = {"node_modules", "__pycache__", "site-packages", "dist", "build"}


@dataclass(frozen=True)
class ImportSource:
    """A foreign file: how it is called in messages, its format, its bytes, and the files below its folder."""

    path: str
    kind: str
    data: bytes
    beside: Tree


@dataclass
class Beside:
    """The files below a source's folder, as many and as large as a source needs; a link is no file."""

    folder: Folder
    left: int = MOST_BESIDE
    _known: dict[str, bytes | None] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where there is none that may be read."""
        if path not in self._known:
            self.left -= 1
            target = self.folder.root / path
            small = self.left >= 0 and not self.is_link(path) and target.is_file()
            fits = small and target.stat().st_size <= MAX_FILE
            self._known[path] = self.folder.read(path) if fits else None
        return self._known[path]

    def is_link(self, path: str) -> bool:
        """Whether the path leads through a link, or out of the folder."""
        return self.folder.is_link(path)

    def paths(self, prefix: str = "") -> list[str]:
        """Files under ``prefix``, sorted, up to a limit."""
        start = self.folder.root / prefix
        if self.is_link(prefix):
            return []
        found: list[str] = []
        for path in walk(start):
            found.append(path.relative_to(self.folder.root).as_posix())
            if len(found) >= MOST_LISTED:
                break
        return sorted(found)


def sources(words: Sequence[str], kind: str | None = None) -> tuple[list[ImportSource], int]:
    """The foreign files that these words name, and how many files in folders are none.

    A word is a file, a folder or a pattern. Of a folder only the files are taken whose format is sure. Raises
    UsageError where a word names nothing, or no importer knows a file.
    """
    made: list[ImportSource] = []
    others = 0
    for word in words:
        path = Path(word)
        if path.is_dir():
            found, more = _in_folder(path, kind)
            made += found
            others += more
        elif path.is_file():
            data = _read(path)
            made.append(_source(path, kind or importers.sniff(str(path), data), data))
        elif any(mark in word for mark in "*?["):
            matches = sorted(item for item in Path().glob(word) if item.is_file())
            if not matches:
                raise UsageError(f"no file is called like {word}", "a pattern is seen from this folder")
            for item in matches:
                data = _read(item)
                made.append(_source(item, kind or importers.sniff(str(item), data), data))
        else:
            raise UsageError(f"{word} does not exist", "name a file, a folder or a pattern")
    return made, others


def _source(path: Path, kind: str, data: bytes) -> ImportSource:
    return ImportSource(path.as_posix(), kind, data, Beside(Folder(path.parent)))


def _in_folder(folder: Path, kind: str | None) -> tuple[list[ImportSource], int]:
    made: list[ImportSource] = []
    others = 0
    for count, path in enumerate(walk(folder)):
        if count >= MOST_FILES:
            raise UsageError(f"{folder} has over {MOST_FILES:,} files", "name a folder further down")
        if not path.name.endswith(_ENDINGS) or path.stat().st_size > MAX_DATASET:
            others += 1
            continue
        data = _read(path)
        found = importers.sure(path.as_posix(), data)
        if found is None or (kind and found != kind):
            others += 1
        else:
            made.append(_source(path, found, data))
    return made, others


def walk(folder: Path) -> Iterator[Path]:
    """Regular files below a folder in order: through no link, and in no hidden folder."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.islink(os.path.join(here, name))
        )
        for name in sorted(names):
            path = Path(here, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _read(path: Path) -> bytes:
    if path.stat().st_size > MAX_DATASET:
        raise UsageError(f"{path} has over {MAX_DATASET:,} bytes", "split it")
    return path.read_bytes()

"""Foreign files as they are on disk: found in folders, read within a budget, and never through a link."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cuebook import importers
from cuebook.core.errors import InvalidFiles, Problem, UsageError
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
"""Folders of other people's code, and of what is made from somebody's: prompts in them are copies."""


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
            self.left -= 1  # for what is not there as well: looking takes as long
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


@dataclass
class Sources:
    """The foreign files that were named, how many others are in folders, and what is wrong with words.

    ``ours`` of the others are versions of Cuebook.
    """

    files: list[ImportSource] = field(default_factory=list)
    others: int = 0
    ours: int = 0
    problems: list[Problem] = field(default_factory=list)


def sources(words: Sequence[str], kind: str | None = None) -> Sources:
    """The foreign files that these words name.

    A word is a file, a folder or a pattern. Of a folder only the files are taken whose format is sure. A word
    that names nothing and a file that no importer knows are problems. Raises UsageError for a folder with too
    many files.
    """
    made = Sources()
    for word in words:
        path = Path(word)
        if path.is_dir():
            _in_folder(path, kind, made)
        elif path.is_file():
            _add(path, kind, made)
        elif any(mark in word for mark in "*?["):
            matches = sorted(item for item in Path().glob(word) if item.is_file())
            if not matches:
                cure = "a pattern is matched from this folder"
                made.problems.append(Problem(word, 0, "no file matches this", cure))
            for item in matches:
                _add(item, kind, made)
        else:
            cure = "name a file, a folder or a pattern"
            made.problems.append(Problem(word, 0, "it does not exist", cure))
    return made


def _add(path: Path, kind: str | None, made: Sources) -> None:
    """One file that was named, once, or what is wrong with it."""
    if any(path.as_posix() == source.path for source in made.files):
        return
    try:
        data = _read(path)
        made.files.append(_source(path, kind or importers.sniff(path.as_posix(), data), data))
    except InvalidFiles as error:
        made.problems += error.problems


def _source(path: Path, kind: str, data: bytes) -> ImportSource:
    return ImportSource(path.as_posix(), kind, data, Beside(Folder(path.parent)))


def _in_folder(folder: Path, kind: str | None, made: Sources) -> None:
    for count, path in enumerate(walk(folder)):
        if count >= MOST_FILES:
            raise UsageError(f"{folder} has over {MOST_FILES:,} files", "name a folder further down")
        if not path.name.endswith(_ENDINGS) or path.stat().st_size > MAX_DATASET:
            made.others += 1
            continue
        data = _read(path)
        found = importers.sure(path.as_posix(), data)
        if found is None or (kind and found != kind):
            made.others += 1
            made.ours += found is None and importers.ours(path.as_posix(), data)
        else:
            made.files.append(_source(path, found, data))


def walk(folder: Path) -> Iterator[Path]:
    """Regular files below a folder in order: through no link, and in no hidden folder."""
    for here, folders, names in os.walk(folder):
        # In place: ``os.walk`` goes on with what is left in the list.
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
        what = f"it has over {MAX_DATASET:,} bytes"
        raise InvalidFiles([Problem(path.as_posix(), 0, what, "split it")])
    return path.read_bytes()

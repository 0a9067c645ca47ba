"""The two folders that belong to this tool: what it knows (the state) and what it makes (the output).

A contribution can bring files and links, so nothing in either is believed for standing there: no link on
the way is followed, and a folder of another user is refused. ``OwnedFolder`` is the only way in.
"""

from __future__ import annotations

import os
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cuebook.core import git
from cuebook.core.errors import UsageError

STATE, OUTPUT = "CUEBOOK_STATE", "CUEBOOK_OUTPUT"
"""Environment variables that name the folders."""

DEFAULT_STATE, DEFAULT_OUTPUT = ".cuebook", "build"

EVALUATIONS, JUDGES, REPLIES = "evaluations", "judges", "replies.sqlite"
"""What the state folder holds."""

OTHERS = ("prompts", "evals", "overrides", "site", "schemas", ".git", ".github")
"""Folders of a registry that hold people's files, so that they can be neither state nor output."""


@dataclass(frozen=True)
class OwnedFolder:
    """A folder of this tool's own. What is at ``above`` or over it is the user's, and is not looked at."""

    path: Path
    above: Path
    setting: str

    def folder(self, name: str) -> Path:
        """A folder in it, there or not, with no link below it. Raises UsageError."""
        path = self.path / name
        self._check_way(path)
        if path.is_dir():
            for found in _links(path):
                raise self._refused(found, "is a link or a device")
        return path

    def file(self, name: str) -> Path:
        """A file in it, there or not, made by nobody else. Raises UsageError."""
        path = self.path / name
        self._check_way(path.parent)
        # SQLite opens files beside the one it is given, such as NAME-wal.
        for found in path.parent.glob(f"{path.name}*"):
            if _kind(found) != "file":
                raise self._refused(found, "is not a regular file")
        return path

    def emptied(self, name: str) -> Path:
        """A folder in it with nothing inside, made where it is not there yet. Raises UsageError."""
        path = self.folder(name)
        if path.exists():
            shutil.rmtree(path)
        path.mkdir(parents=True)
        return path

    def _check_way(self, path: Path) -> None:
        """Every folder from ``above`` to ``path`` is a folder of ours, as far as there is one."""
        here = self.above
        for part in path.relative_to(self.above).parts:
            here /= part
            kind = _kind(here)
            if kind == "nothing":
                return
            if kind != "folder":
                raise self._refused(here, "is a link" if kind == "link" else "is not a folder")
            if not _is_ours(here, self.above):
                raise self._refused(here, "belongs to another user")

    def _refused(self, found: Path, what: str) -> UsageError:
        inside = found.relative_to(self.above).as_posix()
        hint = f"remove it, or set {self.setting} to a folder outside the checkout"
        return UsageError(f"{inside} {what}; it is not used", hint)


def owned(root: Path, named: str, setting: str) -> OwnedFolder:
    """The folder that ``named`` means, relative to the registry in ``root`` or absolute.

    Raises UsageError when it cannot be a folder of this tool's own.
    """
    path = Path(os.path.normpath(root / named))
    if problem := folder_problem(root, path):
        raise UsageError(
            f"{setting}: {named!r} {problem}", f"for example {setting}={root.parent}/cuebook-out"
        )
    above = root if path.is_relative_to(root) else _outside(path)
    return OwnedFolder(path, above, setting)


def folder_problem(root: Path, path: Path) -> str | None:
    """Why a folder cannot be this tool's own, or None when it can."""
    if root.is_relative_to(path):
        return "holds the registry itself"
    if path.is_relative_to(root):
        first = fold(path.relative_to(root).parts[0])
        if first in OTHERS:
            return f"is in {first}/, which holds files of the registry"
    return None


def setting_problem(output: str) -> str | None:
    """Why the setting ``output`` is no folder of a registry that this tool may empty, or None."""
    parts = output.split("/")
    if not output or any(not part or part.strip(". ") == "" or "\\" in part or ":" in part for part in parts):
        return f"it is {output!r}, which is not a folder of the registry; name one, such as .cuebook/out"
    if fold(output) == DEFAULT_STATE or fold(output).startswith(
        tuple(f"{DEFAULT_STATE}/{name}" for name in (EVALUATIONS, JUDGES, REPLIES))
    ):
        return f"{output} holds the state; name another, such as .cuebook/out"
    if fold(parts[0]) in OTHERS:
        return f"{parts[0]}/ holds files of the registry; name another, such as .cuebook/out"
    return None


def tracked_in(root: Path, places: Iterable[Path]) -> dict[str, tuple[str, str]]:
    """What Git tracks in some folders, on them or in their way: mode and blob by path relative to ``root``.

    Empty outside a repository, and for folders outside the checkout.
    """
    return tracked_in_each(root, [places])[0]


def tracked_in_each(root: Path, groups: Sequence[Iterable[Path]]) -> list[dict[str, tuple[str, str]]]:
    """The same for each of several groups of folders, which Git is asked for once."""
    if (top := git.top(root)) is None:
        return [{} for _ in groups]
    tracked = git.tracked(top)
    root, top = root.resolve(), top.resolve()
    found = []
    for places in groups:
        paths = [Path(os.path.normpath(root / place)) for place in places]
        inside = [
            path.relative_to(top).as_posix() for path in paths if path.is_relative_to(top) and path != top
        ]
        places_inside = [fold(path).split("/") for path in inside]
        found.append(
            {
                os.path.relpath(top / path, root).replace(os.sep, "/"): entry
                for path, entry in tracked.items()
                if _stands_in(places_inside, path)
            }
        )
    return found


def covers(place: str, path: str) -> bool:
    """Whether a file at ``path`` would be in the folder ``place``, on it, or in its way.

    Both are relative to one folder. File systems that fold case, Unicode forms and invisible characters, or
    that know files by short names, are thought of.
    """
    return _stands_in([fold(place).split("/")], path)


def _stands_in(places: Sequence[Sequence[str]], path: str) -> bool:
    """``covers`` for several places, folded and split at slashes: a path is folded once for all of them."""
    # A whole index is looked through for a folder or two: most paths differ from all of them at their top.
    if path.isascii() and not _may_begin(tuple(mine[0] for mine in places), path.partition("/")[0]):
        return False
    theirs = fold(path).split("/")
    return any(all(map(_is_same, mine, theirs)) for mine in places)


@lru_cache(maxsize=256)
def _may_begin(firsts: tuple[str, ...], name: str) -> bool:
    return any(_is_same(first, fold(name)) for first in firsts)


def fold(path: str) -> str:
    """A path as the most forgetful file system would keep it."""
    if path.isascii():  # takes a tenth of the time, and most paths are
        return "/".join(part.partition(":")[0].rstrip(". ") or part for part in path.lower().split("/"))
    text = unicodedata.normalize("NFKC", path).casefold()
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    parts = (part.partition(":")[0].rstrip(". ") or part for part in text.split("/"))
    return unicodedata.normalize("NFKC", "/".join(parts))


def _is_same(name: str, other: str) -> bool:
    """``other`` may be a short name of NTFS: ``.cuebook`` is also known as ``CUEBOO~1``."""
    head, mark, count = other.partition("~")
    short = "".join(char for char in name if char not in " ._+,;=[]")
    return name == other or bool(mark and count.isdecimal() and head and short.startswith(head))


def _outside(path: Path) -> Path:
    """The folder above one outside the registry: the checkout around it, else the parent."""
    around = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    return around or path.parent


def _links(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is neither a folder nor a regular file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            kind = _kind(Path(entry.path))
            if kind == "folder":
                yield from _links(Path(entry.path))
            elif kind != "file":
                yield Path(entry.path)


def _kind(path: Path) -> str:
    """``nothing``, ``folder``, ``file``, ``link``, or ``other``; junctions of Windows are links."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return "nothing"
    if stat.S_ISLNK(found.st_mode) or bool(getattr(found, "st_reparse_tag", False)):
        return "link"
    if stat.S_ISDIR(found.st_mode):
        return "folder"
    return "file" if stat.S_ISREG(found.st_mode) else "other"


def _is_ours(folder: Path, above: Path) -> bool:
    """Whether a folder is the current user's, or of who owns the checkout (a container may mount it)."""
    if not hasattr(os, "geteuid"):
        return True
    owners = {os.geteuid()} | ({above.stat().st_uid} if (above / ".git").exists() else set())
    return os.lstat(folder).st_uid in owners

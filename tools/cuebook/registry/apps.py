"""Apps under test, as a tree has them: the settings that name one, and the files its answers depend on.

Where a change is judged the tree is the one from before it, so that no change decides by an app it brings.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from cuebook.core import git
from cuebook.core.canonical import digest
from cuebook.core.errors import GitError, InvalidFiles
from cuebook.core.files import Folder, ReadOnce, Tree
from cuebook.core.path_patterns import path_pattern
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.settings import FILES, load_config
from cuebook.shapes.settings_format import TargetApp
from cuebook.wording.named import NamedCode

_OF_THE_REGISTRY = {PROMPTS, EVALS, "overrides", "site", "schemas", "build", ".cuebook", ".github", FILES[0]}
"""Folders outside an app's files by default: else each new version would change its fingerprint."""

_AFFECTS = {"command", "cwd", "env", "timeout", "max_memory", "max_output", "deterministic"}
"""Settings that may change an answer; how many processes run at once does not."""

_SCRIPT = re.compile(r"[\w./-]*\w\.(py|js|mjs|cjs|ts|sh|rb|pl|php|jar)")
"""A word of a command that names a file which an interpreter is to run."""

_PROGRAM = "100755"
"""Git's mode of a file that may be run."""


@dataclass(frozen=True)
class AppUnderTest:
    """An app that answers in place of a model; ``tree`` holds its files."""

    name: str
    target: TargetApp
    tree: Tree = field(repr=False)

    @cached_property
    def blobs(self) -> Mapping[str, str]:
        """Its files by path, as Git names their bytes."""
        return _blobs(_bare(self.tree), self.target.files)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of all that its answers depend on beside what it is asked."""
        settings = self.target.model_dump(include=_AFFECTS)
        return digest({"settings": settings, "files": dict(self.blobs)})

    @property
    def left_out(self) -> str:
        """A file of the tree that the command names and that is not among its files; empty for none."""
        below = "" if self.target.cwd == "." else f"{self.target.cwd}/"
        paths = (posixpath.normpath(below + word) for word in self.target.command)
        found = (path for path in paths if path not in self.blobs and self.tree.read(path) is not None)
        return next(found, "")

    @property
    def absent(self) -> Iterator[tuple[str, NamedCode, dict[str, str]]]:
        """What its settings name and the tree has not: the key, a code, and the facts that its words need.

        A program on PATH is not looked for: where the app runs is another machine.
        """
        cwd, tree = self.target.cwd, _bare(self.tree)
        below = "" if cwd == "." else f"{cwd}/"
        if below and not tree.paths(cwd):
            yield "cwd", "app_folder_missing", {"cwd": cwd}
            return
        for index, word in enumerate(self.target.command):
            named = posixpath.normpath(below + word)
            is_file = "/" in word if index == 0 else bool(_SCRIPT.fullmatch(word))
            if is_file and not word.startswith("/") and tree.read(named) is None:
                yield "command", "app_file_missing", {"file": named, "cwd": cwd}
        paths = _paths(tree)
        for glob in self.target.files:
            pattern = path_pattern(glob)
            if not any(map(pattern.fullmatch, paths)):
                yield "files", "app_files_unmatched", {"pattern": glob}

    @property
    def home(self) -> Path | None:
        """The folder of its own that it is run in; None where its files are written somewhere first."""
        found = _bare(self.tree)
        return found.root if isinstance(found, Folder) else None

    def write(self, folder: Path) -> None:
        """Write its files, and nothing else, as the tree has them: what it does not name is not there."""
        for path in self.blobs:
            data = self.tree.read(path)
            assert data is not None
            there = folder / path
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(data)
            if isinstance(self.tree, git.Snapshot) and (self.tree.entry(path) or ("",))[0] == _PROGRAM:
                there.chmod(0o755)


AppChange: TypeAlias = Literal["new", "changed", "gone"]

_offered: list[Tree] = []


def offer(tree: Tree | None) -> None:
    """Read apps from this tree from now on; ``scorers.offer`` says which tree is trusted."""
    _offered[:] = [tree] if tree else []
    offered.cache_clear()


@cache
def offered(name: str) -> AppUnderTest | None:
    """The app of this name in the tree that was offered; None where that has none."""
    return app_of(_offered[0], name) if _offered else None


def app_of(tree: Tree, name: str) -> AppUnderTest | None:
    """Return the app of this name in the settings of a tree; None without one, or where none can be read."""
    try:
        target = load_config(tree).targets.get(name)
    except InvalidFiles:
        return None
    return AppUnderTest(name, target, tree) if target else None


def app_changes(before: Tree, after: Tree, names: Iterable[str]) -> list[tuple[str, AppChange]]:
    """Which of these apps are new, changed or gone in a tree."""
    found: list[tuple[str, AppChange]] = []
    for name in sorted(names):
        old, new = app_of(before, name), app_of(after, name)
        if old is None or new is None:
            if old is not new:
                found.append((name, "new" if new else "gone"))
        elif old.fingerprint != new.fingerprint:
            found.append((name, "changed"))
    return found


def _bare(tree: Tree) -> Tree:
    """The tree itself: to list all of a folder through another one would read what Git ignores."""
    return tree.tree if isinstance(tree, ReadOnce) else tree


def _blobs(tree: Tree, globs: Sequence[str]) -> dict[str, str]:
    """The files that count by path, with Git's name of their bytes; links are not followed."""
    patterns = [path_pattern(glob) for glob in globs]
    found: dict[str, str] = {}
    for path in _paths(tree):
        if patterns:
            counts = any(pattern.fullmatch(path) for pattern in patterns)
        else:
            counts = path.partition("/")[0] not in _OF_THE_REGISTRY
        if counts and (blob := _blob(tree, path)):
            found[path] = blob
    return found


def _paths(tree: Tree) -> list[str]:
    """Every file; of a folder in a repository those that Git does not ignore, be they added or not."""
    if isinstance(tree, Folder):
        with suppress(GitError):  # no repository
            return git.not_ignored(tree.root)
    return tree.paths()


def _blob(tree: Tree, path: str) -> str:
    if isinstance(tree, git.Snapshot):
        _, blob = tree.entry(path) or ("", "")
        return "" if tree.is_link(path) else blob
    data = tree.read(path)
    return "" if data is None else git.blob_id(data)

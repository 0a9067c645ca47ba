"""A repository opened for work: its root, files, settings, prompts and where results are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cuebook.core.errors import GitError, InvalidFiles, UsageError
from cuebook.core.files import Folder, ReadOnce, Tree, write_atomic, write_inside
from cuebook.core.layout import Layout
from cuebook.core.places import (
    DEFAULT_STATE,
    EVALUATIONS,
    JUDGES,
    OUTPUT,
    REPLIES,
    STATE,
    OwnedFolder,
    owned,
    tracked_in,
)
from cuebook.publish.local_verdicts import Evidence
from cuebook.registry.paths import PROMPTS
from cuebook.registry.reader import Registry
from cuebook.registry.renames import as_renamed
from cuebook.registry.settings import Settings, layout_of, load_config

if TYPE_CHECKING:
    from cuebook.judging.calibration import CalibrationFile
    from cuebook.publish.data_branch import Ledger
    from cuebook.publish.history import History


@dataclass(frozen=True)
class Workspace:
    """One checkout. What few commands need is imported and read when one asks for it."""

    root: Path

    @cached_property
    def layout(self) -> Layout:
        """Where prompts and suites are in the working tree."""
        return layout_of(Folder(self.root))

    @cached_property
    def tree(self) -> ReadOnce:
        """The working tree's files at one moment: what is checked is what is gated, whoever writes meanwhile.

        A file is read once, and once more after ``write`` or ``remove``.
        """
        return ReadOnce(Folder(self.root, self.layout))

    @property
    def top_tree(self) -> Tree:
        """All files of the repository that the registry is in, as they are there. Raises GitError."""
        from cuebook.core import git

        return Folder(git.top(self.root) or self.root)

    @cached_property
    def config(self) -> Settings:
        """The repository's trusted settings."""
        return load_config(self.tree)

    @cached_property
    def history(self) -> History:
        """Who added each version and moved each alias, from Git; empty outside a repository."""
        from cuebook.publish.history import read_history, with_past

        return with_past(read_history(self.root), self.registry)

    @cached_property
    def registry(self) -> Registry:
        """Prompts and suites, without authors and dates."""
        return Registry(self.tree)

    @cached_property
    def signed_registry(self) -> Registry:
        """Prompts and suites with author and date of each version, from Git."""
        return Registry(self.tree, self.history.added)

    @cached_property
    def lives(self) -> dict[str, dict[str, list[int]]]:
        """For each prompt and alias, the versions it ever pointed to, oldest first."""
        found: dict[str, dict[str, list[int]]] = {}
        for name, moves in self.history.moves.items():
            # Git's history is newest first, and joins the moves under former names.
            for move in sorted(moves, key=lambda move: move.time):
                if move.version is not None:
                    found.setdefault(name, {}).setdefault(move.alias, []).append(move.version)
        return found

    @cached_property
    def state(self) -> OwnedFolder:
        """The folder of what is known: ``CUEBOOK_STATE``, else ``.cuebook``. Raises UsageError."""
        found = owned(self.root, os.environ.get(STATE) or DEFAULT_STATE, STATE)
        for path in tracked_in(self.root, [found.path]):
            what = f"{path} is tracked by Git: nothing in the state folder may come from a contribution"
            raise UsageError(what, f"git rm --cached -r {path}")
        return found

    @cached_property
    def output(self) -> OwnedFolder:
        """The folder of what is made: ``CUEBOOK_OUTPUT``, else the setting ``output``. Raises UsageError."""
        return owned(self.root, os.environ.get(OUTPUT) or self.config.output, OUTPUT)

    @cached_property
    def evidence(self) -> Evidence:
        """Verdicts kept from earlier runs."""
        return Evidence(self.state.folder(EVALUATIONS), self.newer)

    @cached_property
    def newer(self) -> list[Path]:
        """Kept files that were met so far and only a newer Cuebook can read; they stay as they are."""
        return []

    @cached_property
    def newer_on_branch(self) -> list[str]:
        """The same of the data branch: paths there."""
        return []

    @property
    def newer_records(self) -> list[str]:
        """Both as a report names them."""
        from cuebook.publish.data_branch import BRANCH

        here = [
            path.relative_to(self.root) if path.is_relative_to(self.root) else path for path in self.newer
        ]
        return [*map(str, here), *(f"{BRANCH}:{path}" for path in self.newer_on_branch)]

    @cached_property
    def ledger(self) -> Ledger:
        """Verdicts kept for good, on the data branch."""
        from cuebook.publish.data_branch import Ledger

        return Ledger(self.root, self.newer_on_branch)

    @property
    def today(self) -> str:
        """The day in UTC, such as ``2026-11-22``: overrides and calibrations end on one."""
        return datetime.now(UTC).date().isoformat()

    @cached_property
    def judges(self) -> Path:
        """The folder that keeps how far judges agree with people."""
        return self.state.folder(JUDGES)

    @cached_property
    def measured(self) -> dict[Path, CalibrationFile | None]:
        """What was read of ``judges`` so far, so that a run reads each file once; see ``measure_judges``."""
        return {}

    @property
    def replies(self) -> Path:
        """The reply store."""
        return self.state.file(REPLIES)

    @cached_property
    def api(self) -> Path:
        """The folder that published JSON is written to."""
        return self.output.folder("published")

    @cached_property
    def site(self) -> Path:
        """The folder the site is built into."""
        return self.output.folder("site")

    @cached_property
    def pages(self) -> Path:
        """The folder of what the site is made from: the docs tree and what the last build knew."""
        return self.output.folder("pages")

    @cached_property
    def prefix(self) -> str:
        """The path of the registry in its Git repository: empty at the top, else such as ``sub/``.

        Raises UsageError outside a repository.
        """
        from cuebook.core import git

        top = git.top(self.root)
        if top is None:
            raise UsageError(f"{self.root} is not in a Git repository", "git init")
        inside = self.root.resolve().relative_to(top.resolve()).as_posix()
        return "" if inside == "." else f"{inside}/"

    @cached_property
    def folder(self) -> str:
        """The same, and empty outside a repository. Raises GitError."""
        from cuebook.core import git

        return self.prefix if git.top(self.root) else ""

    @cached_property
    def default_base(self) -> str | None:
        """The default branch as a revision, whose versions are no drafts; None where Git knows none."""
        from cuebook.core import git

        return git.branch_compared(self.root, self.default_branch)

    @cached_property
    def default_branch(self) -> str:
        """As the settings say; where they cannot be read, as they said in HEAD: that is said of them once."""
        with suppress(InvalidFiles):
            return self.config.default_branch
        with suppress(InvalidFiles, GitError, UsageError):
            return load_config(self.tip("HEAD").tree).default_branch
        return Settings().default_branch

    def at(self, revision: str) -> Registry:
        """The registry as it was where HEAD left ``revision``, renamed prompts by the names of today.

        Raises GitError, UsageError.
        """
        _ = self.prefix  # outside a repository that is said, and not that the revision is unknown
        return as_renamed(self.tip(self.left(revision)), self.registry)

    def left(self, revision: str) -> str:
        """The commit where HEAD left ``revision``, when that was first asked for. Raises GitError."""
        from cuebook.core import git_base

        if revision not in self._left:
            self._left[revision] = git_base.left_at(self.root, revision)
        return self._left[revision]

    @cached_property
    def _left(self) -> dict[str, str]:
        return {}

    def set_on(self, path: str) -> str | None:
        """The day (UTC) of the commit that changed a file last; None for a file that is in no commit."""
        from cuebook.core import git

        if "history" in vars(self):  # read already: it knows of every override
            found = self.history.added.get(path)
            return found.time[:10] if found else None
        changes = git.history(self.root, [path])
        return changes[-1].commit.time[:10] if changes else None

    def write(self, path: str, data: bytes) -> str:
        """Write a file of the registry, by its layout, and follow no link; the path that it has there."""
        there, data = self.layout.file(path, data)
        write_inside(self.root, there, data)
        self.tree.forget(path)
        return there

    def remove(self, path: str) -> None:
        """Delete a file of the registry, by its layout. Raises OSError."""
        (self.root / self.layout.there(path)).unlink()
        self.tree.forget(path)

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Write files of the registry, or none: where one cannot be written, the others are as before.

        Raises InvalidFiles, UsageError; also where somebody interrupts it, nothing is left half-way.
        """
        before: dict[Path, bytes | None] = {}
        path = ""
        try:
            for path, data in files.items():
                there = self.root / self.layout.file(path, data)[0]
                before[there] = there.read_bytes() if there.is_file() else None
                self.write(path, data)
        except BaseException as error:
            for there, old in before.items():
                if old is None:
                    with suppress(OSError):  # not there yet, or its folder is not empty
                        there.unlink()
                        there.parent.rmdir()
                else:
                    write_atomic(there, old)
            if isinstance(error, OSError):
                what = f"{path} cannot be written, so nothing was: {error.strerror or error}"
                raise UsageError(what, "make room for it, or change who may write there") from None
            raise

    def tip(self, revision: str) -> Registry:
        """The registry at ``revision`` itself. Raises GitError, UsageError."""
        from cuebook.core import git

        prefix = self.prefix
        # As many folders up as the prefix has, without asking Git for it once more.
        top = self.root.resolve().parents[prefix.count("/") - 1] if prefix else self.root
        there = git.Snapshot(top, git.commit_of(self.root, revision), prefix)
        return Registry(there.placed(layout_of(there)))


def is_registry(folder: Path) -> bool:
    """Return whether a folder has prompts, or settings, which may put these elsewhere."""
    is_there = (folder / PROMPTS).is_dir() or (folder / "cuebook.toml").is_file()
    return is_there or not layout_of(Folder(folder)).is_usual


def find_root(start: Path) -> Path:
    """The nearest folder at or above ``start`` that holds a registry. Raises UsageError."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if is_registry(folder):
            return folder
        if (folder / ".git").exists():
            break  # a registry further up is another repository's
    raise UsageError(f"no registry in {here} or above: there is no folder 'prompts'", "cuebook init")

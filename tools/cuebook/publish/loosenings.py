"""What was loosened on the default branch, from which value to which and by whom, as Git's history has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Protocol

from cuebook.core import git
from cuebook.core.errors import CuebookError
from cuebook.core.files import FixedTree, Folder
from cuebook.gate.loosening import labels_loosened, seen_inputs, settings_loosened, suite_loosened
from cuebook.registry.layout_history import history
from cuebook.registry.paths import EVALS
from cuebook.registry.reader import Registry
from cuebook.registry.renames import as_named, former_names
from cuebook.registry.settings import FILES, Settings, layout_of, load_config
from cuebook.shapes.cause import RuleChange
from cuebook.shapes.labels import Labels
from cuebook.shapes.published import Loosening
from cuebook.shapes.suite import Suite

MOST = 100
"""States of a suite, or of the settings, that are looked at: each has to be read."""


def read_loosenings(root: Path, registry: Registry) -> dict[str, list[Loosening]]:
    """What was loosened, newest first, by prompt; settings are under the empty name.

    Looks along the first-parent line; a state that cannot be read loosened nothing. Empty outside a
    repository. Raises GitError.
    """
    there, layout = registry.names(), layout_of(Folder(root))
    names = {old: name for name in there for old in former_names(registry, name)}
    made: dict[str, list[Loosening]] = {}
    for group, commits in _commits(root).items():
        if len(commits) < 2:
            continue  # nothing was there before that could have asked for more
        states: list[tuple[git.Commit, _State]] = []
        for commit, files in commits[-MOST:]:
            with suppress(CuebookError):
                states.append((commit, _state(registry, group, _tree(root, files, names))))
        for (_, old), (commit, new) in pairwise(states):
            # Compared with today as well: what a later commit took back no longer holds.
            still = {(item.code, item.label) for item in old.asks_more_than(states[-1][1])}
            for change in old.asks_more_than(new):
                # Who wrote it, not who merged it: the commit here may be the merge.
                by = (
                    git.last_author(root, f"{commit.sha}^1", layout.there(change.file), commit.sha)
                    or commit.author
                )
                item = Loosening(
                    time=commit.time,
                    commit=commit.sha,
                    change=change.model_copy(update={"by": by}),
                    holds=(change.code, change.label) in still,
                )
                made.setdefault(old.about, []).append(item)
    return {name: sorted(found, key=lambda item: item.time)[::-1] for name, found in made.items()}


def _commits(root: Path) -> dict[str, list[tuple[git.Commit, Mapping[str, str]]]]:
    """The commits that touched each group of files, oldest first, with the blobs that it had then."""
    found: dict[str, list[tuple[git.Commit, Mapping[str, str]]]] = {}
    there: dict[str, dict[str, str]] = {}
    for commit, changes in groupby(history(root, [EVALS, *FILES]), key=lambda item: item.commit):
        touched = set()
        for item in changes:
            group = _group(item.path)
            touched.add(group)
            there.setdefault(group, {}).pop(item.path, None)
            if item.blob:
                there[group][item.path] = item.blob
        for group in touched:
            found.setdefault(group, []).append((commit, dict(there[group])))
    return found


def _group(path: str) -> str:
    """What is read together: a suite's folder, or both files that settings may stand in."""
    parts = path.split("/")
    return parts[1] if parts[0] == EVALS and len(parts) > 2 else ""


def _tree(root: Path, files: Mapping[str, str], names: Mapping[str, str]) -> FixedTree:
    """The files, with prompts called as they are now."""
    data = git.blobs(root, files.values())
    return FixedTree({path: as_named(path, data[blob], names) for path, blob in files.items()})


class _State(Protocol):
    """A group of files at one commit; ``about`` is the prompt that it is about."""

    @property
    def about(self) -> str: ...
    def asks_more_than(self, other: _State) -> list[RuleChange]: ...


@dataclass(frozen=True)
class _OfSettings:
    settings: Settings
    file: str
    about: str = ""

    def asks_more_than(self, other: _State) -> list[RuleChange]:
        if not isinstance(other, _OfSettings):
            return []
        return settings_loosened(self.settings, other.settings, other.file)


@dataclass(frozen=True)
class _OfSuite:
    """A suite, if there is one, and the labels beside it."""

    name: str
    suite: Suite | None
    labels: Labels
    seen: set[str]

    @property
    def about(self) -> str:
        return self.suite.prompt if self.suite else self.name

    def asks_more_than(self, other: _State) -> list[RuleChange]:
        return list(self._changes(other)) if isinstance(other, _OfSuite) else []

    def _changes(self, other: _OfSuite) -> Iterator[RuleChange]:
        if self.suite:
            yield from suite_loosened(self.suite, other.suite, self.seen)
        yield from labels_loosened(self.name, self.labels, other.labels)


def _state(registry: Registry, name: str, tree: FixedTree) -> _State:
    """What files of a group say. Raises InvalidFiles."""
    if not name:
        file = next((path for path in FILES if path in tree.files), FILES[0])
        return _OfSettings(load_config(tree), file)
    then = Registry(tree)
    suite = then.suite(name) if name in then.suite_names() else None
    return _OfSuite(name, suite, then.labels(name), seen_inputs(registry, suite) if suite else set())

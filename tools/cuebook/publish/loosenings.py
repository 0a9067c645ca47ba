"""What was loosened on the default branch, from which value to which and by whom, as Git's history has it."""

from __future__ import annotations

from collections.abc import Mapping
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
from cuebook.registry.renames import former_names, with_new_names
from cuebook.registry.rule_history import group_of
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
    for group, moments in _moments(root, names).items():
        if len(moments) < 2:
            continue  # nothing was there before that could have asked for more
        states: list[tuple[_Moment, _State]] = []
        for moment in moments[-MOST:]:
            with suppress(CuebookError):
                states.append((moment, _state(registry, group, moment.tree(root, group, names))))
        for (_, old), (moment, new) in pairwise(states):
            # Compared with today as well: what a later commit took back no longer holds.
            still = {(item.code, item.label) for item in old.asks_more_than(states[-1][1])}
            for change in old.asks_more_than(new):
                commit, file = moment.commit, layout.there(_inside(change.file, group, moment.group))
                # Who wrote it, not who merged it: the commit here may be the merge.
                by = git.last_author(root, f"{commit.sha}^1", file, commit.sha) or commit.author
                item = Loosening(
                    time=commit.time,
                    commit=commit.sha,
                    change=change.model_copy(update={"by": by}),
                    holds=(change.code, change.label) in still,
                )
                made.setdefault(old.about, []).append(item)
    return {name: sorted(found, key=lambda item: item.time)[::-1] for name, found in made.items()}


@dataclass(frozen=True, slots=True)
class _Moment:
    """A commit that touched a group of files, what the group was called then, and the blobs that it had."""

    commit: git.Commit
    group: str
    files: Mapping[str, str]

    def tree(self, root: Path, group: str, names: Mapping[str, str]) -> FixedTree:
        """The files in the folder of ``group``, with prompts called as they are now."""
        data = git.blobs(root, self.files.values())
        files = {_inside(path, self.group, group): data[blob] for path, blob in self.files.items()}
        return FixedTree({path: with_new_names(path, text, names) for path, text in files.items()})


def _moments(root: Path, names: Mapping[str, str]) -> dict[str, list[_Moment]]:
    """The commits that touched each group of files, oldest first, by what the group was called last.

    A folder that went with the name of its prompt, or that has the same files elsewhere, is the same group.
    """
    found: dict[str, list[_Moment]] = {}
    there: dict[str, dict[str, str]] = {}
    for commit, changes in groupby(history(root, [EVALS, *FILES]), key=lambda item: item.commit):
        before: dict[str, dict[str, str]] = {}
        for item in changes:
            group = group_of(item.path)
            files = there.setdefault(group, {})
            before.setdefault(group, dict(files))
            files.pop(item.path, None)
            if item.blob:
                files[item.path] = item.blob
        fresh = [group for group, files in before.items() if not files and there[group]]
        for gone in [group for group, files in before.items() if files and not there[group]]:
            was = _Moment(commit, gone, before[gone])
            now = next(
                (new for new in fresh if _same(root, was, _Moment(commit, new, there[new]), names)), None
            )
            if now is not None:
                # Of several folders that went, only one can be what the new one was.
                fresh.remove(now)
                found[now] = found.pop(gone)
                # That it went is no moment of its own: the group goes on under the new name.
                del before[gone]
        for group in before:
            found.setdefault(group, []).append(_Moment(commit, group, dict(there[group])))
    return found


def _same(root: Path, was: _Moment, now: _Moment, names: Mapping[str, str]) -> bool:
    if names.get(was.group) == now.group:
        return True
    return was.tree(root, now.group, names).files == now.tree(root, now.group, names).files


def _inside(path: str, old: str, new: str) -> str:
    """A path of one group's folder as one of another's."""
    return (
        path.replace(f"{EVALS}/{old}/", f"{EVALS}/{new}/", 1) if path.startswith(f"{EVALS}/{old}/") else path
    )


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
        if not isinstance(other, _OfSuite):
            return []
        of_suite = suite_loosened(self.suite, other.suite, self.seen) if self.suite else ()
        return [*of_suite, *labels_loosened(self.name, self.labels, other.labels)]


def _state(registry: Registry, name: str, tree: FixedTree) -> _State:
    """What files of a group say. Raises InvalidFiles."""
    if not name:
        file = next((path for path in FILES if path in tree.files), FILES[0])
        return _OfSettings(load_config(tree), file)
    then = Registry(tree)
    suite = then.suite(name) if name in then.suite_names() else None
    return _OfSuite(name, suite, then.labels(name), seen_inputs(registry, suite) if suite else set())

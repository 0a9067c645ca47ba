"""What Git knows of a registry: who added each version, and where each alias pointed when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cuebook.core import git, refs
from cuebook.core.errors import GitError
from cuebook.core.layout import ALIASES, META, aliases_path
from cuebook.publish.endings import endings, joined_endings
from cuebook.registry import overrides
from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.layout_history import history
from cuebook.registry.paths import PROMPTS, version_path
from cuebook.registry.reader import Registry
from cuebook.registry.renames import former_names
from cuebook.registry.version_files import read_pointers
from cuebook.shapes.moves import AliasMove, Ending
from cuebook.shapes.shares import Share, SplitChange


@dataclass(frozen=True, slots=True)
class History:
    """What Git knows: which commit added each version file, and each prompt's alias moves, ended versions and
    changes of what a share of units tries, newest first.

    Of an override it is the commit that changed it last: that is when it was confirmed.
    """

    added: Mapping[str, git.Commit] = field(default_factory=dict)
    moves: Mapping[str, list[AliasMove]] = field(default_factory=dict)
    ended: Mapping[str, list[Ending]] = field(default_factory=dict)
    splits: Mapping[str, list[SplitChange]] = field(default_factory=dict)


def read_history(root: Path) -> History:
    """The history of ``prompts/`` on HEAD's first-parent line; empty outside a repository.

    Raises GitError in a shallow clone, where every version would seem to come from the newest commit.
    """
    changes = history(root, [PROMPTS, overrides.FOLDER])
    if changes:
        _refuse_shallow(root)
    added: dict[str, git.Commit] = {}
    aliases: dict[str, list[git.FileChange]] = {}
    metas: dict[str, list[git.FileChange]] = {}
    for change in changes:
        top, name, *rest = change.path.split("/")
        if top == overrides.FOLDER:
            added[change.path] = change.commit  # changes come oldest first: the last one confirmed it
        elif rest == [ALIASES]:
            aliases.setdefault(name, []).append(change)
        elif rest == [META]:
            metas.setdefault(name, []).append(change)
        # The first time counts: what was deleted and added again is as old as it was.
        elif len(rest) == 1 and change.status == "A" and refs.version_number(rest[0]):
            added.setdefault(change.path, change.commit)
    # All in one go: each call starts a process of Git.
    wanted = [change.blob for found in (*aliases.values(), *metas.values()) for change in found]
    data = git.blobs(root, [blob for blob in wanted if blob])
    states = {name: list(_states(found, data)) for name, found in aliases.items()}
    moves = {name: alias_moves(_uses(found)) for name, found in states.items()}
    splits = {name: made for name, found in states.items() if (made := split_changes(found))}
    ended = {name: gone for name, found in metas.items() if (gone := endings(found, data))}
    return History(added, moves, ended, splits)


def with_past(history: History, registry: Registry) -> History:
    """The history with what renamed prompts were before, under the names that they have now."""
    added, moves, ended = dict(history.added), dict(history.moves), dict(history.ended)
    splits = dict(history.splits)
    for name in registry.names():
        for old in former_names(registry, name):
            if gone := joined_endings(history.ended.get(old, []), ended.get(name, [])):
                ended[name] = gone
            if old in history.splits:
                found = [*history.splits[old], *splits.get(name, [])]
                splits[name] = sorted(found, key=lambda change: change.time, reverse=True)
        former = [old for old in former_names(registry, name) if history.moves.get(old)]
        # From the latest former name back: each joins what came after it.
        for old in sorted(former, key=lambda old: history.moves[old][0].time, reverse=True):
            moves[name] = _joined(history.moves[old], moves.get(name, []))
        for number in registry.numbers(name):
            paths = [version_path(known, number) for known in (*former_names(registry, name), name)]
            known = [history.added[path] for path in paths if path in history.added]
            if known:
                # A rename adds each file again; the version is as old as its first commit.
                added[version_path(name, number)] = min(known, key=lambda commit: commit.time)
    return History(added, moves, ended, splits)


def _joined(before: list[AliasMove], after: list[AliasMove]) -> list[AliasMove]:
    """The moves under two names, newest first; the commit that renamed moved only what points elsewhere."""
    left = {(move.commit, move.alias): move.previous for move in before if move.version is None}
    joined = []
    for move in after:
        previous = left.pop((move.commit, move.alias), None) if move.previous is None else None
        if previous is None or previous != move.version:
            joined.append(move.model_copy(update={"previous": previous}) if previous else move)
    return joined + [move for move in before if move.version or (move.commit, move.alias) in left]


def _refuse_shallow(root: Path) -> None:
    if git.is_shallow(root):
        what = "this clone is shallow: it cannot tell who added a version or moved an alias"
        raise GitError(what, "fetch the whole history: git fetch --unshallow")


def moves_at(root: Path, revision: str) -> dict[str, list[AliasMove]]:
    """The alias moves of each prompt on a revision's first-parent line, newest first. Raises GitError."""
    changes: dict[str, list[git.FileChange]] = {}
    for change in history(root, [f":(glob){aliases_path('*')}"], revision):
        changes.setdefault(change.path.split("/")[1], []).append(change)
    if changes:
        _refuse_shallow(root)
    data = git.blobs(root, [change.blob for found in changes.values() for change in found if change.blob])
    return {name: alias_moves(_uses(_states(found, data))) for name, found in changes.items()}


def _states(
    changes: Iterable[git.FileChange], data: Mapping[str, bytes]
) -> Iterator[tuple[git.Commit, dict[str, Pointer]]]:
    """What ``aliases.yml`` said after each commit; a state that cannot be read moved nothing."""
    for change in changes:
        pointers, problems = read_pointers(data[change.blob], change.path) if change.blob else ({}, [])
        if not problems:
            yield change.commit, pointers


def _uses(
    states: Iterable[tuple[git.Commit, Mapping[str, Pointer]]],
) -> Iterator[tuple[git.Commit, dict[str, int]]]:
    for commit, pointers in states:
        yield commit, {alias: pointer.use for alias, pointer in pointers.items()}


def split_changes(states: Iterable[tuple[git.Commit, Mapping[str, Pointer]]]) -> list[SplitChange]:
    """Each change of what a share of units tries, newest first; ``states`` as of ``alias_moves``."""
    changes: list[SplitChange] = []
    before: Mapping[str, Pointer] = {}
    for commit, after in states:
        for alias in sorted({*before, *after}):
            was, now = _shares(before.get(alias)), _shares(after.get(alias))
            if was != now:
                change = SplitChange(
                    alias=alias,
                    version=after[alias].use if alias in after else None,
                    tries=now,
                    previous=was,
                    commit=commit.sha,
                    author=commit.author,
                    time=commit.time,
                    subject=commit.subject,
                )
                changes.append(change)
        before = after
    return changes[::-1]


def _shares(pointer: Pointer | None) -> list[Share]:
    tries = pointer.tries if pointer else {}
    return [Share(version=number, share=share) for number, share in tries.items()]


def alias_moves(states: Iterable[tuple[git.Commit, Mapping[str, int]]]) -> list[AliasMove]:
    """Each change between one state of ``aliases.yml`` and the next, newest first.

    ``states`` come oldest first, each with the commit that made it.
    """
    moves: list[AliasMove] = []
    before: Mapping[str, int] = {}
    for commit, after in states:
        for alias in sorted({*before, *after}):
            if before.get(alias) != after.get(alias):
                move = AliasMove(
                    alias=alias,
                    version=after.get(alias),
                    previous=before.get(alias),
                    commit=commit.sha,
                    author=commit.author,
                    time=commit.time,
                    subject=commit.subject,
                )
                moves.append(move)
        before = after
    return moves[::-1]

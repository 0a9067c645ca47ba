"""One file per scorer: what a sample is worth, on [0, 1]. Found by a folder scan; the file's name counts.

Other distributions add scorers through the entry-point group ``cuebook.scorers``: their entry's name counts.
A repository adds its own by its settings: the name of the file counts. See ``offer``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Literal, TypeAlias

from cuebook.core import plugins
from cuebook.core.errors import InvalidFiles, Problem, UsageError
from cuebook.core.files import Tree
from cuebook.registry import apps, scorer_names
from cuebook.registry.scorer_names import GROUP, built_in, listed, name_of
from cuebook.scorers._base import (
    Asked,
    Context,
    NoParameters,
    ScoreKind,
    Scorer,
    expectation,
    failed,
    judge_scorer,
    measured,
    not_applicable,
    scorer,
)
from cuebook.scorers._own import FOLDER, OwnScorer, UnsteadyScorer, read_own
from cuebook.scorers._turns import over_turns, scored_turns
from cuebook.shapes.run import Score
from cuebook.wording.own_scorers import own_scorer_problem

__all__ = [
    "Asked",
    "FOLDER",
    "Context",
    "NoParameters",
    "Score",
    "ScoreKind",
    "Scorer",
    "UnsteadyScorer",
    "built_in",
    "exists",
    "is_known",
    "expectation",
    "failed",
    "find",
    "judge_scorer",
    "measured",
    "names",
    "not_applicable",
    "offer",
    "own_changes",
    "own_digests",
    "own_names",
    "own_problems",
    "over_turns",
    "plugin_of",
    "scored_turns",
    "scorer",
    "sources",
    "unknown",
]


ScorerChange: TypeAlias = Literal["new", "changed", "gone"]


def names() -> tuple[str, ...]:
    """Every scorer's name, those of plug-ins too, sorted."""
    return tuple(sorted({*built_in(), *plugins.names(GROUP)}))


def exists(name: str) -> bool:
    """Whether a scorer of Cuebook or of a package has this name."""
    return name in built_in() or bool(plugins.source(GROUP, name))


def unknown(name: str, own: Iterable[str] = (), tree: Tree | None = None) -> UsageError:
    """The error for a name that no scorer has, with the plug-in to install or the nearest one there is."""
    return scorer_names.unknown(name, sorted({*names(), *own}), tree)


def is_known(name: str) -> bool:
    """Whether ``find`` finds one: also the repository's own, where the tree offered has it."""
    return exists(name) or name in _of_repository()


def plugin_of(name: str) -> str:
    """Name and version of the plug-in that offers a scorer, of one's own its path and digest; else empty."""
    if name in built_in():
        return ""
    return _of_repository()[name].source if name in _of_repository() else plugins.source(GROUP, name)


_offered: list[Tree] = []


def offer(tree: Tree | None) -> None:
    """Take the repository's own scorers, and its apps, from this tree from now on, when a suite's turn comes.

    Whoever judges a change offers the tree from before it, so that no change decides about itself. None
    offers nothing.
    """
    _offered[:] = [tree] if tree else []
    apps.offer(tree)
    _of_repository.cache_clear()
    find.cache_clear()


@cache
def _of_repository() -> dict[str, OwnScorer]:
    return read_own(_offered[0])[0] if _offered else {}


def own_names(tree: Tree) -> set[str]:
    """What suites of a tree may call its own scorers, by its settings."""
    return {name_of(path) for path in listed(tree)}


def sources() -> dict[str, str]:
    """Every scorer's name with where it is from: Cuebook, a package and its version, or a file and digest."""
    return {name: plugin_of(name) or "Cuebook" for name in sorted({*names(), *_of_repository()})}


def own_changes(before: Tree, after: Tree) -> list[tuple[str, ScorerChange]]:
    """The paths of own scorers that are new, changed or gone in a tree."""
    old, new = ({path: tree.read(path) for path in listed(tree)} for tree in (before, after))
    found: dict[str, ScorerChange] = dict.fromkeys(new.keys() - old.keys(), "new")
    found |= dict.fromkeys(old.keys() - new.keys(), "gone")
    found |= {path: "changed" for path in old.keys() & new.keys() if old[path] != new[path]}
    return sorted(found.items())


def own_digests(tree: Tree) -> dict[str, str]:
    """The SHA-256 of each own scorer of a tree, by its name: what makes the same answer score otherwise."""
    return {name: own.digest for name, own in read_own(tree)[0].items()}


def own_problems(tree: Tree) -> list[Problem]:
    """What is wrong of a tree's own scorers, as far as it can be seen without running one."""
    return read_own(tree, names())[1]


@cache
def find(name: str) -> Scorer:
    """The scorer of this name; neither a plug-in nor a repository can take the name of one of ours.

    Raises UsageError, BrokenPlugin for a plug-in that cannot be loaded, and InvalidFiles for an own one.
    """
    if name in built_in():
        member: Scorer = importlib.import_module(f"{__name__}.{name}").score
        return member
    if (own := _of_repository().get(name)) is not None:
        # Neither of two may win: which one scored would depend on what happens to be installed.
        if other := plugins.source(GROUP, name):
            taken = own_scorer_problem("scorer_name_of_plugin", own.path, plugin=other, name=name)
            raise InvalidFiles([taken])
        from cuebook.scorers._apart import load  # few repositories have one

        return load(own)
    if not exists(name):
        raise unknown(name, _of_repository(), _offered[0] if _offered else None)
    return replace(plugins.load(GROUP, name, Scorer), name=name)

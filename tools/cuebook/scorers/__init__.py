"""One file per scorer: what a sample is worth, on [0, 1]. Found by a folder scan; the file's name counts.

Other distributions add scorers through the entry-point group ``cuebook.scorers``: their entry's name counts.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from functools import cache

from cuebook.core import plugins
from cuebook.core.errors import UsageError, did_you_mean
from cuebook.scorers._base import (
    Asked,
    Context,
    NoParameters,
    ScoreKind,
    Scorer,
    failed,
    judge_scorer,
    measured,
    not_applicable,
    scorer,
)
from cuebook.shapes.run import Score

__all__ = [
    "Asked",
    "Context",
    "NoParameters",
    "Score",
    "ScoreKind",
    "Scorer",
    "built_in",
    "exists",
    "failed",
    "find",
    "judge_scorer",
    "measured",
    "names",
    "not_applicable",
    "plugin_of",
    "scorer",
]


GROUP: plugins.Group = "cuebook.scorers"


@cache
def built_in() -> tuple[str, ...]:
    """The names of the scorers of this folder, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def names() -> tuple[str, ...]:
    """Every scorer's name, those of plug-ins too, sorted."""
    return tuple(sorted({*built_in(), *plugins.names(GROUP)}))


def exists(name: str) -> bool:
    """Whether a scorer has this name."""
    return name in built_in() or bool(plugin_of(name))


def plugin_of(name: str) -> str:
    """Name and version of the plug-in that offers a scorer; empty for one of ours or of nobody's."""
    return "" if name in built_in() else plugins.source(GROUP, name)


@cache
def find(name: str) -> Scorer:
    """The scorer of this name; a plug-in cannot take the name of one of ours.

    Raises UsageError, and BrokenPlugin for a plug-in that cannot be loaded.
    """
    if name in built_in():
        member: Scorer = importlib.import_module(f"{__name__}.{name}").score
        return member
    if not exists(name):
        raise UsageError(f"no scorer is called {name!r}", did_you_mean(name, names()))
    return replace(plugins.load(GROUP, name, Scorer), name=name)

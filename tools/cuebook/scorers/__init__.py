"""One file per scorer: what a sample is worth, on [0, 1]. Found by a folder scan; the file's name counts."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from cuebook.core.errors import UsageError, did_you_mean
from cuebook.scorers._base import Asked, Context, NoParameters, ScoreKind, Scorer

__all__ = ["Asked", "Context", "NoParameters", "ScoreKind", "Scorer", "find", "names"]


@cache
def names() -> tuple[str, ...]:
    """Every scorer's name, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


@cache
def find(name: str) -> Scorer:
    """The scorer of this name. Raises UsageError."""
    if name not in names():
        raise UsageError(f"no scorer is called {name!r}", did_you_mean(name, names()))
    member: Scorer = importlib.import_module(f"{__name__}.{name}").score
    return member

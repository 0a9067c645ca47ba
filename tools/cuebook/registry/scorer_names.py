"""List the names of scorers without importing them, for readers of suites."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath

from cuebook.core import family, plugins
from cuebook.core.errors import InvalidFiles, UsageError, did_you_mean
from cuebook.core.files import Tree
from cuebook.registry.settings import load_config, readable_config

GROUP: plugins.Group = "cuebook.scorers"


@cache
def built_in() -> tuple[str, ...]:
    """The names of the scorers that come with Cuebook, sorted."""
    return tuple(family.members([str(Path(__file__).parents[1] / "scorers")]))


def listed(tree: Tree) -> list[str]:
    """The paths of own scorers that the settings of a tree name; none where these cannot be read."""
    try:
        return list(load_config(tree).scorers)
    except InvalidFiles:
        return []


def name_of(path: str) -> str:
    """Return the name that suites use for the scorer of a file."""
    return PurePosixPath(path).stem


def known(tree: Tree) -> list[str]:
    """The scorers of Cuebook, of packages and of a tree's settings, sorted."""
    return sorted({*built_in(), *plugins.names(GROUP), *map(name_of, listed(tree))})


def packages(tree: Tree) -> dict[str, str]:
    """What pip installs for each plug-in that a tree's settings name, as far as these can be read."""
    return readable_config(tree).plugins


def unknown(name: str, names: list[str], tree: Tree | None) -> UsageError:
    """The error for a name that no scorer has: its plug-in is not installed, or the nearest of ``names``."""
    if wanted := packages(tree).get(name) if tree else None:
        return UsageError(f"no plug-in offers the scorer {name!r}", plugins.pip_install(wanted))
    return UsageError(f"no scorer is called {name!r}", did_you_mean(name, names))

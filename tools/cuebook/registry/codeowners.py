"""Read CODEOWNERS, to find the paths that need nobody's review."""

from __future__ import annotations

from collections.abc import Iterable

from cuebook.core.files import Tree
from cuebook.core.path_patterns import path_pattern

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order; the first file found is the only one used."""


def owners_of(top: Tree) -> tuple[str, str] | None:
    """Return path and text of the file that GitHub reads in a tree; None where there is none."""
    for place in PLACES:
        if (data := top.read(place)) is not None:
            return place, data.decode(errors="replace")
    return None


def unowned(text: str, paths: Iterable[str]) -> list[str]:
    """Return the paths without an owner; of all lines that match a path the last counts, as on GitHub."""
    rules = [
        (path_pattern(words[0]), bool(words[1:]))
        for words in (line.partition("#")[0].split() for line in text.splitlines())
        if words
    ]
    found = []
    for path in paths:
        owned = [has_owner for pattern, has_owner in rules if pattern.fullmatch(path)]
        if not owned or not owned[-1]:
            found.append(path)
    return found

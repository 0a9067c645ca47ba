"""Read CODEOWNERS, to find the paths that need nobody's review."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cuebook.core.files import Tree
from cuebook.core.path_patterns import path_pattern

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order; the first file found is the only one used."""

LARGEST = 3_000_000
"""Bytes of a file of owners that GitHub loads; of a larger one nobody is an owner."""
_OWNER = re.compile(r"@@?[\w-][\w.-]*(?:/[\w.-]+)*|[^@\s]+@[^@\s]+\.[^@\s]+", re.ASCII)
_GLOB = re.compile(r"[^!\[\]][^\[\]]*")


def owners_of(top: Tree) -> tuple[str, str] | None:
    """Return path and text of the file that GitHub reads in a tree; None where there is none."""
    for place in PLACES:
        if (data := top.read(place)) is not None:
            return place, data.decode(errors="replace") if len(data) <= LARGEST else ""
    return None


def unowned(text: str, paths: Iterable[str]) -> list[str]:
    """Return the paths without an owner; of all lines that match a path the last counts, as on GitHub.

    GitHub skips a line with a pattern or an owner that can be none, ends lines with a line feed alone, and
    takes no other white space than that of ASCII between words. On GitLab names have dots, and groups groups.
    """
    rules = [
        (path_pattern(glob.replace("\\ ", " ")), bool(owners))
        for glob, *owners in filter(None, map(_parts, text.split("\n")))
        if _GLOB.fullmatch(glob) and all(map(_OWNER.fullmatch, owners))
    ]
    rules.reverse()
    return [
        path
        for path in paths
        if not next((has_owner for pattern, has_owner in rules if pattern.fullmatch(path)), False)
    ]


def as_glob(path: str) -> str:
    """Return a path as a line of CODEOWNERS has it: a space in it would end it."""
    return path.replace(" ", "\\ ")


def _parts(line: str) -> list[str]:
    return re.findall(r"(?:\\ |[^ \t\r\f\v])+", line.partition("#")[0])

"""CODEOWNERS, as far as a registry needs it: which paths nobody must be asked about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cuebook.core.files import Tree

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order; the first file found is the only one used."""


def owners_of(top: Tree) -> tuple[str, str] | None:
    """The file that GitHub reads in a repository's tree, and what it says; None where there is none."""
    for place in PLACES:
        if (data := top.read(place)) is not None:
            return place, data.decode(errors="replace")
    return None


def unowned(text: str, paths: Iterable[str]) -> list[str]:
    """Those of the paths that have no owner; of the lines that match a path the last counts, as on GitHub."""
    rules = [
        (_pattern(words[0]), bool(words[1:]))
        for words in (line.partition("#")[0].split() for line in text.splitlines())
        if words
    ]
    found = []
    for path in paths:
        owned = [has_owner for pattern, has_owner in rules if pattern.fullmatch(path)]
        if not owned or not owned[-1]:
            found.append(path)
    return found


def _pattern(glob: str) -> re.Pattern[str]:
    """A line's pattern; a slash before its end ties it to the root, and a folder means all that is in it."""
    bare = glob.strip("/")
    parts = [_part(found) for found in re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|[^*?/]+|/", bare)]
    start = "" if "/" in glob.rstrip("/") else r"(?:.*/)?"
    # A star in the last place means the files of that folder only: GitHub's own documents say so.
    end = "" if bare.endswith("/*") else r"/.*" if glob.endswith("/") else r"(?:/.*)?"
    return re.compile(start + "".join(parts) + end, re.DOTALL)


def _part(found: str) -> str:
    known = {"**/": r"(?:.*/)?", "/**": r"/.*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return known.get(found) or re.escape(found)

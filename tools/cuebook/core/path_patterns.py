"""Patterns of paths, as CODEOWNERS and .gitignore write them."""

from __future__ import annotations

import re

_WILD = {"**/": r"(?:.*/)?", "/**": r"/.*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}


def path_pattern(glob: str) -> re.Pattern[str]:
    """Return the pattern that matches a whole path; a folder matches everything in it.

    A glob with a slash before its end is relative to the root, any other matches in every folder.
    """
    bare = glob.strip("/")
    found = re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|[^*?/]+|/", bare)
    parts = [_WILD.get(part) or re.escape(part) for part in found]
    start = "" if "/" in glob.rstrip("/") else r"(?:.*/)?"
    # A star in the last place means the files of that folder only: GitHub's own documents say so.
    end = "" if bare.endswith("/*") else r"/.*" if glob.endswith("/") else r"(?:/.*)?"
    return re.compile(start + "".join(parts) + end, re.DOTALL)

"""Patterns of paths, as CODEOWNERS and .gitignore write them."""

from __future__ import annotations

import re


def path_pattern(glob: str) -> re.Pattern[str]:
    """What matches a path whole; a slash before its end ties it to the root, a folder means all in it."""
    bare = glob.strip("/")
    parts = [_part(found) for found in re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|[^*?/]+|/", bare)]
    start = "" if "/" in glob.rstrip("/") else r"(?:.*/)?"
    # A star in the last place means the files of that folder only: GitHub's own documents say so.
    end = "" if bare.endswith("/*") else r"/.*" if glob.endswith("/") else r"(?:/.*)?"
    return re.compile(start + "".join(parts) + end, re.DOTALL)


def _part(found: str) -> str:
    known = {"**/": r"(?:.*/)?", "/**": r"/.*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return known.get(found) or re.escape(found)

"""Where a version's file uses a variable."""

from __future__ import annotations

import re


def variable_line(text: str, name: str) -> int:
    """Return the first line of a version's text that uses a variable; 0 where it comes with a fragment."""
    used = re.compile(rf"\{{[{{%][^}}]*\b{re.escape(name)}\b|\b(?:placeholder|image):\s*{re.escape(name)}\b")
    return next((at for at, line in enumerate(text.split("\n"), 1) if used.search(line)), 0)

"""Cut Markdown to a number of bytes, closing what it has opened."""

from __future__ import annotations

import re

LIMIT = 65_536
"""Bytes that GitHub takes for one comment."""

NOTICE = "_Cut here: the report is longer than a comment may be. `cuebook gate` prints it whole._"

_FENCE = re.compile(r"(`{3,})\w*$")
_ROOM = 2_048
"""Bytes that may be lost to cut before a code block, in place of inside it."""


def cut_markdown(text: str, limit: int = LIMIT) -> str:
    """Return the text, or as many of its lines as fit into ``limit`` bytes, and a line that says so.

    Open code blocks and ``<details>`` are closed. The cut falls outside a code block if one ends within
    reach. Knows fences and details as this package writes them: at the start of a line.
    """
    if len(text.encode()) <= limit:
        return text
    kept, tail = _kept(text.split("\n"), limit)
    return "\n".join([*kept, *tail])


def _kept(lines: list[str], limit: int) -> tuple[list[str], list[str]]:
    """The lines that fit, and what must follow them."""
    # The last place where a cut would do, outside a code block if one is near enough.
    best: tuple[int, list[str], bool] = (0, _tail("", 0), False)
    fence, open_details, used = "", 0, 0
    at_best = 0
    for count, line in enumerate(lines, 1):
        used += len(line.encode()) + 1
        # What looks like a tag inside a code block is text, and only its own fence ends it.
        if fence:
            fence = "" if line == fence else fence
        elif found := _FENCE.match(line):
            fence = found[1]
        else:
            open_details += (line == "<details>") - (line == "</details>")
        tail = _tail(fence, open_details)
        if used + len("\n".join(tail).encode()) > limit:
            break
        if not fence or not best[2] or used - at_best > _ROOM:
            best, at_best = (count, tail, not fence), used
    return lines[: best[0]], best[1]


def _tail(fence: str, open_details: int) -> list[str]:
    closing = [fence] if fence else []
    return [*closing, *["", "</details>"] * open_details, "", NOTICE, ""]

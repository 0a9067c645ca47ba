"""Tags of templates between braces, found in time that grows with the text and not with its square."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

ESCAPED = "\\{{"
"""Two braces that a backslash makes text."""
_START = re.compile(r"\{[{%]")


class TemplateTag(NamedTuple):
    """A tag: what opens it, what is inside, and where it is in the text."""

    opening: str
    inside: str
    start: int
    end: int


def tags(text: str, kinds: Sequence[tuple[str, str]], *, escaped: bool = False) -> Iterator[TemplateTag]:
    """Yield every tag of these kinds, each an opening and what closes it; the first kind that fits counts.

    Where they can be ``escaped``, a backslash and two braces are a tag of their own with nothing inside.
    A pattern such as ``{{.*?}}`` looks for an end from each opening again: hours, where none is closed.
    """
    # What is closed nowhere behind one place is closed nowhere behind a later one.
    never: set[str] = set()
    at = done = 0
    while found := _START.search(text, at):
        start = found.start()
        at = start + 1
        # A backslash that belongs to the tag before escapes nothing.
        if escaped and start > done and text.startswith(ESCAPED, start - 1):
            at = done = start + 2
            yield TemplateTag(ESCAPED, "", start - 1, done)
            continue
        for opening, closing in kinds:
            if closing in never or not text.startswith(opening, start):
                continue
            end = text.find(closing, start + len(opening))
            if end < 0:
                never.add(closing)
                continue
            at = done = end + len(closing)
            yield TemplateTag(opening, text[start + len(opening) : end], start, done)
            break

"""Lines of a report with styles in them.

A report has thousands, mostly printed without colour: so they are plain pieces here, and rich, whose lines
know how to be highlighted, justified and measured, is asked only where they are coloured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Self

from rich.cells import cell_len, chop_cells

_WORD = re.compile(r"\s*\S+\s*")


class StyledText:
    """One line: pieces of text, each with a style in rich's words, such as ``bold green``.

    ``style`` is that of the whole line, also of what is added to it.
    """

    __slots__ = ("pieces", "style")

    def __init__(self, text: str = "", style: str = "") -> None:
        self.style = style
        self.pieces = [(text, style)]

    @classmethod
    def assemble(cls, *parts: str | tuple[str, str]) -> Self:
        """Return a line of texts without a style and pairs of a text and its style."""
        made = cls()
        made.pieces = [(part, "") if isinstance(part, str) else part for part in parts]
        return made

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "".join([text for text, _ in self.pieces])

    @property
    def cell_len(self) -> int:
        """The columns that the line takes on a terminal, where some characters take two."""
        return _columns(self.plain)

    def append(self, text: str, style: str = "") -> Self:
        """Add a text. Returns the line itself."""
        self.pieces.append((text, f"{self.style} {style}" if self.style else style))
        return self

    def append_text(self, other: StyledText) -> Self:
        """Add what is in another line. Returns this line itself."""
        if self.style:
            self.pieces += [(text, f"{self.style} {style}") for text, style in other.pieces]
        else:
            self.pieces += other.pieces
        return self

    def wrapped(self, width: int) -> list[StyledText]:
        """Return the line in several of at most ``width`` columns, blanks at their ends not counted."""
        plain = self.plain
        # Most lines fit, and to look for places to break takes longest.
        if _columns(plain) <= width:
            return [self]
        ends = [*_breaks(plain, width), len(plain)]
        lines, at = [StyledText()], 0
        for text, style in self.pieces:
            done = 0
            while at + len(text) - done > ends[0]:
                end = done + ends.pop(0) - at
                lines[-1].pieces.append((text[done:end], style))
                lines.append(StyledText())
                at, done = at + end - done, end
            lines[-1].pieces.append((text[done:], style))
            at += len(text) - done
        return lines


def _columns(text: str) -> int:
    # What is ASCII takes a column a sign, as no line holds a control character; most lines are.
    return len(text) if text.isascii() else cell_len(text)


def _breaks(text: str, width: int) -> Iterator[int]:
    """Where a line is broken: before a word that has no room left, and inside one that fills a whole line."""
    # As rich does, which would break the same lines on a terminal with colour.
    used = 0
    columns = len if text.isascii() else _columns
    for found in _WORD.finditer(text):
        start, word = found.start(), found[0]
        needed = columns(word.rstrip())
        if needed <= width - used:
            used += columns(word)
            continue
        for part in chop_cells(word, width) if needed > width else [word]:
            if start:
                yield start
            start += len(part)
            used = columns(part)

"""Lines for a terminal: colour and width as standard output allows, columns lined up by hand."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from cuebook.reports._styled import StyledText
from cuebook.reports._text import no_commands
from cuebook.shapes.verdict import Outcome

PIPED_WIDTH = 100
"""Columns where no terminal says how wide it is: the longest ordinary row of a table fits."""
STYLES: dict[Outcome, str] = {"pass": "green", "fail": "red", "inconclusive": "yellow"}

# Sign for sign, so that columns stay; a zero-width space becomes a blank and breaks a command as well.
_PLAIN_MARKS = str.maketrans("✓✗●├┤─│┊┼−–·→…≥\u200b", "+x*||-|:+--->.> ")


@dataclass(frozen=True, slots=True)
class Screen:
    """What the text is made for. ``encoding`` is what its characters must fit into."""

    colour: bool
    width: int
    encoding: str


def screen() -> Screen:
    """Return what standard output can show: colour only on a terminal, and never with NO_COLOR.

    A terminal that says that it is dumb, such as an editor's, shows the codes themselves.
    """
    out = sys.stdout
    watched = out.isatty()
    width = shutil.get_terminal_size().columns if watched else PIPED_WIDTH
    colour = watched and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(colour, width, out.encoding or "utf-8")


def printed(lines: Iterable[StyledText], to: Screen) -> str:
    """Return the lines as text, none cut; commands to a workflow are broken, and characters made to fit."""
    made = (
        _coloured(lines, to.width) if to.colour else "".join([f"{each.plain.rstrip()}\n" for each in lines])
    )
    made = no_commands(made)
    try:
        made.encode(to.encoding)
    except UnicodeEncodeError:
        # An old console: our own marks have plain signs, what others wrote becomes question marks.
        return made.translate(_PLAIN_MARKS).encode(to.encoding, "replace").decode(to.encoding)
    return made


def _coloured(lines: Iterable[StyledText], width: int) -> str:
    # Only a person's terminal needs rich: importing it takes as long as all the rest of a report.
    from io import StringIO

    from rich.console import Console
    from rich.text import Text as Coloured

    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=True, color_system="standard", legacy_windows=False
    )
    for each in lines:
        # Text of others: markup, highlighting and emoji codes in it are text.
        line = Coloured.assemble(*each.pieces)
        line.rstrip()
        console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
    return out.getvalue()


def paragraph(text: StyledText, width: int, *, first: str = "", rest: str = "") -> list[StyledText]:
    """Return text wrapped to ``width`` columns, the first line after ``first``, the others after ``rest``."""
    # On a very narrow terminal a line too long is better than one word below the other.
    wrapped = text.wrapped(max(20, width - len(rest)))
    return [StyledText(rest if at else first).append_text(part) for at, part in enumerate(wrapped)]


def columns(
    rows: Sequence[Sequence[StyledText]], right: Iterable[int] = (), gap: int = 2
) -> list[StyledText]:
    """Return the cells of each row lined up; columns in ``right`` to the right. Nothing is cut."""
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    aligned_right = set(right)
    made = []
    for row in rows:
        made.append(StyledText())
        for at, cell in enumerate(row):
            room = " " * (widths[at] - cell.cell_len)
            if at in aligned_right:
                made[-1].append(room).append_text(cell)
            else:
                made[-1].append_text(cell).append(room)
            if at < len(row) - 1:
                made[-1].append(" " * gap)
    return made


def cut_to_width(text: str, width: int) -> str:
    """Return one line cut to ``width`` columns of a terminal, where some characters take two."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"


def padded(text: str, width: int) -> str:
    """Return one line cut or filled up to exactly ``width`` columns."""
    return set_cell_size(cut_to_width(text, width), width)

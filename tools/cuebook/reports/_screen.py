"""Lines for a terminal: colour and width as standard output allows, columns lined up by hand."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from cuebook.reports._text import no_commands
from cuebook.shapes.verdict import Outcome

PIPED_WIDTH = 100
STYLES: dict[Outcome, str] = {"pass": "green", "fail": "red", "inconclusive": "yellow"}

_PLAIN_MARKS = str.maketrans("✓✗●├┤─│┊┼−–·→…≥\u200b", "+x*||-|:+--->.> ")


@dataclass(frozen=True, slots=True)
class Screen:
    """What the text is made for. ``encoding`` is what its characters must fit into."""

    colour: bool
    width: int
    encoding: str


def screen() -> Screen:
    """Standard output as it is: colour only for a person's terminal, and never with NO_COLOR."""
    out = sys.stdout
    watched = out.isatty()
    width = shutil.get_terminal_size().columns if watched else PIPED_WIDTH
    return Screen(watched and not os.environ.get("NO_COLOR"), width, out.encoding or "utf-8")


def printed(lines: Iterable[Text], to: Screen) -> str:
    """The lines as text; long ones stay long. Commands to a workflow are broken, characters made to fit."""
    lines = list(lines)
    for each in lines:
        each.rstrip()
    if not to.colour:  # then a console adds nothing but time: half of what a long report takes
        return _fitting(no_commands("".join(f"{each.plain}\n" for each in lines)), to.encoding)
    out = io.StringIO()
    console = Console(
        file=out,
        width=to.width,
        force_terminal=to.colour,
        color_system="standard" if to.colour else None,
        legacy_windows=False,
    )
    for each in lines:
        console.print(each, soft_wrap=True, markup=False, highlight=False, emoji=False)
    return _fitting(no_commands(out.getvalue()), to.encoding)


def _fitting(text: str, encoding: str) -> str:
    """The text, in plain marks where the encoding cannot hold ours."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN_MARKS).encode(encoding, "replace").decode(encoding)
    return text


def paragraph(text: Text, width: int, *, first: str = "", rest: str = "") -> list[Text]:
    """Text wrapped to ``width`` columns, the first line after ``first``, the others after ``rest``."""
    if "\n" not in text.plain and text.cell_len <= max(20, width - len(rest)):
        return [Text(first).append_text(text)]
    wrapped = text.wrap(_wrapping(), max(20, width - len(rest)))
    return [Text(rest if at else first).append_text(part) for at, part in enumerate(wrapped)]


@cache
def _wrapping() -> Console:
    """What rich takes the rules of wrapping from; to make one takes longer than to wrap a paragraph."""
    return Console(file=io.StringIO(), legacy_windows=False)


def columns(rows: Sequence[Sequence[Text]], right: Iterable[int] = (), gap: int = 2) -> list[Text]:
    """The cells of each row lined up; columns in ``right`` to the right. Nothing is cut."""
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    aligned_right = set(right)
    made = []
    for row in rows:
        made.append(Text())
        for at, cell in enumerate(row):
            room = " " * (widths[at] - cell.cell_len)
            last = at == len(row) - 1
            padded = [Text(room), cell] if at in aligned_right else [cell, Text(room)]
            for part in [*padded, Text("" if last else " " * gap)]:
                made[-1].append_text(part)
    return made


def cut(text: str, width: int) -> str:
    """One line cut to ``width`` columns of a terminal, where some characters take two."""
    if Text(text).cell_len <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"


def padded(text: str, width: int) -> str:
    """One line cut or filled up to exactly ``width`` columns."""
    return set_cell_size(cut(text, width), width)

from __future__ import annotations

import subprocess
import sys

import pytest
from rich.console import Console
from rich.text import Text as RichText

from cuebook.reports._styled import StyledText

TEXTS = (
    "",
    "one",
    "The answer is worse than before, and nobody can say why that is so.",
    "a-word-of-many-letters-that-no-line-of-this-width-has-room-for and then some",
    "短い文ですが、行には収まりません。 And then some Latin words 🎉🎉🎉 e\u0301e\u0301.",
    " begins with blanks   and has  several in a row  ",
)


# A line of one column holds no sign that takes two: rich leaves it out there, and no report is so narrow.
@pytest.mark.parametrize("width", [2, 7, 20, 80])
@pytest.mark.parametrize("text", TEXTS)
def test_lines_are_broken_where_rich_breaks_them(text: str, width: int) -> None:
    rich = [line.plain.rstrip() for line in RichText(text).wrap(Console(), width)]
    assert [line.plain.rstrip() for line in StyledText(text).wrapped(width)] == rich


def test_every_piece_keeps_its_style_across_lines() -> None:
    line = (
        StyledText("PASS ", "bold")
        .append("qa/2 is not worse", "green")
        .append_text(StyledText(" than v1", "dim"))
    )
    pieces = [piece for part in line.wrapped(9) for piece in part.pieces if piece[0]]
    assert "".join(text for text, _ in pieces) == line.plain
    assert {style for _, style in pieces} == {"bold", "bold green", "bold dim"}


def test_width_is_that_of_the_terminal() -> None:
    assert StyledText.assemble("短い", ("ab", "dim")).cell_len == 6


def test_a_report_without_colour_needs_none_of_what_rich_colours_with() -> None:
    code = "import sys; from cuebook import reports; reports.render('terminal', []);"
    code += "print(sorted(name for name in sys.modules if name in ('rich.console', 'rich.text')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("[]\n")

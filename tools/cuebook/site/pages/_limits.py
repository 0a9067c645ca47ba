"""A picture of rates that must stay under a limit: a bar with a dot each, and the limit as a dashed line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from cuebook.site.pages._html import Child, Html, tag

_WIDTH = 440
_RIGHT = 404
_ROW = 36


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate in per cent with its label, and whether it is within the limit."""

    label: str
    value: float
    within: bool


def limits(rows: Sequence[Rate], most: float, title: str) -> Html:
    """Return one row a rate over an axis from zero in per cent; the number and a word are beside each bar."""
    bottom = _ROW * len(rows) + 4
    top = 20 * ceil(max(most, *(row.value for row in rows)) / 20)

    def x(value: float) -> str:
        # What is left is for the number and its word behind the longest bar.
        return f"{(_RIGHT - 60) * value / top + 2:.1f}"

    axis = [0.0, *(float(at) for at in range(20, top + 1, 20))]
    parts: list[Child] = [
        tag("line", x1=x(0), y1=4, x2=x(0), y2=bottom, class_="cb-zero"),
        tag("line", x1=x(most), y1=4, x2=x(most), y2=bottom, class_="cb-bound"),
        [_row(_ROW * at, row, x(0), x(row.value)) for at, row in enumerate(rows)],
        tag("line", x1=x(0), y1=bottom, x2=_RIGHT, y2=bottom, class_="cb-axis"),
        [
            tag("text", f"{at:g}%", x=x(at), y=bottom + 16, class_="cb-tick" if at else "cb-tick cb-start")
            for at in axis
        ],
    ]
    said = ". ".join(f"{row.label}: {_said(row)}" for row in rows)
    return tag(
        "svg",
        tag("title", title),
        tag("desc", f"Limit {most:g}%. {said}"),
        parts,
        viewBox=f"0 0 {_WIDTH} {bottom + 22}",
        class_="cb-chart",
        role="img",
    )


def _row(top: int, row: Rate, left: str, right: str) -> Html:
    y = top + 27
    return tag(
        "g",
        tag("text", row.label, x=8, y=top + 16, class_="cb-name"),
        tag("line", x1=left, y1=y, x2=right, y2=y, class_="cb-bar"),
        tag("circle", cx=right, cy=y, r=5, class_="cb-dot"),
        tag("text", _said(row), x=f"{float(right) + 10:.1f}", y=y + 4),
        class_="cb-pass" if row.within else "cb-fail",
    )


def _said(row: Rate) -> str:
    # Colour alone would tell it to some readers only.
    return f"{row.value:.1f}%" if row.within else f"{row.value:.1f}%, over"

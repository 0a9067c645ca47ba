"""A trend over positions as inline SVG, for rates of one and the same thing.

Colours come from style sheet classes, so they follow light and dark. The picture has a title and a
description; the numbers are in a table beside it, which is the caller's part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from cuebook.core.escape import shorten
from cuebook.site.pages._html import Child, Html, tag

WIDTH = 440
_PAD = 14
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One line of a trend: a value for each position; None where there is none."""

    label: str
    values: Sequence[float | None]


def trend(positions: Sequence[str], series: Sequence[TrendLine], title: str) -> Html:
    """Return lines over positions from left to right."""
    # At the right is room for the lines' names, below for the positions'.
    height, right, bottom = 210, 166, 170
    values = [value for line in series for value in line.values if value is not None]
    low, high, step = _range(values, 4, within=(0.0, 100.0))
    span = WIDTH - _PAD - 30 - right

    def x(at: int) -> float:
        return 38 + (span * at / (len(positions) - 1) if len(positions) > 1 else span / 2)

    def y(value: float) -> float:
        return 12 + (bottom - 12) * (high - value) / (high - low)

    grid = [low + step * n for n in range(round((high - low) / step) + 1)]
    levels = [f"{y(at):.1f}" for at in grid]
    every = ceil(len(positions) / 8)  # names of more positions than eight would overlap
    parts: list[Child] = [
        [tag("line", x1="34", y1=y1, x2=str(WIDTH - right), y2=y1, class_="cb-grid") for y1 in levels],
        [_label(f"{at:g}", "28", y(at) + 4, "cb-tick cb-end") for at in grid],
        [
            _label(words, f"{x(at):.1f}", bottom + 20, "cb-tick")
            for at, words in enumerate(positions)
            if at % every == 0
        ],
        # The style sheet has four kinds of lines, each with its own dashes beside its colour.
        [_series(n % 4, line, x, y) for n, line in enumerate(series)],
        _names(series, y),
    ]
    said = ". ".join(f"{line.label}: {_read_out(positions, line)}" for line in series)
    return _picture(parts, title, said, WIDTH, height)


def _series(style: int, line: TrendLine, x: Callable[[int], float], y: Callable[[float], float]) -> Html:
    # Lines of one picture stand a little apart, or their bars would hide each other.
    aside = 3 * style
    spots = [(x(at) + aside, y(value)) for at, value in enumerate(line.values) if value is not None]
    path = "M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in spots)
    dots = [tag("circle", cx=f"{left:.1f}", cy=f"{top:.1f}", r=4) for left, top in spots]
    return tag("g", tag("path", d=path), dots, class_=f"cb-line cb-line-{style}")


def _names(series: Sequence[TrendLine], y: Callable[[float], float]) -> list[Html]:
    """Each line's name at its right end, pushed apart where two would overlap."""
    last = [next((v for v in reversed(line.values) if v is not None), 0.0) for line in series]
    order = sorted(range(len(series)), key=lambda n: y(last[n]))
    names, floor_y = [], -99.0  # above every line, so that the first name is where its line ends
    for n in order:
        floor_y = max(y(last[n]) + 4, floor_y + 15)
        words = f"{shorten(series[n].label, 18)} {last[n]:.0f}"
        names.append(tag("text", words, x=WIDTH - 158, y=f"{floor_y:.1f}", class_=f"cb-key cb-key-{n % 4}"))
    return names


def _picture(parts: Sequence[Child], title: str, said: str, width: int, height: int) -> Html:
    return tag(
        "svg",
        tag("title", title),
        tag("desc", said),
        *parts,
        viewBox=f"0 0 {width} {height}",
        class_="cb-chart",
        role="img",
    )


def _label(words: str, x: str, y: float, kind: str) -> Html:
    return tag("text", words, x=x, y=f"{y:.1f}", class_=kind)


def _range(
    values: Sequence[float], most: int, within: tuple[float, float] | None = None
) -> tuple[float, float, float]:
    """Axis ends and step: round numbers around the values, at most ``most`` + 1 steps apart."""
    # Values close to each other get room around them: a small change must not look like a large one.
    margin = 5.0 if within and max(values) - min(values) < 10 else 0.0
    low, high = min(values) - margin, max(values) + margin
    step = next((s for s in _STEPS if (high - low) / s <= most), _STEPS[-1])
    start, end = step * floor(low / step), step * ceil(high / step)
    if within:
        start, end = max(start, within[0]), min(end, within[1])
    return float(start), float(end if end > start else start + step), float(step)


def _read_out(positions: Sequence[str], line: TrendLine) -> str:
    pairs = zip(positions, line.values, strict=True)
    return ", ".join(f"{words} {value:.1f}" for words, value in pairs if value is not None)

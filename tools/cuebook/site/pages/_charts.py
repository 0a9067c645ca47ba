"""Pictures as inline SVG: an interval as a dot with a bar, a trend over versions, a sparkline.

Colours come from style sheet classes, so they follow light and dark. Each picture has a title and a
description; the numbers stand in a table beside it, which is the caller's part. Values are score points
(100 is a full score).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from cuebook.core.escape import shorten
from cuebook.core.format import tick
from cuebook.site.pages._html import Child, Html, tag

WIDTH = 440
_PAD = 14
_ROW = 48
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)


@dataclass(frozen=True, slots=True)
class Interval:
    """A dot with a bar. ``bound`` is the largest accepted loss (below zero), None where there is none."""

    label: str
    outcome: str
    mean: float
    lower: float
    upper: float
    bound: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a trend: a value for each position, and its interval; None where there is none."""

    label: str
    values: Sequence[float | None]
    intervals: Sequence[tuple[float, float] | None] = ()

    def interval(self, at: int) -> tuple[float, float] | None:
        """The interval at a position."""
        return self.intervals[at] if self.intervals else None


def intervals(rows: Sequence[Interval], title: str) -> Html:
    """One row an interval over a common axis in points, with the zero line and each margin marked."""
    marks = [value for row in rows for value in (row.lower, row.upper, row.bound or 0.0)]
    low, high, step = _range([0.0, *marks], 5)
    bottom = _ROW * len(rows) + 8

    def x(value: float) -> str:
        return f"{_PAD + (WIDTH - 2 * _PAD) * (value - low) / (high - low):.1f}"

    ticks = [low + step * n for n in range(round((high - low) / step) + 1)]
    parts: list[Child] = [
        _line(x(0), "0", x(0), str(bottom), "cb-zero"),
        [_row(_ROW * at, row, x) for at, row in enumerate(rows)],
        _line(str(_PAD), str(bottom), str(WIDTH - _PAD), str(bottom), "cb-axis"),
        [_label(tick(at), x(at), bottom + 16, "cb-tick") for at in ticks],
        tag("text", "worse", x=_PAD, y=bottom + 32, class_="cb-tick cb-start"),
        tag("text", "better", x=WIDTH - _PAD, y=bottom + 32, class_="cb-tick cb-end"),
    ]
    said = ". ".join(f"{row.label}: {row.words}" for row in rows)
    return _picture(parts, title, said, WIDTH, bottom + 38)


def _row(top: int, row: Interval, x: Callable[[float], str]) -> Html:
    y = top + 32
    bound = _line(x(row.bound), str(top + 20), x(row.bound), str(top + 44), "cb-bound") if row.bound else None
    lower, upper = x(row.lower), x(row.upper)
    return tag(
        "g",
        tag("text", shorten(row.label, 50), x=0, y=top + 14, class_="cb-name"),
        bound,
        _line(lower, str(y), upper, str(y), "cb-bar"),
        [_line(end, str(y - 5), end, str(y + 5), "cb-bar") for end in (lower, upper)],
        tag("circle", cx=x(row.mean), cy=y, r=6, class_="cb-dot"),
        class_=f"cb-{row.outcome}",
    )


def trend(positions: Sequence[str], series: Sequence[Series], marked: str | None, title: str) -> Html:
    """Lines over positions from left to right; ``marked`` is the position that is live."""
    height, right, bottom = 210, 166, 170
    values = [value for line in series for value in line.values if value is not None]
    values += [end for line in series for ends in line.intervals if ends for end in ends]
    low, high, step = _range(values, 4, within=(0.0, 100.0))
    span = WIDTH - _PAD - 30 - right

    def x(at: int) -> float:
        return 38 + (span * at / (len(positions) - 1) if len(positions) > 1 else span / 2)

    def y(value: float) -> float:
        # An interval of a difference may reach beyond the scores there are; the picture ends where they do.
        return 12 + (bottom - 12) * (high - min(max(value, low), high)) / (high - low)

    grid = [low + step * n for n in range(round((high - low) / step) + 1)]
    every = ceil(len(positions) / 8)
    parts: list[Child] = [
        [_line("34", f"{y(at):.1f}", str(WIDTH - right), f"{y(at):.1f}", "cb-grid") for at in grid],
        [_label(f"{at:g}", "28", y(at) + 4, "cb-tick cb-end") for at in grid],
        [
            _label(words, f"{x(at):.1f}", bottom + 20, "cb-tick cb-live" if words == marked else "cb-tick")
            for at, words in enumerate(positions)
            if at % every == 0 or words == marked
        ],
        [_series(n % 4, line, x, y) for n, line in enumerate(series)],
        _names(series, y),
    ]
    said = ". ".join(f"{line.label}: {_read_out(positions, line)}" for line in series)
    return _picture(parts, title, said, WIDTH, height)


def _series(style: int, line: Series, x: Callable[[int], float], y: Callable[[float], float]) -> Html:
    # Lines of one picture stand a little apart, or their bars would hide each other.
    aside = 3 * style
    spots = [(x(at) + aside, y(value)) for at, value in enumerate(line.values) if value is not None]
    bars = [
        _line(
            f"{x(at) + aside:.1f}",
            f"{y(ends[0]):.1f}",
            f"{x(at) + aside:.1f}",
            f"{y(ends[1]):.1f}",
            "cb-whisker",
        )
        for at in range(len(line.values))
        if (ends := line.interval(at))
    ]
    path = "M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in spots)
    dots = [tag("circle", cx=f"{left:.1f}", cy=f"{top:.1f}", r=4) for left, top in spots]
    return tag("g", bars, tag("path", d=path), dots, class_=f"cb-line cb-line-{style}")


def _names(series: Sequence[Series], y: Callable[[float], float]) -> list[Html]:
    """Each line's name at its right end, pushed apart where two would overlap."""
    last = [next((v for v in reversed(line.values) if v is not None), 0.0) for line in series]
    order = sorted(range(len(series)), key=lambda n: y(last[n]))
    names, floor_y = [], -99.0
    for n in order:
        floor_y = max(y(last[n]) + 4, floor_y + 15)
        words = f"{shorten(series[n].label, 18)} {last[n]:.0f}"
        names.append(tag("text", words, x=WIDTH - 158, y=f"{floor_y:.1f}", class_=f"cb-key cb-key-{n % 4}"))
    return names


def sparkline(values: Sequence[float], title: str, marked: int = -1) -> Html:
    """A trend as small as a word, with a dot at the value of position ``marked``."""
    low, high = min(values), max(values)
    spread = max(high - low, 4.0)
    middle = (low + high) / 2

    def y(value: float) -> float:
        return 12 - 16 * (value - middle) / spread

    step = 84 / max(len(values) - 1, 1)
    spots = [f"{6 + step * at:.1f} {y(value):.1f}" for at, value in enumerate(values)]
    left, top = spots[marked].split()
    parts = [
        tag("path", d="M" + "L".join(spots), class_="cb-spark"),
        tag("circle", cx=left, cy=top, r=3, class_="cb-spark-end"),
    ]
    return tag("svg", tag("title", title), parts, viewBox="0 0 96 24", class_="cb-sparkline", role="img")


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


def _line(x1: str, y1: str, x2: str, y2: str, kind: str) -> Html:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def _label(words: str, x: str, y: float, kind: str) -> Html:
    return tag("text", words, x=x, y=f"{y:.1f}", class_=kind)


def _range(
    values: Sequence[float], most: int, within: tuple[float, float] | None = None
) -> tuple[float, float, float]:
    """Axis ends and step: round numbers around the values, at most ``most`` + 1 steps apart."""
    margin = 5.0 if within and max(values) - min(values) < 10 else 0.0
    low, high = min(values) - margin, max(values) + margin
    step = next((s for s in _STEPS if (high - low) / s <= most), _STEPS[-1])
    start, end = step * floor(low / step), step * ceil(high / step)
    if within:
        start, end = max(start, within[0]), min(end, within[1])
    return float(start), float(end if end > start else start + step), float(step)


def _read_out(positions: Sequence[str], line: Series) -> str:
    said = []
    for at, (words, value) in enumerate(zip(positions, line.values, strict=True)):
        if value is not None:
            ends = line.interval(at)
            said.append(f"{words} {value:.1f}{f' (from {ends[0]:.1f} to {ends[1]:.1f})' if ends else ''}")
    return ", ".join(said)

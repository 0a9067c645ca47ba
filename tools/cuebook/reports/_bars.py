"""Intervals drawn with characters: a dot on a bar, against zero or a floor, and what is accepted below it.

Differences are drawn as differences, floors as the scores they are about: as the table beside them says it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor

from cuebook.core.format import tick
from cuebook.shapes.verdict import MetricResult

KEY = "● mean   ├─┤ interval   │ no change   ┊ largest loss accepted"
FLOORS_KEY = "● mean   ├─┤ interval   │ the floor"
ACCEPTED_KEY = "   ┊ floor minus accepted loss"
_STEP = 0.05
"""Of the scale: axes end at its multiples, so that bars of several reports are alike."""


def bars(metrics: Sequence[MetricResult], width: int) -> tuple[list[str], str]:
    """Return one bar a difference over a common axis of ``width`` columns, and the axis' labels beneath."""
    low, high = _range(metrics)
    at = _columns(low, high, width)
    # A margin of 0 is on the line of no change, which is drawn in any case.
    drawn = [
        _bar(width, at, (item.lower, item.mean, item.upper), 0.0, -item.bound or None) for item in metrics
    ]
    return drawn, _axis(low, high, width, at(0.0))


def floor_bars(metrics: Sequence[MetricResult], width: int, *, accepts: bool) -> tuple[list[str], str]:
    """Return one bar a floor over the scores from 0 to 100, of which an interval is cut to the scale.

    Where a floor ``accepts`` scores below it, how far is marked.
    """
    at = _columns(0.0, 1.0, width)
    drawn = [
        _bar(
            width,
            at,
            tuple(_on_scale(item.bound + distance) for distance in (item.lower, item.mean, item.upper)),
            _on_scale(item.bound),
            _on_scale(item.bound - item.accepted) if item.accepted and accepts else None,
        )
        for item in metrics
    ]
    middle = "50".center(width - len("0") - len("100"))
    return drawn, f"0{middle}100"


def _on_scale(score: float) -> float:
    return min(1.0, max(0.0, score))


def _columns(low: float, high: float, width: int) -> Callable[[float], int]:
    return lambda value: round((value - low) / (high - low) * (width - 1))


def _range(metrics: Sequence[MetricResult]) -> tuple[float, float]:
    """Both ends of the axis: whole steps around every interval, margin and zero, with room beyond zero."""
    marks = [value for item in metrics for value in (item.lower, item.mean, item.upper, -item.bound)]
    low, high = min([0.0, *marks]), max([0.0, *marks])
    room = max((high - low) / 10, _STEP)
    low, high = min(low, -room), max(high, room)
    # Rounded first: 0.1 + 0.05 is a little more than 0.15 and would take a step more at the end.
    return floor(round(low / _STEP, 6)) * _STEP, ceil(round(high / _STEP, 6)) * _STEP


def _bar(
    width: int, at: Callable[[float], int], ends: Sequence[float], line: float, limit: float | None
) -> str:
    """``ends`` are lower end, mean and upper end, held to a ``line``; they may miss it up to ``limit``."""
    lower, mean, upper = ends
    cells = [" "] * width
    # What is drawn later is seen where two fall into one column: the mean before all, then the line.
    left, right = sorted((at(lower), at(upper)))
    cells[left : right + 1] = "─" * (right - left + 1)
    cells[left], cells[right] = "├", "┤"
    if limit is not None:
        cells[at(limit)] = "┊"
    cells[at(line)] = "┼" if left < at(line) < right else "│"
    cells[at(mean)] = "●"
    return "".join(cells)


def _axis(low: float, high: float, width: int, zero: int) -> str:
    """Numbers at both ends and at zero; the words only where they fit."""
    left, right = tick(round(100 * low)), tick(round(100 * high))
    cells = list(left + " " * (width - len(left) - len(right)) + right)
    for at, words in (
        (zero, "0"),
        (len(left) + 1, "worse"),
        (width - len(right) - len("better "), "better"),
    ):
        if set(cells[at - 1 : at + len(words) + 1]) == {" "}:
            cells[at : at + len(words)] = words
    return "".join(cells)

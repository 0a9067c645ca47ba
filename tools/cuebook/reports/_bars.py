"""Intervals drawn with characters: a dot on a bar against zero and the largest accepted loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor

from cuebook.core.format import tick
from cuebook.shapes.verdict import MetricResult

KEY = "● mean   ├─┤ interval   │ no change, or the floor   ┊ largest loss accepted"
_STEP = 0.05


def bars(metrics: Sequence[MetricResult], width: int) -> tuple[list[str], str]:
    """One bar a metric over a common axis of ``width`` columns, and the axis' labels beneath."""
    low, high = _range(metrics)

    def column(value: float) -> int:
        return round((value - low) / (high - low) * (width - 1))

    return [_bar(metric, width, column(0), column) for metric in metrics], _axis(low, high, width, column(0))


def _range(metrics: Sequence[MetricResult]) -> tuple[float, float]:
    """Both ends of the axis: whole steps around every interval, margin and zero, with room beyond zero."""
    marks = [value for item in metrics for value in (item.lower, item.mean, item.upper, _margin(item))]
    low, high = min([0.0, *marks]), max([0.0, *marks])
    room = max((high - low) / 10, _STEP)
    low, high = min(low, -room), max(high, room)
    return floor(round(low / _STEP, 6)) * _STEP, ceil(round(high / _STEP, 6)) * _STEP


def _margin(metric: MetricResult) -> float:
    """Where a loss is no longer accepted."""
    return -metric.bound if metric.kind == "difference" else -(metric.accepted or 0.0)


def _bar(metric: MetricResult, width: int, zero: int, column: Callable[[float], int]) -> str:
    cells = [" "] * width
    left, right = sorted((column(metric.lower), column(metric.upper)))
    cells[left : right + 1] = "─" * (right - left + 1)
    cells[left], cells[right] = "├", "┤"
    if _margin(metric):
        cells[column(_margin(metric))] = "┊"
    cells[zero] = "┼" if left < zero < right else "│"
    cells[column(metric.mean)] = "●"
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

"""An interval of a difference as a picture: true to the number however large, negative or long it is.

Positions are per cent of the picture's width, so one drawing fits every column. What lies outside the
axis ends in an arrow at its edge; nothing is moved to where it is not. Values are points: 100 is a full
score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from cuebook.core.format import tick
from cuebook.shapes.verdict import MetricResult
from cuebook.site.pages._html import Child, Html, tag
from cuebook.wording.names import change_on_metric, margin

_HEIGHT = 30
_MIDDLE = 15
_NARROW = (20.0, 40.0)
"""Half widths that are tried before the whole scale: most steps between versions are small."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where the pictures of one table reach; zero is always within."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return where a value is, in per cent of the width; below 0 or above 100 when it is outside."""
        return 100 * (value - self.low) / (self.high - self.low)


def axis_for(metrics: Iterable[MetricResult]) -> Axis:
    """Return the axis on which all of these can be compared: as narrow as they allow."""
    ends = [100 * value for metric in metrics for value in (metric.lower, metric.upper, -metric.bound)]
    far = max((abs(value) for value in ends), default=0.0)
    half = next((width for width in _NARROW if far <= width), 100.0)
    if half < 100 or min(ends, default=0.0) >= 0:
        return Axis(-half, half)
    # A table of losses has no use for the empty right half.
    return Axis(-100.0, max(50.0, 50.0 * ceil(min(100.0, max(ends)) / 50)))


def scale(axis: Axis) -> Html:
    """Return the numbers above a column of pictures."""
    # Five numbers; four on the axis from -100 to 50, a quarter of which is not round.
    step = (axis.high - axis.low) / 4 if axis.high - axis.low != 150 else 50.0
    at = [axis.low + step * n for n in range(floor((axis.high - axis.low) / step) + 1)]
    # The outer numbers stay within the picture: half of each would be cut off.
    anchors = {axis.low: "start", axis.high: "end"}
    texts = [
        tag("text", tick(value), x=_at(axis, value), y=12, text_anchor=anchors.get(value, "middle"))
        for value in at
    ]
    # Each picture says its numbers itself to those who hear the page.
    return tag("svg", texts, class_="cb-pic cb-pic-axis", aria_hidden="true")


def axis_head(axis: Axis) -> list[Html]:
    """Return the head of a column of pictures: which way is better, and the numbers."""
    ways = tag("span", "\u2190 worse"), tag("span", "better \u2192")
    return [tag("span", ways, class_="cb-axis-words"), scale(axis)]


def picture(metric: MetricResult, axis: Axis, label: str) -> Html:
    """Return one test: its accepted loss as a zone, zero as a line, the mean as a dot on its interval."""
    mean, lower, upper = 100 * metric.mean, 100 * metric.lower, 100 * metric.upper
    bound = -100 * metric.bound
    said = f"{label}: {change_on_metric(metric)}; a loss of {margin(metric.bound)} is accepted"
    parts: list[Child] = [
        _zone(axis, bound),
        _upright(axis, bound, "cb-bound", 0, _HEIGHT),
        _upright(axis, 0.0, "cb-zero", 0, _HEIGHT),
        _bar(axis, lower, upper),
        [_end(axis, value) for value in (lower, upper)],
        tag("circle", cx=_at(axis, mean), cy=_MIDDLE, r="5.5", class_="cb-dot")
        if _shown(axis, mean)
        else None,
    ]
    return tag("svg", parts, class_=f"cb-pic cb-{metric.outcome}", role="img", aria_label=said)


def _at(axis: Axis, value: float) -> str:
    return f"{axis.place(value):.2f}%"


def _shown(axis: Axis, value: float) -> bool:
    return axis.low <= value <= axis.high


def _zone(axis: Axis, bound: float) -> Html | None:
    left = max(bound, axis.low)
    if left >= 0:
        return None
    width = axis.place(0.0) - axis.place(left)
    return tag("rect", x=_at(axis, left), y=0, width=f"{width:.2f}%", height=_HEIGHT, class_="cb-zone")


def _upright(axis: Axis, value: float, kind: str, top: int, bottom: int) -> Html | None:
    if not _shown(axis, value):
        return None
    return tag("line", x1=_at(axis, value), x2=_at(axis, value), y1=top, y2=bottom, class_=kind)


def _bar(axis: Axis, lower: float, upper: float) -> Html | None:
    left, right = max(lower, axis.low), min(upper, axis.high)
    # All of it is beyond the axis, which the arrows at the edge say.
    if left > right:
        return None
    return tag("line", x1=_at(axis, left), x2=_at(axis, right), y1=_MIDDLE, y2=_MIDDLE, class_="cb-bar")


def _end(axis: Axis, value: float) -> Html | None:
    """A short line where an interval ends, or an arrow at the edge beyond which it does."""
    if _shown(axis, value):
        return _upright(axis, value, "cb-end", _MIDDLE - 5, _MIDDLE + 5)
    right = value > axis.high
    # An svg of its own takes the arrow to the edge: a path cannot be placed in per cent.
    arrow = tag("path", d="M-7 9l7 6-7 6z" if right else "M7 9l-7 6 7 6z", class_="cb-arrow")
    return tag("svg", arrow, x="100%" if right else "0%", overflow="visible")


KEY = (
    "mean change and its interval",
    "accepted loss",
    "Pass: the whole bar right of the dashed line. Fail: the whole bar left of 0.",
)
"""What pictures of differences show, and how they are read."""


def key(words: Sequence[str]) -> Html:
    """Return what the parts of the pictures mean."""
    dot = tag(
        "svg",
        tag("line", x1=1, x2=25, y1=6, y2=6, class_="cb-bar"),
        tag("circle", cx=13, cy=6, r="4.5", class_="cb-dot"),
        viewBox="0 0 26 12",
        class_="cb-pic",
        aria_hidden="true",
    )
    zone = tag(
        "svg",
        tag("rect", x=6, y=0, width=14, height=12, class_="cb-zone"),
        tag("line", x1=6, x2=6, y1=0, y2=12, class_="cb-bound"),
        viewBox="0 0 26 12",
        class_="cb-pic",
        aria_hidden="true",
    )
    shown = [tag("span", picture, one) for picture, one in zip((dot, zone), words, strict=False)]
    return tag("div", shown, [tag("span", one) for one in words[2:]], class_="cb-key-row")

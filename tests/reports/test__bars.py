from __future__ import annotations

import pytest

from cuebook.reports._bars import bars
from cuebook.shapes.verdict import MetricResult
from verdicts import metric


def test_the_bar_shows_interval_zero_and_margin() -> None:
    drawn, axis = bars([metric("x", "fail", -0.07, -0.13, -0.01)], 41)
    assert axis.startswith("−15 worse ")
    assert axis.endswith(" +5")
    (bar,) = drawn
    zero, margin = axis.index("0", 4), bar.index("┊")
    assert bar[zero] == "│"
    assert bar.index("├") < bar.index("●") < margin < bar.index("┤") < zero
    assert len(bar) == len(axis) == 41


@pytest.mark.parametrize(
    "shown",
    [
        metric("x", "pass", 0.0, 0.0, 0.0, bound=0.0),
        metric("x", "pass", 1.0, -1.0, 1.0),
        metric("x", "fail", -1.0, -1.0, -1.0),
        metric("x", "fail", 0.0, 0.2, 0.1),
        metric("x", "pass", 0.001, -0.001, 0.002, kind="floor", bound=1.0),
    ],
)
@pytest.mark.parametrize("width", [30, 64])
def test_any_interval_can_be_drawn(shown: MetricResult, width: int) -> None:
    (bar,), axis = bars([shown], width)
    assert len(bar) == len(axis) == width
    assert bar.count("●") == 1

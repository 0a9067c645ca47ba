from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.reports._bars import bars, floor_bars
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
    ],
)
@pytest.mark.parametrize("width", [30, 64])
def test_any_interval_can_be_drawn(shown: MetricResult, width: int) -> None:
    (bar,), axis = bars([shown], width)
    assert len(bar) == len(axis) == width
    assert bar.count("●") == 1


UNIT = st.floats(-1, 1, allow_nan=False)


@given(UNIT, UNIT, UNIT, st.floats(0, 1), st.none() | st.floats(0, 1))
def test_a_floor_is_drawn_among_the_scores(
    mean: float, lower: float, upper: float, bound: float, accepted: float | None
) -> None:
    low, middle, high = sorted((mean, lower, upper))
    shown = metric("x", "fail", middle, low, high, kind="floor", bound=bound, accepted=accepted)
    (bar,), axis = floor_bars([shown], 41, accepts=True)
    assert len(bar) == len(axis) == 41
    assert axis.split() == ["0", "50", "100"]
    assert bar.index("\u25cf") == round(40 * min(1.0, max(0.0, bound + middle)))


def test_scores_stand_where_the_table_says_they_are() -> None:
    shown = metric("x", "fail", -0.3, -0.4, -0.1, kind="floor", bound=0.8, accepted=0.05)
    (bar,), axis = floor_bars([shown], 101, accepts=True)
    marks = {sign: bar.index(sign) for sign in "├●┤┊│"}
    assert marks == {"├": 40, "●": 50, "┤": 70, "┊": 75, "│": 80}
    assert axis.index("50") in {49, 50}

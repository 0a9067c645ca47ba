from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.core.format import points
from cuebook.shapes.verdict import MetricResult
from cuebook.site.pages._picture import Axis, axis_for, picture, scale
from fixtures.reading import Element, read
from fixtures.site_catalog import metric

UNIT = st.floats(-1, 1, allow_nan=False)
FAR = st.floats(-1e6, 1e6, allow_nan=False)


def made(mean: float, lower: float, upper: float, **fields: Any) -> MetricResult:
    return metric("exact", mean, lower, upper, "fail", candidate=None, **fields)


def drawn(found: MetricResult, axis: Axis | None = None) -> Element:
    return read(picture(found, axis or axis_for([found]), "exact")).one("svg", role="img")


def places(shown: Element) -> list[float]:
    names = {"x", "x1", "x2", "cx"}
    return [
        float((value or "0").rstrip("%"))
        for item in shown.find()
        for name, value in item.attributes.items()
        if name in names
    ]


@given(UNIT, UNIT, UNIT, st.floats(0, 1))
def test_every_difference_there_can_be_is_drawn_inside_and_reads_as_itself(
    mean: float, lower: float, upper: float, bound: float
) -> None:
    low, middle, high = sorted((mean, lower, upper))
    found = made(middle, low, high, bound=bound)
    shown = drawn(found)
    assert all(0 <= place <= 100 for place in places(shown))
    assert not shown.find(class_="cb-arrow")
    axis = axis_for([found])
    dot = float((shown.one("circle").attributes["cx"] or "").rstrip("%"))
    assert dot == pytest.approx(axis.place(100 * middle), abs=0.01)
    said = shown.attributes["aria-label"] or ""
    assert said.startswith(f"exact: {points(middle)} points, between {points(low)} and {points(high)};")


@given(FAR, FAR, FAR)
def test_what_lies_outside_the_axis_is_an_arrow_at_its_edge_and_never_moved(
    mean: float, lower: float, upper: float
) -> None:
    low, middle, high = sorted((mean, lower, upper))
    shown = drawn(made(middle, low, high), Axis(-20.0, 20.0))
    assert all(0 <= place <= 100 for place in places(shown))
    outside = sum(not -20 <= 100 * end <= 20 for end in (low, high))
    assert len(shown.find(class_="cb-arrow")) == outside
    assert len(shown.find("circle")) == (-20 <= 100 * middle <= 20)


def test_zone_bound_zero_and_interval_stand_in_order() -> None:
    shown = drawn(made(0.02, -0.01, 0.05, bound=0.05))
    at = {
        name: float((shown.find(class_=name)[0].attributes["x1"] or "").rstrip("%"))
        for name in ("cb-bound", "cb-zero", "cb-bar")
    }
    assert at["cb-bound"] < at["cb-bar"] < at["cb-zero"]
    zone = shown.one("rect").attributes
    assert float((zone["x"] or "").rstrip("%")) == pytest.approx(at["cb-bound"])


@pytest.mark.parametrize(
    ("ends", "axis"),
    [
        ([(-0.1, 0.05)], Axis(-20, 20)),
        ([(-0.3, 0.05)], Axis(-40, 40)),
        ([(-0.9, -0.1)], Axis(-100, 50)),
        ([(-0.9, 0.2), (-0.1, 0.8)], Axis(-100, 100)),
        ([(0.1, 0.9)], Axis(-100, 100)),
        ([(-1.0, 1.0)], Axis(-100, 100)),
        ([], Axis(-20, 20)),
    ],
)
def test_rows_of_one_table_share_the_narrowest_axis_they_fit(
    ends: list[tuple[float, float]], axis: Axis
) -> None:
    assert axis_for([made(low, low, high) for low, high in ends]) == axis


@pytest.mark.parametrize("axis", [Axis(-20, 20), Axis(-40, 40), Axis(-100, 50), Axis(-100, 100)])
def test_the_scale_names_both_ends_and_zero(axis: Axis) -> None:
    words = [item.text for item in read(scale(axis)).find("text")]
    assert "0" in words
    assert words[0] == f"\u2212{-axis.low:g}"
    assert words[-1] == f"+{axis.high:g}"

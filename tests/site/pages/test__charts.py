from __future__ import annotations

import re
from itertools import pairwise

import pytest

from cuebook.site.pages._charts import WIDTH, Interval, Series, _range, intervals, sparkline, trend
from fixtures.reading import read


def interval(mean: float, lower: float, upper: float, bound: float | None = -5.0) -> Interval:
    return Interval("exact", "pass", mean, lower, upper, bound, "said")


@pytest.mark.parametrize(
    "rows",
    [
        [interval(0, 0, 0)],
        [interval(-7, -13.2, -0.1), interval(16, 9, 22, None)],
        [interval(-100, -100, -100), interval(100, 100, 100)],
    ],
)
def test_everything_drawn_is_inside_the_picture(rows: list[Interval]) -> None:
    chart = read(intervals(rows, "t")).one("svg")
    height = float((chart.attributes["viewbox"] or "").split()[3])
    for item in chart.find():
        for key, value in item.attributes.items():
            if key in {"x", "x1", "x2", "cx"}:
                assert 0 <= float(value or 0) <= WIDTH
            if key in {"y", "y1", "y2", "cy"}:
                assert 0 <= float(value or 0) <= height


def test_dot_bar_and_margin_stand_in_order() -> None:
    chart = read(intervals([interval(2, -1, 5)], "t"))
    bound = float(chart.one("line", class_="cb-bound").attributes["x1"] or 0)
    zero = float(chart.one("line", class_="cb-zero").attributes["x1"] or 0)
    dot = float(chart.one("circle").attributes["cx"] or 0)
    bar = chart.find("line", class_="cb-bar")[0].attributes
    assert bound < float(bar["x1"] or 0) < zero < dot < float(bar["x2"] or 0)


@pytest.mark.parametrize(
    ("values", "within", "expected"),
    [
        ([0, -5, 12], None, (-5, 15, 5)),
        ([0], None, (0, 1, 1)),
        ([-100, 100], None, (-100, 100, 50)),
        ([97, 99], (0, 100), (90, 100, 5)),
        ([40, 80], (0, 100), (40, 80, 10)),
    ],
)
def test_axes_end_on_round_numbers(
    values: list[float], within: tuple[float, float] | None, expected: tuple[float, float, float]
) -> None:
    assert _range(values, 5, within) == expected


def test_a_trend_leaves_gaps_out_and_marks_what_is_live() -> None:
    series = [Series("a", [60.0, None, 70.0]), Series("b", [71.0, 70.0, 71.0])]
    chart = read(trend(["v1", "v2", "v5"], series, "v5", "Scores")).one("svg")
    assert [len(group.find("circle")) for group in chart.find("g")] == [2, 3]
    assert chart.one("text", class_="cb-live").text == "v5"
    assert chart.one("desc").text == "a: v1 60.0, v5 70.0. b: v1 71.0, v2 70.0, v5 71.0"


def test_names_of_lines_do_not_overlap() -> None:
    chart = read(trend(["v1", "v2"], [Series(n, [70.0, 70.0]) for n in "abcd"], None, "t"))
    heights = [float(item.attributes["y"] or 0) for item in chart.find("text", class_="cb-key")]
    assert all(later - earlier >= 14 for earlier, later in pairwise(heights))


def test_one_version_and_many() -> None:
    assert len(read(trend(["v1"], [Series("a", [50.0])], None, "t")).find("circle")) == 1
    many = [f"v{n}" for n in range(60)]
    chart = read(trend(many, [Series("a", [50.0] * 60)], "v59", "t"))
    labels = [item.text for item in chart.find("text") if re.fullmatch(r"v\d+", item.text)]
    assert labels == ["v0", "v8", "v16", "v24", "v32", "v40", "v48", "v56", "v59"]


def test_labels_are_encoded() -> None:
    text = intervals([Interval("<b>&", "fail", 0, -1, 1, None, "<i>")], "<u>")
    assert "<b>" not in text
    assert "<i>" not in text
    assert "<u>" not in text


def test_a_sparkline_says_what_it_shows() -> None:
    chart = read(sparkline([50.0, 70.0], "exact by version: 50, 70")).one("svg")
    assert chart.one("title").text == "exact by version: 50, 70"
    assert chart.one("path").attributes["d"] == "M6.0 20.0L90.0 4.0"

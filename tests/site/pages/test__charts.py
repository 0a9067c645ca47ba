from __future__ import annotations

import re
from itertools import pairwise

import pytest

from cuebook.site.pages._charts import TrendLine, _range, trend
from fixtures.reading import read


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


def test_a_trend_leaves_gaps_out() -> None:
    series = [TrendLine("a", [60.0, None, 70.0]), TrendLine("b", [71.0, 70.0, 71.0])]
    chart = read(trend(["v1", "v2", "v5"], series, "Scores")).one("svg")
    assert [len(group.find("circle")) for group in chart.find("g")] == [2, 3]
    assert chart.one("desc").text == "a: v1 60.0, v5 70.0. b: v1 71.0, v2 70.0, v5 71.0"


def test_names_of_lines_do_not_overlap() -> None:
    chart = read(trend(["v1", "v2"], [TrendLine(n, [70.0, 70.0]) for n in "abcd"], "t"))
    heights = [float(item.attributes["y"] or 0) for item in chart.find("text", class_="cb-key")]
    assert all(later - earlier >= 14 for earlier, later in pairwise(heights))


def test_one_version_and_many() -> None:
    assert len(read(trend(["v1"], [TrendLine("a", [50.0])], "t")).find("circle")) == 1
    many = [f"v{n}" for n in range(60)]
    chart = read(trend(many, [TrendLine("a", [50.0] * 60)], "t"))
    labels = [item.text for item in chart.find("text") if re.fullmatch(r"v\d+", item.text)]
    assert labels == ["v0", "v8", "v16", "v24", "v32", "v40", "v48", "v56"]


def test_labels_are_encoded() -> None:
    text = trend(["<b>&"], [TrendLine("<i>", [50.0])], "<u>")
    assert not [found for found in ("<b>", "<i>", "<u>") if found in text]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.gate import spans
from cuebook.gate.spans import Answered, Value
from shared_vectors import vectors

FILE = "gate_vectors.json"


@pytest.mark.parametrize(
    ("candidate", "baseline", "expected"),
    [
        ([1.0], [0.25], (0.75, 0.75)),
        (["lost"], [0.5], (-0.5, -0.5)),
        ([1.0], ["lost"], (1.0, 1.0)),
        ([None], [0.5], (-0.5, 0.5)),
        ([1.0], [None], (0.0, 1.0)),
        ([1.0, None], [0.5], (0.0, 0.5)),
    ],
)
def test_difference(candidate: list[Value], baseline: list[Value], expected: tuple[float, float]) -> None:
    assert spans.difference(candidate, baseline) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("candidate", "baseline", "judged", "expected"),
    [
        (True, True, 0.0, (0.0, 0.0)),
        (True, True, None, (-1.0, 1.0)),
        ("lost", True, None, (-1.0, -1.0)),
        (True, "lost", None, (1.0, 1.0)),
        ("lost", "lost", None, (0.0, 0.0)),
        (None, None, None, (-1.0, 1.0)),
    ],
)
def test_an_answer_that_is_lost_loses(
    candidate: Answered, baseline: Answered, judged: float | None, expected: tuple[float, float]
) -> None:
    assert spans.paired(candidate, baseline, judged) == expected


UNIT = st.floats(0, 1)
VALUES = st.lists(st.one_of(UNIT, st.just("lost"), st.none()), min_size=1, max_size=4)


@given(VALUES, VALUES, st.data())
def test_no_missing_answer_of_the_candidate_is_better_than_a_wrong_one(
    candidate: list[Value], baseline: list[Value], data: st.DataObject
) -> None:
    """A pass goes by the low end: there a missing answer is what a wrong one is, and no more."""
    place = data.draw(st.integers(0, len(candidate) - 1))
    ends = {
        name: spans.difference([*candidate[:place], value, *candidate[place + 1 :]], baseline)
        for name, value in (("wrong", 0.0), ("lost", "lost"), ("unknown", None), ("right", data.draw(UNIT)))
    }
    assert ends["lost"] == ends["wrong"]
    assert ends["unknown"][0] == ends["wrong"][0] <= ends["right"][0]
    assert ends["wrong"][1] <= ends["right"][1] <= ends["unknown"][1]


@given(VALUES, VALUES, st.data())
def test_no_missing_answer_of_the_baseline_makes_it_better_than_a_right_one(
    candidate: list[Value], baseline: list[Value], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(baseline) - 1))
    ends = [
        spans.difference(candidate, [*baseline[:place], value, *baseline[place + 1 :]])
        for value in (1.0, None, data.draw(UNIT), "lost", 0.0)
    ]
    right, unknown, some, lost, wrong = ends
    assert right[0] == unknown[0] <= some[0] <= lost[0] == wrong[0]
    assert unknown[1] == wrong[1] >= some[1] >= right[1]


@given(st.floats(-1, 1), st.sampled_from([True, "lost", None]))
def test_who_does_not_answer_loses_every_comparison(judged: float, other: Answered) -> None:
    low, high = spans.paired("lost", other, judged)
    least, most = spans.paired(True, other, judged)
    assert low <= least
    assert high <= most
    assert spans.paired(None, other, judged)[0] <= spans.paired(True, other, judged)[0]


def test_clusters_are_means_in_the_order_of_their_first_case() -> None:
    found = spans.clustered([(1.0, 1.0), (0.0, 0.5), (-1.0, 0.0)], ["b", "a", "b"])
    assert found == [(0.0, 0.5), (0.0, 0.5)]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([0.0], (0.5, 0.5)),
        ([60.0], (0.0, 0.0)),
        ([600.0], (-1.0, -1.0)),
        ([60.0, None], (-0.5, 0.25)),
    ],
)
def test_limit_value(amounts: list[float | None], expected: tuple[float, float]) -> None:
    assert spans.limit_value(amounts, 60.0) == pytest.approx(expected)


def test_shared_vectors() -> None:
    for vector in vectors("difference", FILE):
        given = vector["input"]
        assert spans.difference(given["candidate"], given["baseline"]) == pytest.approx(vector["expect"])
    for vector in vectors("paired", FILE):
        assert spans.paired(**vector["input"]) == pytest.approx(vector["expect"])
    for vector in vectors("clustered", FILE):
        pairs = [(low, high) for low, high in vector["input"]["spans"]]
        found = spans.clustered(pairs, vector["input"]["clusters"])
        assert [list(span) for span in found] == vector["expect"]
    for vector in vectors("limit_value", FILE):
        assert spans.limit_value(**vector["input"]) == pytest.approx(vector["expect"])

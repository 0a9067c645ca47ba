from __future__ import annotations

import pytest

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

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.gate.sequential_test import first_rejection, lower_bound, paired_differences
from shared_vectors import vectors

EXACT = 2e-6
"""The shared vectors are rounded to six digits."""


@pytest.mark.parametrize(
    ("values", "null", "rejected"),
    [([], 0.0, None), ([-1.0], -1.0, 1), ([1.0], 0.0, None), ([-1.0] * 99, 0.0, None)],
)
def test_first_rejection_at_the_edges(values: list[float], null: float, rejected: int | None) -> None:
    assert first_rejection(values, null, 0.05, len(values)) == rejected


SCORES = st.sampled_from([-1.0, -0.75, -0.5, -0.25, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0])
FEW = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("values", "planned", "expected"),
    [
        ([0.0] * 66, 66, -0.052841),
        ([1.0] * 20, 20, 0.675342),
        ([-1.0, 0.0, 0.0, 0.0] * 10, 40, -0.431409),
        ([0.5, -0.5] * 30, 60, -0.136449),
        ([], 10, -1.0),
    ],
)
def test_lower_bound(values: list[float], planned: int, expected: float) -> None:
    assert lower_bound(values, 0.05, planned) == pytest.approx(expected, abs=1e-6)


@FEW
@given(st.lists(SCORES, min_size=1, max_size=60))
def test_a_bound_is_below_the_best_mean_and_lower_for_a_smaller_error(values: list[float]) -> None:
    n = len(values)
    best = max(sum(values[:t]) / t for t in range(1, n + 1))
    assert -1 <= lower_bound(values, 0.05, n) <= best
    assert lower_bound(values, 0.025, n) <= lower_bound(values, 0.05, n) + 1e-9


@pytest.mark.parametrize("null", [-0.5, 0.0, 0.5])
def test_the_error_is_kept_over_every_path(null: float) -> None:
    """Two-point draws with mean exactly at the null: all 4,096 paths, weighted by their probability."""
    steps = 12
    up = (1 + null) / 2
    wrong = sum(
        up ** path.count(1.0) * (1 - up) ** path.count(-1.0)
        for path in product((1.0, -1.0), repeat=steps)
        if first_rejection(path, null, 0.1, steps)
    )
    assert 0 < wrong <= 0.1


@pytest.mark.parametrize("spread", [0.1, 0.5, 1.0])
def test_equal_versions_are_seldom_failed(spread: float) -> None:
    draw = random.Random(20)
    runs = 400
    wrong = 0
    for _ in range(runs):
        values = [draw.choice((-spread, 0.0, 0.0, spread)) for _ in range(120)]
        wrong += first_rejection(values, 0.0, 0.05, 120) is not None
    assert wrong / runs <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


@pytest.mark.parametrize(
    ("baseline", "candidate", "clusters", "expected"),
    [
        ([], [], None, []),
        ([[1.0]], [[0.0]], None, [-1.0]),
        ([[1.0, 0.0]], [[1.0]], None, [0.5]),
        ([[0.0], [1.0], [0.5]], [[1.0], [1.0], [0.0]], None, [1.0, 0.0, -0.5]),
        ([[0.0], [1.0], [0.5]], [[1.0], [1.0], [0.0]], ["a", "b", "a"], [0.25, 0.0]),
        ([[0.0], [1.0], [0.5]], [[1.0], [1.0], [0.0]], ["b", "a", "a"], [1.0, -0.25]),
    ],
)
def test_paired_differences(
    baseline: list[list[float]],
    candidate: list[list[float]],
    clusters: list[str] | None,
    expected: list[float],
) -> None:
    assert paired_differences(baseline, candidate, clusters) == pytest.approx(expected)


@pytest.mark.parametrize("clusters", [None, ["a"]])
def test_pairs_must_be_pairs(clusters: list[str] | None) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        paired_differences([[1.0], [0.0]], [[1.0]] if clusters is None else [[1.0], [1.0]], clusters)


def test_shared_vectors_of_paired_differences() -> None:
    for vector in vectors("differences"):
        data = vector["input"]
        arms = [
            [runs if isinstance(runs, list) else [runs] for runs in data[arm]] for arm in ("base", "cand")
        ]
        found = paired_differences(*arms, data.get("cluster"))
        assert found == pytest.approx(vector["expect"], abs=EXACT)

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.gate.sequential_test import (
    Decision,
    broken_cases,
    case_order,
    cases_needed,
    decide,
    first_rejection,
    paired_differences,
    smallest_margin,
)
from shared_vectors import vectors

EXACT = 2e-6
"""The shared vectors are rounded to six digits."""

THIRD = 1 / 3

BY_HAND: dict[str, tuple[list[float], dict[str, Any], tuple[Any, ...]]] = {
    "80 equal cases": ([0.0] * 80, {}, ("pass", 66, 0.0, -0.049818, 0.049818)),
    "50 equal cases are too few": ([0.0] * 50, {}, ("inconclusive", 50, 0.0, -0.064478, 0.064478)),
    "enough at twice the margin": ([0.0] * 50, {"margin": 0.1}, ("pass", 32, 0.0, -0.099289, 0.099289)),
    "always better": ([1.0] * 20, {}, ("pass", 5, 1.0, 0.046168, 1.0)),
    "always worse": ([-1.0] * 20, {}, ("fail", 5, -1.0, -1.0, -0.046168)),
    "one in four lost": ([-1.0, 0.0, 0.0, 0.0] * 25, {}, ("fail", 37, -0.27027, -0.523037, -0.018533)),
    "one in twenty lost": (([0.0] * 19 + [-1.0]) * 5, {}, ("fail", 100, -0.05, -0.109198, -0.002402)),
    "won and lost in turn": ([1.0, -1.0] * 60, {}, ("inconclusive", 120, 0.0, -0.169301, 0.175238)),
    "rarely won or lost": (
        ([0.5] + [0.0] * 9 + [-0.5] + [0.0] * 9) * 10,
        {},
        ("pass", 110, 0.004545, -0.049637, 0.056747),
    ),
    "worse, but within the margin": ([-0.02] * 120, {}, ("pass", 110, -0.02, -0.049818, 0.010938)),
    "worse by more than that": ([-0.08] * 120, {}, ("fail", 46, -0.08, -0.155332, -0.001144)),
    "better": ([0.1, 0.0] * 50, {}, ("pass", 37, 0.051351, -0.049624, 0.152207)),
    "decided at the end of a batch": (
        [-THIRD, 0.0, -THIRD, THIRD] * 30,
        {"batch": 10},
        ("fail", 80, -0.083333, -0.163551, -0.00266),
    ),
    "half of the plan": (
        [0.25, -0.25, 0.0, 0.0] * 10,
        {"planned": 80},
        ("inconclusive", 40, 0.0, -0.114306, 0.113361),
    ),
    "sharper errors": (
        [-0.5, 0.0, 0.0, 0.25] * 40,
        {"alpha_fail": 0.01, "alpha_pass": 0.01},
        ("fail", 145, -0.065517, -0.126329, -0.001907),
    ),
}
"""Made up for this test; the results are those of a second implementation, written from the design's text."""


@pytest.mark.parametrize("name", BY_HAND)
def test_decide(name: str) -> None:
    differences, options, (outcome, used, *numbers) = BY_HAND[name]
    result = decide(differences, **options)
    assert (result.outcome, result.used) == (outcome, used)
    assert [result.mean, result.lower, result.upper] == pytest.approx(numbers, abs=1e-6)
    assert result.complete is (name != "half of the plan")


@pytest.mark.parametrize(("planned", "complete"), [(None, True), (0, True), (5, False)])
def test_nothing_measured_decides_nothing(planned: int | None, complete: bool) -> None:
    assert decide([], planned=planned) == Decision("inconclusive", 0, 0.0, -1.0, 1.0, complete)


def test_both_in_one_batch_is_a_pass() -> None:
    """Surely worse, as surely within a margin of 0.9."""
    worse = [-0.3] * 60
    assert decide(worse, margin=0.9).outcome == "pass"
    assert decide(worse, margin=0.9, batch=60).outcome == "pass"
    assert decide(worse, margin=0.05, batch=60).outcome == "fail"


@pytest.mark.parametrize("bad", [1.01, -2.0, float("nan"), float("inf")])
def test_a_difference_out_of_range_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="number in"):
        decide([0.0, bad])


@pytest.mark.parametrize(
    "options",
    [
        {"margin": 0.0},
        {"margin": -0.1},
        {"margin": 1.5},
        {"margin": float("nan")},
        {"alpha_fail": 0.0},
        {"alpha_fail": 1.0},
        {"alpha_pass": 0.0},
        {"alpha_pass": 2.0},
        {"batch": 0},
    ],
)
def test_an_option_out_of_range_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="margin must be"):
        decide([0.0], **options)


@pytest.mark.parametrize(
    ("values", "null", "rejected"),
    [([], 0.0, None), ([-1.0], -1.0, 1), ([1.0], 0.0, None), ([-1.0] * 99, 0.0, None)],
)
def test_first_rejection_at_the_edges(values: list[float], null: float, rejected: int | None) -> None:
    assert first_rejection(values, null, 0.05, len(values)) == rejected


SCORES = st.sampled_from([-1.0, -0.75, -0.5, -0.25, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0])
DIFFERENCES = st.one_of(
    st.lists(SCORES, min_size=1, max_size=120),
    st.lists(st.floats(-1, 1), min_size=1, max_size=60),
    st.builds(lambda value, n: [value] * n, SCORES, st.integers(1, 120)),
)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(DIFFERENCES, st.integers(1, 30), st.sampled_from([0.02, 0.05, 0.2]))
def test_bounds_hold_the_mean_and_never_contradict_the_outcome(
    differences: list[float], batch: int, margin: float
) -> None:
    result = decide(differences, margin=margin, batch=batch)
    assert -1 <= result.lower <= result.mean <= result.upper <= 1
    if result.outcome == "pass":
        assert result.lower >= -margin
    if result.outcome == "fail":
        assert result.upper <= 0
    if result.outcome == "inconclusive":
        assert result.lower <= -margin
        assert result.upper >= 0
        assert result.used == len(differences)


@FEW
@given(DIFFERENCES, st.integers(1, 30))
def test_a_batch_is_read_to_its_end(differences: list[float], batch: int) -> None:
    result = decide(differences, batch=batch)
    assert result.used % batch == 0 or result.used == len(differences)
    assert result.used >= decide(differences).used


@FEW
@given(DIFFERENCES, st.integers(1, 30), DIFFERENCES)
def test_what_comes_after_a_decision_changes_nothing(
    differences: list[float], batch: int, later: list[float]
) -> None:
    """Batches are decided in order, by what was known then: more cases of the same plan are not looked at."""
    planned = len(differences) + len(later)
    whole = decide(differences + later, planned=planned, batch=batch)
    cut = decide((differences + later)[: whole.used], planned=planned, batch=batch)
    assert (cut.outcome, cut.used, cut.mean) == (whole.outcome, whole.used, whole.mean)
    assert (cut.lower, cut.upper) == (whole.lower, whole.upper)


@FEW
@given(st.integers(1, 150), SCORES)
def test_equal_answers_never_fail_and_a_steady_loss_never_passes(n: int, value: float) -> None:
    outcome = decide([value] * n).outcome
    assert outcome != ("fail" if value >= 0 else "pass")


@FEW
@given(st.integers(70, 200))
def test_a_larger_steady_gain_is_seen_no_later(n: int) -> None:
    used = [decide([value] * n).used for value in (0.0, 0.25, 0.5, 1.0)]
    assert used == sorted(used, reverse=True)


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


IDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=30)


@given(IDS, st.randoms(use_true_random=False))
def test_the_order_of_cases_depends_on_ids_and_salt_alone(ids: list[str], chance: random.Random) -> None:
    shuffled = ids[:]
    chance.shuffle(shuffled)
    assert case_order(shuffled, "a:b") == case_order(ids, "a:b")
    assert sorted(case_order(ids, "a:b")) == sorted(ids)


def test_another_salt_gives_another_order() -> None:
    ids = [f"case-{n}" for n in range(50)]
    assert case_order(ids, "a:b") != case_order(ids, "b:a")


@given(st.floats(0.02, 0.5), st.floats(0.05, 0.6), st.floats(0.5, 0.95))
def test_cases_needed_moves_the_right_way(margin: float, sd: float, power: float) -> None:
    needed = cases_needed(margin, sd, power)
    assert needed >= 1
    assert cases_needed(margin * 1.1, sd, power) <= needed
    assert cases_needed(margin, sd * 1.1, power) >= needed
    assert cases_needed(margin, sd, power + 0.04) >= needed


@given(st.integers(20, 5000), st.floats(0.05, 0.6), st.floats(0.5, 0.95))
def test_smallest_margin_undoes_cases_needed(cases: int, sd: float, power: float) -> None:
    margin = smallest_margin(cases, sd, power)
    assert 0 < margin <= 1
    if margin < 1:
        assert cases_needed(margin * (1 + 1e-9), sd, power) <= cases
        assert cases_needed(margin * 0.99, sd, power) >= cases


@pytest.mark.parametrize("cases", [0, -1, 1])
def test_too_few_cases_support_no_margin(cases: int) -> None:
    assert smallest_margin(cases) == 1.0


@pytest.mark.parametrize(
    ("runs", "broken", "rerun"),
    [
        ([], False, False),
        ([True], False, False),
        ([False], False, True),
        ([False, True], False, True),
        ([True, False], False, True),
        ([False, False], True, False),
        ([False, True, False], True, False),
        ([False, True, True], False, False),
        ([True, True, False, False], False, False),
    ],
)
def test_broken_cases(runs: list[bool], broken: bool, rerun: bool) -> None:
    assert broken_cases({"c": runs}) == (["c"] * broken, ["c"] * rerun)


NAMES = {"delta": "margin", "alpha_block": "alpha_fail", "alpha_pass": "alpha_pass", "horizon": "planned"}
OUTCOMES = {"PASS": "pass", "BLOCK": "fail", "INCONCLUSIVE": "inconclusive"}


@pytest.mark.parametrize("file", ["stats_vectors.json", "judge/gate_vectors_real.json"])
def test_shared_vectors_of_decide(file: str) -> None:
    for vector in vectors("gate", file):
        options = {NAMES.get(name, name): value for name, value in vector["input"].items() if name != "d"}
        result = decide(vector["input"]["d"], **options)
        expect = vector["expect"]
        found = (result.outcome, result.used, result.complete)
        assert found == (OUTCOMES[expect["decision"]], expect["n_used"], expect["complete"]), vector["id"]
        wanted = [expect[name] for name in ("mean", "lower", "upper")]
        assert [result.mean, result.lower, result.upper] == pytest.approx(wanted, abs=EXACT), vector["id"]


def test_shared_vectors_of_paired_differences() -> None:
    for vector in vectors("differences"):
        data = vector["input"]
        arms = [
            [runs if isinstance(runs, list) else [runs] for runs in data[arm]] for arm in ("base", "cand")
        ]
        found = paired_differences(*arms, data.get("cluster"))
        assert found == pytest.approx(vector["expect"], abs=EXACT)


def test_shared_vectors_of_case_order() -> None:
    for vector in vectors("case_order"):
        assert case_order(vector["input"]["ids"], vector["input"]["salt"]) == vector["expect"]


def test_shared_vectors_of_cases_needed() -> None:
    for vector in vectors("cases_needed"):
        data = vector["input"]
        assert cases_needed(data["delta"], data["sd"], data["power"]) == vector["expect"]


def test_shared_vectors_of_broken_cases() -> None:
    for vector in vectors("must_pass"):
        broken, rerun = broken_cases(vector["input"])
        assert {"broken": broken, "rerun": rerun} == vector["expect"]

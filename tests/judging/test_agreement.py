from __future__ import annotations

import random
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.judging.agreement import (
    Z_ONE_SIDED,
    Z_TWO_SIDED,
    Calibration,
    Corrected,
    calibration,
    corrected_difference,
    corrected_rate,
    kappa,
    ppi_plus_plus,
    rogan_gladen,
    shown,
    steps,
    within_reach,
)
from shared_vectors import vectors

EXACT = 2e-6
"""The shared vectors are rounded to six digits."""


def pairs(*counts: tuple[Any, Any, int]) -> tuple[list[Any], list[Any]]:
    human = [row for row, _, n in counts for _ in range(n)]
    judge = [column for _, column, n in counts for _ in range(n)]
    return human, judge


def test_kappa_of_a_table_done_by_hand() -> None:
    """20, 5, 10 and 15 pairs: observed 0.7, by chance 0.5 (Cohen's textbook table)."""
    human, judge = pairs(("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15))
    result = kappa(human, judge, ["y", "n"])
    assert result.kappa == pytest.approx(0.4)
    assert (result.accuracy, result.n) == (0.7, 50)
    assert result.lower < 0.4 < result.upper


def test_the_standard_error_of_two_labels_has_a_closed_form() -> None:
    """With even margins, sqrt(p (1 - p) / n) / (1 - 0.5); the interval is that of the smoothed table."""
    human, judge = pairs((0, 0, 40), (0, 1, 10), (1, 0, 10), (1, 1, 40))
    share = (80 + 1) / (100 + 2)
    result = kappa(human, judge, [0, 1], z=1.0)
    assert result.se == pytest.approx(2 * sqrt(share * (1 - share) / 102))
    assert result.upper - result.lower == pytest.approx(2 * result.se)
    assert (result.upper + result.lower) / 2 == pytest.approx(2 * share - 1)


@pytest.mark.parametrize(
    ("human", "judge", "labels", "weights", "value"),
    [
        ([0, 1], [0, 1], [0, 1], None, 1),
        ([0, 1], [1, 0], [0, 1], None, -1),
        ([0, 0, 1, 1], [0, 1, 0, 1], [0, 1], None, 0),
        ([1, 1, 1, 0], [1, 1, 1, 1], [0, 1], None, 0),
        ([1, 1, 1], [1, 1, 1], [0, 1], None, 0),
        ([1, 2, 3], [3, 2, 1], [1, 2, 3], "quadratic", -1),
        ([1, 2, 3], [1, 2, 3], [1, 2, 3], "quadratic", 1),
        ([1, 1, 3, 3], [1, 2, 2, 3], [1, 2, 3], "quadratic", 2 / 3),
        ([1, 1, 3, 3], [1, 2, 2, 3], [1, 2, 3], None, 1 / 3),
        (["bad", "good"], ["bad", "good"], ["bad", "fair", "good"], "quadratic", 1),
    ],
)
def test_kappa(human: list[Any], judge: list[Any], labels: list[Any], weights: Any, value: float) -> None:
    assert kappa(human, judge, labels, weights).kappa == pytest.approx(value)


def test_a_judge_that_always_passes_is_accurate_and_worth_nothing() -> None:
    human, judge = pairs((1, 1, 95), (0, 1, 5))
    result = kappa(human, judge, [0, 1], z=1.645)
    assert (result.accuracy, result.kappa) == (0.95, 0)
    assert result.lower < 0.4


def test_ten_agreements_are_no_proof() -> None:
    result = kappa([0, 1] * 5, [0, 1] * 5, [0, 1])
    assert (result.kappa, result.se > 0.05, result.lower < 0.8) == (1, True, True)


def test_quadratic_weights_forgive_near_misses() -> None:
    human, judge = pairs((1, 2, 10), (2, 2, 10), (3, 4, 10), (4, 4, 10), (5, 5, 10))
    labels = [1, 2, 3, 4, 5]
    assert kappa(human, judge, labels, "quadratic").kappa > 0.8 > kappa(human, judge, labels).kappa


@pytest.mark.parametrize(
    ("human", "judge", "labels", "why"),
    [
        ([], [], [0, 1], "at least one"),
        ([1], [1, 0], [0, 1], "as many labels"),
        ([1], [1], [1], "two different labels"),
        ([1], [1], [1, 1], "two different labels"),
        ([1, 7], [1, 0], [0, 1], "not among the labels: 7"),
        ([1, 0], [1, "?"], [0, 1], r"not among the labels: '\?'"),
    ],
)
def test_kappa_of_what_is_no_table(human: list[Any], judge: list[Any], labels: list[Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        kappa(human, judge, labels)


LABELS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=60)


@given(LABELS, st.sampled_from([None, "quadratic"]))
def test_kappa_is_symmetric_and_in_bounds(both: list[tuple[int, int]], weights: Any) -> None:
    human, judge = [h for h, _ in both], [j for _, j in both]
    result = kappa(human, judge, [1, 2, 3, 4], weights)
    swapped = kappa(judge, human, [1, 2, 3, 4], weights)
    assert -1 - 1e-9 <= result.kappa <= 1 + 1e-9
    assert result.lower <= result.upper
    assert swapped.kappa == pytest.approx(result.kappa)
    assert swapped.se == pytest.approx(result.se)


@given(LABELS)
def test_more_of_the_same_labels_narrow_the_interval(both: list[tuple[int, int]]) -> None:
    human, judge = [h for h, _ in both], [j for _, j in both]
    once = kappa(human, judge, [1, 2, 3, 4])
    often = kappa(human * 50, judge * 50, [1, 2, 3, 4])
    assert often.kappa == pytest.approx(once.kappa)
    assert often.se <= once.se + 1e-9


def test_calibration() -> None:
    human, judge = pairs((True, True, 45), (True, False, 5), (False, False, 40), (False, True, 10))
    result = calibration(human, judge)
    assert result.sensitivity == pytest.approx(46 / 52)
    assert result.specificity == pytest.approx(41 / 52)
    assert result.j == pytest.approx(46 / 52 + 41 / 52 - 1)
    assert (result.positives, result.negatives) == (50, 50)
    half = 1.959964 * sqrt(46 * 6 / 52**3 + 41 * 11 / 52**3)
    assert result.lower == pytest.approx(result.j - half)
    assert result.upper == pytest.approx(result.j + half)


@pytest.mark.parametrize(
    ("says", "j"), [(lambda truth: truth, 10 / 12), (lambda truth: not truth, -10 / 12), (lambda _: True, 0)]
)
def test_j_of_a_perfect_a_perverse_and_a_constant_judge(says: Any, j: float) -> None:
    human = [True, False] * 10
    result = calibration(human, [says(truth) for truth in human])
    assert result.j == pytest.approx(j)
    assert -1 <= result.lower <= result.j <= result.upper <= 1


@pytest.mark.parametrize("human", [[], [True, True], [False]])
def test_calibration_needs_both_kinds(human: list[bool]) -> None:
    with pytest.raises(ValueError, match="both kinds"):
        calibration(human, human)


def test_calibration_needs_equal_lengths() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        calibration([True, False], [True])


def judge_of(sensitivity: float, specificity: float, n: int = 100) -> Calibration:
    return Calibration(sensitivity, specificity, sensitivity + specificity - 1, 0, 0, n, n)


@pytest.mark.parametrize(
    ("judged", "sensitivity", "specificity", "true"),
    [
        (0.7, 1, 1, 0.7),
        (0.62, 0.8, 0.9, 0.52 / 0.7),
        (0.05, 0.9, 0.9, -0.0625),
        (0.95, 0.9, 0.9, 1.0625),
        (0.5, 0.75, 0.75, 0.5),
    ],
)
def test_rogan_gladen(judged: float, sensitivity: float, specificity: float, true: float) -> None:
    result = rogan_gladen(judged, 1000, judge_of(sensitivity, specificity))
    assert result.estimate == pytest.approx(true)
    assert result.lower <= result.estimate <= result.upper


def test_rogan_gladen_undoes_what_the_judge_does() -> None:
    for true in (0.1, 0.5, 0.9):
        judged = true * 0.85 + (1 - true) * 0.2
        assert rogan_gladen(judged, 500, judge_of(0.85, 0.8)).estimate == pytest.approx(true)


def test_fewer_labels_and_answers_widen_the_interval() -> None:
    def width(answers: int, labels: int) -> float:
        result = rogan_gladen(0.6, answers, judge_of(0.9, 0.9, labels))
        return result.upper - result.lower

    assert width(1000, 200) < width(1000, 50)
    assert width(1000, 200) < width(100, 200)


@pytest.mark.parametrize(
    ("rate", "n", "specificity", "why"),
    [
        (1.1, 10, 0.9, "in \\[0, 1\\]"),
        (-0.1, 10, 0.9, "rate"),
        (0.5, 0, 0.9, "at least one"),
        (0.5, 10, 0.1, "chance"),
    ],
)
def test_rogan_gladen_refuses(rate: float, n: int, specificity: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        rogan_gladen(rate, n, judge_of(0.9, specificity))


def test_of_two_values_what_a_judge_shows_is_j() -> None:
    human, judge = pairs((1, 1, 59), (1, 0, 11), (0, 1, 9), (0, 0, 71))
    found = shown(human, judge, [0, 1], z=1.645)
    j = calibration([bool(x) for x in human], [bool(x) for x in judge], z=1.645)
    assert found.estimate == pytest.approx(j.j, abs=0.02)
    assert (found.lower, found.upper) == pytest.approx((j.lower, j.upper), abs=0.02)


def test_what_a_comparing_judge_shows() -> None:
    human, judge = pairs((1, 1, 30), (1, 0, 20), (0, 0, 10), (-1, -1, 30), (-1, 0, 20))
    found = shown(human, judge, [-1, 0, 1])
    assert found.estimate == pytest.approx(0.6, abs=0.02)
    assert found.lower < 0.52 < 0.68 < found.upper
    assert shown(human, human, [-1, 0, 1]).estimate > 0.95
    few, _ = pairs((1, 1, 3), (-1, -1, 3))
    assert shown(few, few, [-1, 0, 1]).lower < 0.6, "six agreements are no proof"


@pytest.mark.parametrize(
    ("human", "judge", "why"),
    [([], [], "at least one"), ([1, 1], [1, 0], "more than one kind"), ([2], [1], "not among the labels")],
)
def test_what_cannot_be_shown(human: list[int], judge: list[int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        shown(human, judge, [-1, 0, 1])


def test_a_corrected_difference_done_by_hand() -> None:
    seen, true = corrected_difference([-1.0] * 3 + [0.0] * 5, 0.5, 0.0)
    assert seen.estimate == pytest.approx(-0.375)
    assert true.estimate == pytest.approx(-0.75)
    error = Z_TWO_SIDED * sqrt((4 / 10 - 0.3**2) / 10)
    assert (seen.lower, seen.upper) == pytest.approx((-0.3 - error, -0.3 + error))
    assert (true.lower, true.upper) == pytest.approx((-0.6 - 2 * error, -0.6 + 2 * error))


def test_equal_arms_and_a_perfect_judge_are_not_certain() -> None:
    seen, true = corrected_difference([0.0] * 20, 1.0, 0.0)
    assert seen == true
    assert true.lower < -0.05 < 0.05 < true.upper


def test_doubt_about_the_judge_widens_the_corrected_interval_only() -> None:
    differences = [-1.0] * 20 + [0.0] * 30
    sure, unsure = (corrected_difference(differences, 0.6, error) for error in (0.0, 0.1))
    assert sure[0] == unsure[0]
    assert unsure[1].upper - unsure[1].lower > sure[1].upper - sure[1].lower


def test_the_corrected_interval_holds_the_truth_as_often_as_it_says() -> None:
    dice = random.Random(7)
    held = 0
    for _ in range(600):
        good = [dice.random() < 0.8 for _ in range(150)]
        bad = [dice.random() < 0.7 for _ in range(150)]
        judge = calibration([True] * 150 + [False] * 150, good + [not caught for caught in bad])
        error = (judge.j - judge.lower) / Z_TWO_SIDED
        pairs = []
        for _ in range(200):
            old, new = dice.random() < 0.7, dice.random() < 0.5
            seen = [dice.random() < (0.8 if truth else 0.3) for truth in (old, new)]
            pairs.append(float(seen[1]) - float(seen[0]))
        true = corrected_difference(pairs, judge.j, error)[1]
        held += true.lower <= -0.2 <= true.upper
    assert 0.92 <= held / 600 <= 0.98


@pytest.mark.parametrize(
    ("differences", "j", "why"), [([], 0.5, "at least one pair"), ([0.0], 0.0, "no better than chance")]
)
def test_a_difference_that_cannot_be_corrected(differences: list[float], j: float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        corrected_difference(differences, j, 0.1)


def test_ppi_of_few_differences_as_worked_out_by_another_program() -> None:
    unlabelled = [0.25, 0, -0.25, 0.5, 0, 0, 0.25, 0, 0, -0.25, 0.25, 0]
    found = ppi_plus_plus(unlabelled, [0.25, 0, 0, 0.5, -0.25, 0], [0.5, 0, -0.25, 0.5, -0.25, 0])
    worked_out = (0.066840, -0.108082, 0.241763, 0.791667)
    assert (found.estimate, found.lower, found.upper, found.weight) == pytest.approx(worked_out, abs=1e-6)


def test_differences_that_all_are_equal_are_no_certainty() -> None:
    """Where one pair in twenty differs by 1, twenty pairs are equal as often as not: a third of audits."""
    rare = [0.0] * 20
    assert ppi_plus_plus([0.0] * 40, rare, rare).upper == 0
    found = ppi_plus_plus([0.0] * 40, rare, rare, pairs_more=1)
    assert (found.estimate, found.upper) == (0, pytest.approx(1.959964 / sqrt(21 * 20)))
    drawn, wrong = random.Random(1), 0
    for _ in range(400):
        people = [-float(drawn.random() < 0.05) for _ in range(60)]
        judge = [0.7 * value for value in people]
        found = ppi_plus_plus(judge[20:], judge[:20], people[:20], pairs_more=1)
        wrong += not found.lower <= -0.05 <= found.upper
    assert wrong <= 400 * 0.05


def test_ppi_of_a_perfect_judge_uses_all_answers() -> None:
    """lambda = 1 / (1 + n/N) and the estimate is the mean over both parts."""
    labelled, unlabelled = [1.0, 0.0] * 10, [1.0, 1.0, 0.0, 0.0, 1.0] * 20
    result = ppi_plus_plus(unlabelled, labelled, labelled)
    assert result.weight == pytest.approx(1 / 1.2)
    assert result.estimate == pytest.approx(70 / 120)


@pytest.mark.parametrize("judge", [[1.0] * 20, [0.0, 1.0] * 10], ids=["constant", "perverse"])
def test_ppi_does_not_heed_a_useless_judge(judge: list[float]) -> None:
    human = [1.0, 0.0] * 10
    result = ppi_plus_plus([1.0] * 90 + [0.0] * 10, judge, human)
    assert (result.weight, result.estimate) == (0, 0.5)
    half = 1.959964 * sqrt(20 * 0.25 / 19 / 20)
    assert (result.lower, result.upper) == (pytest.approx(0.5 - half), pytest.approx(0.5 + half))


@pytest.mark.parametrize(
    ("unlabelled", "judge", "human"),
    [([], [1, 0], [1, 0]), ([1, 0], [1], [1]), ([1, 0], [1, 0], [1]), ([1], [1, 0], [1, 0])],
)
def test_ppi_refuses(unlabelled: list[float], judge: list[float], human: list[float]) -> None:
    with pytest.raises(ValueError, match="needed"):
        ppi_plus_plus(unlabelled, judge, human)


UNIT = st.floats(0, 1, allow_subnormal=False)


@given(st.lists(st.tuples(UNIT, UNIT), min_size=2, max_size=40), st.lists(UNIT, min_size=2, max_size=40))
def test_ppi_interval_holds_its_estimate(
    labelled: list[tuple[float, float]], unlabelled: list[float]
) -> None:
    result = ppi_plus_plus(unlabelled, [j for j, _ in labelled], [h for _, h in labelled])
    assert 0 <= result.weight <= 1
    assert result.lower <= result.estimate <= result.upper


def test_shared_vectors_of_kappa() -> None:
    for vector in vectors("kappa"):
        expect = vector["expect"]
        result = kappa(**vector["input"])
        for name in ("kappa", "lower", "upper", "se", "accuracy"):
            assert getattr(result, name) == pytest.approx(expect[name], abs=EXACT), name


def test_shared_vectors_of_rogan_gladen() -> None:
    for vector in vectors("rogan_gladen"):
        given_, expect = vector["input"], vector["expect"]
        judge = calibration(given_["human"], given_["judge"])
        found = [judge.sensitivity, judge.specificity, judge.j, judge.positives, judge.negatives]
        wanted = [expect["calibration"][name] for name in ("sensitivity", "specificity", "J", "pos", "neg")]
        assert found == pytest.approx(wanted, abs=EXACT)
        result = rogan_gladen(given_["judged_rate"], given_["n"], judge)
        wanted = [expect[name] for name in ("rate", "lower", "upper")]  # cut to [0, 1]
        assert [min(1.0, max(0.0, value)) for value in (result.estimate, result.lower, result.upper)] == (
            pytest.approx(wanted, abs=EXACT)
        )


def test_shared_vectors_of_ppi() -> None:
    for vector in vectors("ppi"):
        expect = vector["expect"]
        result = ppi_plus_plus(**vector["input"])
        wanted = [expect[name] for name in ("estimate", "lower", "upper", "lambda")]
        assert [result.estimate, result.lower, result.upper, result.weight] == pytest.approx(
            wanted, abs=EXACT
        )


TELLS_ALL = [[20, 0, 0], [0, 20, 0], [0, 0, 20]]
BLIND_AT_THE_TOP = [[20, 0, 0], [0, 4, 16], [0, 4, 16]]


@pytest.mark.parametrize(
    ("table", "shares"),
    [
        (TELLS_ALL, [0.967, 0.967]),
        (BLIND_AT_THE_TOP, [0.0, 1.72]),
        ([[20, 0, 0], [0, 4, 1], [0, 2, 7]], [0.90]),
        ([[4, 0, 0], [1, 3, 1], [0, 1, 9]], []),
    ],
)
def test_steps_between_grades(table: list[list[float]], shares: list[float]) -> None:
    """From the top; grades with fewer than ten labels are pooled with the next."""
    found = steps(table)
    assert [step.share for step in found] == pytest.approx(shares, abs=0.02)
    assert all(step.least < step.share for step in found)


def test_pooled_grades_name_their_members() -> None:
    (step,) = steps([[20, 0, 0], [0, 4, 1], [0, 2, 7]])
    assert (step.upper, step.lower) == ((2, 1), (0,))


@pytest.mark.parametrize(
    ("judged", "raw", "expected", "beyond"),
    [
        ((-0.1, -0.2, 0.0), (-0.2, -0.4, 0.1), (-0.2, -0.4, 0.1), False),
        ((0.7, 0.6, 0.8), (1.2, 1.0, 1.4), (1.0, 0.8, 1.0), True),
        ((-0.7, -0.9, -0.5), (-0.9, -1.3, -0.95), (-0.9, -1.0, -0.6), False),
    ],
)
def test_a_correction_never_makes_an_interval_narrower(
    judged: tuple[float, ...], raw: tuple[float, ...], expected: tuple[float, ...], *, beyond: bool
) -> None:
    found, over = within_reach(Corrected(*judged), Corrected(*raw), -1.0, 1.0)
    assert (found.estimate, found.lower, found.upper) == pytest.approx(expected)
    assert over is beyond


def test_a_corrected_rate_is_never_narrower_than_as_judged() -> None:
    judge = judge_of(0.9, 0.9)
    found, beyond = corrected_rate(0.97, 50, judge)
    assert beyond
    assert (found.upper, found.lower) == (1.0, pytest.approx(0.894, abs=0.001))
    inside, beyond = corrected_rate(0.5, 50, judge)
    assert (inside, beyond) == (rogan_gladen(0.5, 50, judge), False)
    unlikely, beyond = corrected_rate(0.05, 1000, judge)
    assert beyond
    assert unlikely.lower == unlikely.estimate == 0 < unlikely.upper < 1


def test_shared_vectors_of_steps() -> None:
    for vector in vectors("judge_steps", "gate_vectors.json"):
        table, expect = vector["input"], vector["expect"]
        values = [place / (len(table) - 1) for place in range(len(table))]
        cells = [(i, j, n) for i, row in enumerate(table) for j, n in enumerate(row)]
        human, judge = ([values[cell[at]] for cell in cells for _ in range(cell[2])] for at in (0, 1))
        slope = shown(human, judge, values, Z_ONE_SIDED)
        assert (slope.estimate, slope.lower) == pytest.approx(
            (expect["slope"], expect["slope_lower"]), abs=1e-8
        )
        found = steps(table)
        assert [(list(step.upper), list(step.lower)) for step in found] == [
            (step["upper"], step["lower"]) for step in expect["steps"]
        ]
        told = [(step.share, step.least) for step in found]
        assert told == [pytest.approx((step["share"], step["least"]), abs=1e-8) for step in expect["steps"]]
        assert sum(step.share < slope.estimate / 2 for step in found) == expect["blind"]


def test_shared_vectors_of_corrected() -> None:
    for vector in vectors("corrected", "gate_vectors.json"):
        given, expect = vector["input"], vector["expect"]
        judged = Corrected(given["judged"], given["judged_lower"], given["judged_upper"])
        raw = Corrected(given["raw"], given["raw_lower"], given["raw_upper"])
        found, beyond = within_reach(judged, raw, given["lo"], given["hi"])
        wanted = [expect[name] for name in ("estimate", "lower", "upper")]
        assert [found.estimate, found.lower, found.upper] == pytest.approx(wanted, abs=1e-8)
        assert beyond is expect["beyond"]

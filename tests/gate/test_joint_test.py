from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.gate.joint_test import FLOOR_SHARE, JointDecision, Series, SeriesKind, decide, weights
from shared_vectors import vectors

THIRD = 1 / 3


def difference(values: Sequence[float | None], margin: float = 0.05, planned: int | None = None) -> Series:
    return series("difference", values, margin, planned)


def series(
    kind: SeriesKind, values: Sequence[float | None], margin: float = 0.05, planned: int | None = None
) -> Series:
    spans = [None if value is None else (value, value) for value in values]
    return Series(kind, spans, planned or sum(span is not None for span in spans), margin)


def decided(*tests: Series, batch: int = 1, planned: int | None = None, **options: Any) -> JointDecision:
    given = max((len(test.spans) for test in tests), default=0)
    total = max(given, planned or 0)
    return decide(tests, looks=range(batch, total + 1, batch), planned=total, **options)


BY_HAND: dict[str, tuple[Sequence[float], dict[str, Any], tuple[Any, ...]]] = {
    "80 equal cases": ([0.0] * 80, {}, ("pass", "all", 66, 0.0, -0.05, 0.052992)),
    "50 equal cases are too few": ([0.0] * 50, {}, ("inconclusive", "used up", 50, 0.0, -0.068946, 0.068946)),
    "at 10% error fewer do": ([0.0] * 60, {"alpha": 0.1}, ("pass", "all", 51, 0.0, -0.05, 0.052845)),
    "always better": ([1.0] * 20, {}, ("pass", "all", 5, 1.0, 0.00637, 1.0)),
    "always worse": ([-1.0] * 20, {}, ("fail", "named", 5, -1.0, -1.0, -0.00637)),
    "one in four lost": (
        [-1.0, 0.0, 0.0, 0.0] * 25,
        {},
        ("fail", "named", 37, -0.27027, -0.489837, -0.081664),
    ),
    "worse, but within the margin": ([-0.02] * 120, {}, ("pass", "all", 110, -0.02, -0.05, 0.012913)),
    "worse by more than that": ([-0.08] * 120, {}, ("fail", "named", 46, -0.08, -0.151254, 0.0)),
    "decided at the end of a batch": (
        [-THIRD, 0.0, -THIRD, THIRD] * 30,
        {"batch": 10},
        ("fail", "named", 80, -0.083333, -0.159153, -0.007339),
    ),
    "won and lost in turn": (
        [1.0, -1.0] * 60,
        {"batch": 12},
        ("inconclusive", "futility", 72, 0.0, -0.315425, 0.336279),
    ),
    "the same, read to the end": (
        [1.0, -1.0] * 60,
        {"batch": 12, "futility": False},
        ("inconclusive", "used up", 120, 0.0, -0.196198, 0.201848),
    ),
    "half of the plan": (
        [0.25, -0.25, 0.0, 0.0] * 10,
        {"planned": 80},
        ("inconclusive", "incomplete", 40, 0.0, -0.099738, 0.099752),
    ),
}


"""Made up for this test, to six digits; the shared vectors check the rest against a second implementation."""


@pytest.mark.parametrize("name", BY_HAND)
def test_one_difference(name: str) -> None:
    values, options, (outcome, how, used, *numbers) = BY_HAND[name]
    total = options.get("planned", len(values))
    found = decided(difference(values, planned=total), **options)
    assert (found.outcome, found.how, found.used) == (outcome, how, used)
    (test,) = found.tests
    assert [test.mean, test.lower, test.upper] == pytest.approx(numbers, abs=1e-6)
    assert found.complete is (name != "half of the plan")


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["difference"], [1.0]),
        (["floor", "floor"], [0.5, 0.5]),
        (["difference", "floor"], [1 - FLOOR_SHARE, FLOOR_SHARE]),
        (["difference", "limit", "difference", "floor"], [0.45, 0.05, 0.45, 0.05]),
    ],
)
def test_weights(kinds: list[SeriesKind], expected: list[float]) -> None:
    assert weights(kinds) == pytest.approx(expected)


def test_several_small_losses_fail_together_and_none_is_named() -> None:
    worse = [-0.5, 0.5, -0.5, 0.0] * 20
    alone = decided(difference(worse), batch=20)
    three = decided(*(difference(worse[shift:] + worse[:shift]) for shift in range(3)), batch=20)
    assert (alone.outcome, alone.used) == ("fail", 80)
    assert (three.outcome, three.how) == ("fail", "together")
    assert {test.outcome for test in three.tests} == {"inconclusive"}
    assert all(test.evidence < 1 for test in three.tests)
    assert three.evidence == 1


def test_a_pass_needs_every_difference_and_no_floor() -> None:
    equal, unsure = [0.0] * 80, [1.0, -1.0] * 40
    assert decided(difference(equal), difference(unsure), futility=False).outcome == "inconclusive"
    floor = series("floor", unsure)
    assert decided(difference(equal), floor).outcome == "pass"
    assert decided(floor).outcome == "inconclusive"
    assert decided(series("floor", equal)).outcome == "pass", "with nothing compared the floor decides"


def test_a_limit_alone_can_fail_and_never_passes() -> None:
    assert decided(Series("limit", [(0.5, 0.5)] * 90, 90)).outcome == "inconclusive"
    over = decided(Series("limit", [(-0.5, -0.5)] * 90, 90))
    assert (over.outcome, over.tests[0].log_pass) == ("fail", None)


def test_a_difference_surely_within_its_margin_fails_nothing_any_more() -> None:
    """Worse by 2 points within a margin of 20: its fail bet stops when its pass bet wins."""
    slightly = difference([-0.02] * 400, margin=0.2)
    unsure = difference([1.0, -1.0] * 200, margin=0.05)
    found = decided(slightly, unsure, futility=False)
    assert (found.outcome, [test.outcome for test in found.tests]) == (
        "inconclusive",
        ["pass", "inconclusive"],
    )
    assert decided(difference([-0.02] * 400, margin=0.01), unsure, futility=False).outcome == "fail"


def test_a_slot_in_which_a_test_does_not_apply_moves_nothing() -> None:
    values: list[float | None] = [-1.0, 0.0, 0.0, 0.0] * 12
    holes = [item for value in values for item in (None, value, None)]
    dense, sparse = decided(difference(values)), decided(difference(holes))
    assert (dense.outcome, dense.used) == (sparse.outcome, (sparse.used + 1) // 3)
    assert dense.tests == sparse.tests


def test_what_is_missing_is_counted_at_its_worst_by_either_bet() -> None:
    def missing(share: int, otherwise: float) -> JointDecision:
        spans = [(-1.0, 1.0) if n % share == 1 else (otherwise, otherwise) for n in range(400)]
        return decided(Series("difference", spans, 400, 0.05), futility=False)

    assert missing(1000, 0.0).outcome == "pass"
    found = missing(20, 0.0)
    assert found.outcome == "inconclusive"
    (test,) = found.tests
    assert (test.mean, test.lower < -0.05, test.upper > 0.05) == (0.0, True, True)
    assert missing(6, -0.2).outcome == "inconclusive", "wins may hide in what is missing"
    assert decided(difference([-0.2] * 400)).outcome == "fail"


def test_a_hopeless_run_is_stopped_from_the_second_batch_on() -> None:
    values = [1.0, -1.0] * 30
    found = decided(difference(values), batch=10)
    assert (found.how, found.used) == ("futility", 30)
    assert max(found.chance_pass, found.chance_fail) < 0.1
    second = decided(difference(values), batch=20)
    assert (second.how, second.used) == ("futility", 40), "the second look is the first that may"
    assert decided(difference(values), batch=30).how == "used up", "the first look never stops a run"


@pytest.mark.parametrize(
    ("spans", "options"),
    [
        ([(-2.0, 0.0)], {}),
        ([(0.5, 0.0)], {}),
        ([(float("nan"), 0.0)], {}),
        ([(0.0, 0.0)], {"alpha": 0.0}),
        ([(0.0, 0.0)], {"alpha": 1.0}),
    ],
)
def test_what_is_out_of_range_is_refused(spans: list[tuple[float, float]], options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        decided(Series("difference", spans, 1, 0.05), **options)


@pytest.mark.parametrize("margin", [0.0, -0.1, 1.5, float("nan")])
def test_a_margin_out_of_range_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        decided(difference([0.0], margin))


SCORES = st.sampled_from([-1.0, -0.75, -0.5, -0.25, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0])
SERIES = st.one_of(
    st.lists(SCORES, min_size=1, max_size=120),
    st.lists(st.floats(-1, 1), min_size=1, max_size=60),
    st.builds(lambda value, n: [value] * n, SCORES, st.integers(1, 120)),
)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(SERIES, st.integers(1, 30), st.sampled_from([0.02, 0.05, 0.2]))
def test_bounds_hold_the_mean_and_never_contradict_the_outcome(
    values: list[float], batch: int, margin: float
) -> None:
    (test,) = decided(difference(values, margin), batch=batch).tests
    assert -1 <= test.lower <= test.mean + 1e-12
    assert test.mean - 1e-12 <= test.upper <= 1
    if test.outcome == "pass":
        assert test.lower >= -margin
    if test.outcome == "fail":
        assert test.upper <= 0
    if test.outcome == "inconclusive":
        assert (test.lower <= -margin, test.upper >= 0) == (True, True)


@FEW
@given(SERIES, st.integers(1, 30), SERIES)
def test_what_comes_after_a_decision_changes_nothing(
    values: list[float], batch: int, later: list[float]
) -> None:
    """Batches are decided in order, by what was known then: more cases of the same plan are not looked at."""
    planned = len(values) + len(later)
    series = [*values, *later]
    whole = decided(difference(series, planned=planned), batch=batch, planned=planned)
    cut = decided(difference(series[: whole.used], planned=planned), batch=batch, planned=planned)
    assert (cut.outcome, cut.used, cut.tests) == (whole.outcome, whole.used, whole.tests)
    assert whole.used % batch == 0 or whole.used == planned


@FEW
@given(st.integers(1, 150), SCORES)
def test_equal_answers_never_fail_and_a_steady_loss_never_passes(n: int, value: float) -> None:
    assert decided(difference([value] * n)).outcome != ("fail" if value >= 0 else "pass")


def test_what_was_shown_together_is_told_as_it_was_when_it_was_enough() -> None:
    """The rest of the batch may take most of it back: too little would seem to have made the fail."""
    lost = [-1.0, 0.0, 0.0, 0.0] * 8
    tests = [difference([*[*lost[n:], *lost[:n]][:28], *[1.0] * 12], planned=100) for n in range(3)]
    first = decided(*[Series("difference", test.spans[:28], 100, 0.05) for test in tests], planned=100)
    assert (first.how, first.used) == ("together", 28)
    found = decided(*tests, batch=40, planned=100)
    assert (found.outcome, found.how, found.used) == ("fail", "together", 40)
    assert found.evidence == 1
    assert [test.evidence for test in found.tests] == [test.evidence for test in first.tests]


def test_the_error_of_three_tests_together_is_kept_over_every_path() -> None:
    """Three fair coins tossed six times: all 262,144 paths; the sum of capitals fails too few of them."""
    steps = 6
    tosses = list(product((1.0, -1.0), repeat=3))
    draw = random.Random(3)
    paths = [[draw.choice(tosses) for _ in range(steps)] for _ in range(4000)]
    wrong = 0
    for path in paths:
        tests = [difference([toss[k] for toss in path]) for k in range(3)]
        wrong += decided(*tests, alpha=0.2, interval=False).outcome == "fail"
    assert 0 < wrong / len(paths) <= 0.2


def test_shared_vectors_of_decide() -> None:
    for vector in vectors("decide", "gate_vectors.json"):
        data, expect = vector["input"], vector["expect"]
        tests = [_shared(test) for test in data["tests"]]
        options = {name: data[name] for name in ("futility", "floor_share") if name in data}
        found = decided(
            *tests,
            batch=data["batch"],
            planned=data.get("planned_slots"),
            alpha=data.get("error", 0.05) / 2 ** data.get("attempt", 0),
            **options,
        )
        for name in ("outcome", "how", "used", "complete", "evidence", "chance_pass", "chance_fail"):
            _same(getattr(found, name), expect[name], f"{vector['id']} {name}")
        for test, wanted in zip(found.tests, expect["tests"], strict=True):
            wanted["used"] = wanted.pop("n")
            for name, value in wanted.items():
                _same(getattr(test, name), value, f"{vector['id']} {name}")


def _shared(data: dict[str, Any]) -> Series:
    lows, highs = data.get("low", data.get("d")), data.get("high", data.get("d"))
    assert lows is not None
    assert highs is not None
    spans = [None if low is None else (low, high) for low, high in zip(lows, highs, strict=True)]
    return Series(data["kind"], spans, data["planned"], data.get("margin") or 0.0)


def _same(found: Any, wanted: Any, what: str) -> None:
    assert found == (pytest.approx(wanted, abs=1e-8) if isinstance(wanted, float) else wanted), what


@pytest.mark.parametrize("file", ["stats_vectors.json", "judge/gate_vectors_real.json"])
def test_one_difference_decides_as_in_the_first_edition(file: str) -> None:
    outcomes = {"PASS": "pass", "BLOCK": "fail", "INCONCLUSIVE": "inconclusive"}
    checked = 0
    for vector in vectors("gate", file):
        data, expect = vector["input"], vector["expect"]
        alpha = data.get("alpha_block", 0.05)
        if alpha != data.get("alpha_pass", 0.05) or not data["d"]:
            continue
        planned = max(data.get("horizon") or 0, len(data["d"]))
        found = decided(
            difference(data["d"], data.get("delta", 0.05), planned),
            batch=data.get("batch", 1),
            planned=planned,
            alpha=alpha,
            futility=False,
            interval=False,
        )
        seen = (found.outcome, found.used, found.complete)
        assert seen == (outcomes[expect["decision"]], expect["n_used"], expect["complete"]), vector["id"]
        checked += 1
    assert checked

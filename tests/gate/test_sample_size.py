from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.gate.sample_size import (
    PRIOR_SD,
    can_pass,
    cases_needed,
    least_cases,
    smallest_margin,
    smoothed_sd,
    zero_failures,
)
from shared_vectors import vectors

FILE = "gate_vectors.json"


@pytest.mark.parametrize(
    ("margin", "sd", "expected"),
    [(0.05, 0.25, 251), (0.05, 0.5, 761), (0.1, 0.8, 476), (0.2, 0.25, 31), (0.02, 0.5, 4453)],
)
def test_cases_needed(margin: float, sd: float, expected: int) -> None:
    assert cases_needed(margin, sd) == expected


def test_every_further_metric_needs_more_cases() -> None:
    needed = [cases_needed(0.05, 0.25, metrics) for metrics in (1, 2, 3)]
    assert needed == sorted(set(needed))


@given(st.floats(0.02, 0.5), st.floats(0.05, 0.8), st.integers(1, 4), st.sampled_from([0.05, 0.1]))
def test_cases_needed_moves_the_right_way(margin: float, sd: float, metrics: int, error: float) -> None:
    needed = cases_needed(margin, sd, metrics, error)
    assert needed >= 1
    assert cases_needed(margin * 1.1, sd, metrics, error) <= needed
    assert cases_needed(margin, sd * 1.1, metrics, error) >= needed
    assert cases_needed(margin, sd, metrics, error / 2) >= needed


@given(st.integers(20, 5000), st.floats(0.05, 0.8), st.integers(1, 4))
def test_smallest_margin_undoes_cases_needed(cases: int, sd: float, metrics: int) -> None:
    margin = smallest_margin(cases, sd, metrics)
    assert 0 < margin <= 1
    if margin < 1:
        assert cases_needed(margin * (1 + 1e-9), sd, metrics) <= cases
        assert cases_needed(margin * 0.99, sd, metrics) >= cases


@pytest.mark.parametrize("cases", [0, -1, 1])
def test_too_few_cases_support_no_margin(cases: int) -> None:
    assert smallest_margin(cases, 0.3) == 1.0


@pytest.mark.parametrize(
    ("margin", "error", "expected"),
    [(0.02, 0.05, 169), (0.03, 0.1, 86), (0.08, 0.025, 50), (0.2, 0.05, 15), (0.3, 0.1, 8)],
)
def test_least_cases(margin: float, error: float, expected: int) -> None:
    assert least_cases(margin, error) == expected


def test_a_margin_that_nothing_can_show_takes_no_time() -> None:
    """Whoever may propose a suite could else stop every check of it, and with it every publication."""
    assert [can_pass(cases, 0.05) for cases in (65, 66)] == [False, True]
    assert not can_pass(60, 1e-320)
    assert cases_needed(1e-320, 0.5) == cases_needed(1e-6, 0.5)


def test_what_is_seen_moves_the_spread_that_is_usual() -> None:
    assert smoothed_sd(0.25, []) == 0.25
    assert smoothed_sd(0.25, [0.0] * 30) == pytest.approx(0.0959, abs=1e-4)
    assert smoothed_sd(0.25, [1.0, -1.0] * 200) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("cases", "expected"), [(10, 0.259), (20, 0.139), (30, 0.095), (60, 0.049)])
def test_no_failure_rules_out_a_rate(cases: int, expected: float) -> None:
    assert zero_failures(cases) == pytest.approx(expected, abs=5e-4)


def test_shared_vectors() -> None:
    for vector in vectors("cases_needed", FILE):
        assert cases_needed(**vector["input"]) == vector["expect"]
    for vector in vectors("least_cases", FILE):
        assert least_cases(**vector["input"]) == vector["expect"]
    for vector in vectors("smallest_margin", FILE):
        assert smallest_margin(**vector["input"]) == pytest.approx(vector["expect"], abs=1e-8)
    for vector in vectors("smoothed_sd", FILE):
        found = smoothed_sd(PRIOR_SD[vector["input"]["kind"]], vector["input"]["differences"])
        assert found == pytest.approx(vector["expect"], abs=1e-8)
    for vector in vectors("zero_failures", FILE):
        found = zero_failures(vector["input"]["n"], vector["input"]["error"])
        assert found == pytest.approx(vector["expect"], abs=1e-8)

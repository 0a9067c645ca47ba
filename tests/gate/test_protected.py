from __future__ import annotations

import pytest

from cuebook.gate.protected import CaseState, case_state, false_alarm
from shared_vectors import vectors

FILE = "gate_vectors.json"
RELIABLE = [True] * 5


def read(runs: str) -> list[bool]:
    return [mark == "+" for mark in runs]


@pytest.mark.parametrize(
    ("candidate", "baseline", "protected", "expected"),
    [
        ("", "+", 5, "run candidate"),
        ("+", "+", 5, "held"),
        ("-", "+", 5, "run candidate"),
        ("-++", "+", 5, "run candidate"),
        ("-+++", "+", 5, "held"),
        ("---", "+", 5, "run baseline"),
        ("---", "+++++", 5, "broken"),
        ("---", "++++-", 5, "broken"),
        ("---", "+++--", 5, "unreliable"),
        ("---", "--", 5, "unreliable"),
        ("---", "++++++--", 5, "unreliable"),
        ("---", "+++++", 11, "run candidate"),
        ("----", "+++++", 11, "broken"),
        ("-++", "+", 11, "held"),
    ],
)
def test_standing(candidate: str, baseline: str, protected: int, expected: CaseState) -> None:
    assert case_state(read(candidate), read(baseline), protected, has_baseline=True) == expected


def test_with_no_baseline_the_candidates_failures_break_a_case() -> None:
    assert case_state([False] * 3, [], 3, has_baseline=False) == "broken"


@pytest.mark.parametrize(
    ("reliability", "protected", "bound"),
    [(0.9, 10, 0.047), (0.9, 100, 0.033), (0.95, 10, 0.007), (0.9, 150, 0.050)],
)
def test_many_cases_do_not_add_up_to_a_false_alarm(reliability: float, protected: int, bound: float) -> None:
    assert false_alarm(reliability, protected) == pytest.approx(bound, abs=5e-4)


def test_one_case_is_seldom_called_broken_however_unreliable() -> None:
    shares = [step / 200 for step in range(201)]
    assert max(false_alarm(share, 1) for share in shares) < 0.0715
    many = [1 - (1 - false_alarm(share, 11)) ** (1 / 11) for share in shares]
    assert max(many) < 0.0295


def test_shared_vectors() -> None:
    for vector in vectors("protected", FILE):
        given = vector["input"]
        found = case_state(
            given["runs"], given["baseline"], given["protected"], has_baseline=given["has_baseline"]
        )
        assert found == vector["expect"]
    for vector in vectors("protected_bound", FILE):
        assert false_alarm(**vector["input"]) == pytest.approx(vector["expect"], abs=1e-8)

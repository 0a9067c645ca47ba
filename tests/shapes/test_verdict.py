from __future__ import annotations

import pytest

from cuebook.shapes.case_result import ScoreResult
from cuebook.shapes.verdict import Verdict, deciding, is_paired, means
from fixtures.site_catalog import summary, verdict
from outcomes import KEPT, LOST

SAID = ScoreResult(state="measured", value=-0.4)


def compared(*, both: bool) -> Verdict:
    """A verdict whose cases have a score ``x`` of the candidate, or of both arms."""
    made = verdict("qa", 2, "pass")
    cases = []
    for case in made.cases:
        assert case.baseline
        scores = {**case.baseline.scores, **({"x": SAID} if both else {})}
        arms = {
            "candidate": case.candidate.model_copy(update={"scores": {"x": SAID}}),
            "baseline": case.baseline.model_copy(update={"scores": scores}),
        }
        cases.append(case.model_copy(update=arms))
    return made.model_copy(update={"cases": cases})


@pytest.mark.parametrize(
    ("both", "found"), [(False, (None, None, -0.4)), (True, (0.1, -0.4, pytest.approx(-0.5)))]
)
def test_a_scorer_that_compares_has_a_difference_and_no_means(both: bool, found: tuple[object, ...]) -> None:
    made = compared(both=both)
    assert is_paired(made, "x") is not both
    assert means(made, summary("x", -0.4, decides=False, baseline=0.1)) == found


def test_without_cases_nothing_is_taken_for_a_comparison() -> None:
    empty = verdict("qa", 2, "pass", cases=[])
    assert not is_paired(empty, "x")
    assert means(empty, summary("x", 0.5, decides=False, baseline=None)) == (None, 0.5, None)


def test_what_a_verdict_is_called_and_how_it_ends() -> None:
    assert verdict("qa", 2, "fail").name == "qa/2 on qa"
    assert [verdict("qa", 2, outcome).exit_code for outcome in ("pass", "fail", "inconclusive")] == [0, 1, 3]
    override = {"who": "Ana", "why": "Outage", "until": "2026-12-01"}
    held = verdict("qa", 2, "fail", override=override)
    assert (held.exit_code, held.lets_through) == (0, True)
    assert [verdict("qa", 2, outcome).lets_through for outcome in ("pass", "fail")] == [True, False]


def test_a_fail_hangs_on_the_comparison_before_a_floor_that_lost_more() -> None:
    floor = LOST.model_copy(update={"kind": "floor", "mean": -0.9})
    assert deciding([floor, LOST], "fail") == LOST
    assert deciding([floor, KEPT], "fail") == floor

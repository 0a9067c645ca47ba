from __future__ import annotations

import pytest

from build import case, comparison, runs, sample, suite
from cuebook.gate.comparison import Comparison
from cuebook.gate.seen import Seen
from cuebook.shapes.run import CaseRun, Failure

CASES = [case(n) for n in range(200)]
PROTECTED = [case(n, tags=["critical"] if n % 20 == 1 else []) for n in range(200)]


def seen(of: Comparison, done: list[CaseRun]) -> Seen:
    return Seen(of, done, batch=20)


def test_protected_cases_run_ahead_of_their_turn_do_not_count_in_the_statistics() -> None:
    of = comparison(suite(PROTECTED, gate={"protected": "critical"}))
    done = runs(of, 1.0, 1.0)
    early = [*done[:20], *[item for item in done[20:] if of.is_protected(item.case)]]
    assert len(early) > 20
    assert seen(of, early).metrics[0].used == 20


def test_a_protected_case_without_a_score_is_unseen() -> None:
    of = comparison(suite(PROTECTED, gate={"protected": "critical"}))
    lost = sample(0, failure=Failure("provider", "busy"))
    found = seen(of, runs(of, lambda item: lost if item.id == "case-001" else 1.0, 1.0))
    assert found.unseen == ["case-001"]
    assert found.protected is not None
    assert found.protected.broken == []


def test_limits_and_floors_share_a_tenth_of_the_error() -> None:
    alone, limited = comparison(suite(CASES)), comparison(suite(CASES, gate={"limits": {"words": 100}}))
    errors = [seen(of, runs(of, 1.0, 1.0)).metrics[0].error for of in (alone, limited)]
    assert errors == [0.05, pytest.approx(0.045)]


def test_a_version_that_nobody_scored_has_no_mean_and_the_test_counts_it_all_the_same() -> None:
    of = comparison(suite(CASES))
    lost = sample(0, failure=Failure("provider", "busy"))
    (found,) = [item for item in seen(of, runs(of, lambda _: lost, 1.0)).metrics if item.kind == "difference"]
    assert (found.candidate, found.baseline, found.outcome) == (None, 1.0, "inconclusive")
    assert found.used > 100
    one = runs(of, lambda item: 1.0 if item.id == "case-001" else lost, 1.0)
    assert seen(of, one).metrics[0].candidate == pytest.approx(0.5, abs=0.01)

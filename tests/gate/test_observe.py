from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from build import case, comparison, runs, sample, suite
from cuebook.gate.observe import Slots, value_of
from cuebook.shapes.run import Case, Failure, ModelReply, Sample, Score, Usage
from cuebook.shapes.suite import ScorerSpec

SILENT, REFUSED = Failure("provider", "busy"), Failure("candidate", "too long")


def clustered(sizes: list[int]) -> list[Any]:
    cases, number = [], 0
    for name, size in enumerate(sizes):
        cases += [case(number + n, cluster=f"doc-{name}") for n in range(size)]
        number += size
    return cases


def test_a_case_without_cluster_is_a_slot() -> None:
    of = comparison(suite([case(n) for n in range(25)]))
    slots = Slots(of, runs(of, 1.0, 1.0)[:12])
    assert (slots.planned, len(slots.slots), slots.cases) == (25, 12, 12)
    assert slots.looks(10) == {10, 20, 25}


def test_a_cluster_is_a_slot_once_all_of_it_was_run() -> None:
    of = comparison(suite(clustered([7, 7, 7, 7])))
    done = runs(of, 1.0, 1.0)
    assert [len(Slots(of, done[:n]).slots) for n in (6, 7, 13, 14, 28)] == [0, 1, 1, 2, 4]
    assert Slots(of, done).looks(10) == {1, 2, 4}, "after 10, 20 and all of 28 cases"


def test_cases_ahead_of_their_turn_are_no_slots() -> None:
    of = comparison(suite([case(n) for n in range(25)]))
    done = runs(of, 1.0, 1.0)
    assert len(Slots(of, [*done[:10], *done[15:]]).slots) == 10


def test_a_metric_that_does_not_apply_leaves_its_slot_empty() -> None:
    spec = ScorerSpec("exact", "exact", {"expectation": "other"})
    cases = [case(0), case(1, other="yes"), case(2, other="yes")]
    of = comparison(suite(cases, scorers=(spec,)))
    seen = Slots(of, runs(of, 1.0, 0.0)).observe("exact", "")
    assert sorted(span is None for span in seen.differences) == [False, False, True]
    assert [span for span in seen.differences if span] == [(1.0, 1.0), (1.0, 1.0)]
    assert (seen.cases, seen.missing) == (2, 0)


@pytest.mark.parametrize(
    ("candidate", "baseline", "expected", "missing"),
    [
        (1.0, 0.0, (1.0, 1.0), 0),
        (sample(0, failure=REFUSED), 1.0, (-1.0, -1.0), 0),
        (sample(0, failure=SILENT), 1.0, (-1.0, 0.0), 1),
        (sample(None), 0.5, (-0.5, 0.5), 1),
        (1.0, sample(0, failure=REFUSED), (1.0, 1.0), 0),
        (1.0, sample(None), (0.0, 1.0), 1),
    ],
)
def test_what_is_lost_counts_nothing_and_what_is_unknown_its_worst(
    candidate: object, baseline: object, expected: tuple[float, float], missing: int
) -> None:
    of = comparison(suite([case(0)]))
    seen = Slots(of, runs(of, candidate, baseline)).observe("exact", "")
    assert (seen.differences, seen.missing) == ([expected], missing)
    assert seen.share_missing == missing


def test_a_version_alone_cannot_choose_what_it_is_measured_by() -> None:
    of = comparison(suite([case(0)]))
    useless = Sample(
        0, ModelReply("x", "m"), None, {"exact": Score("not_applicable", reason="nothing there")}
    )
    both = Slots(of, runs(of, useless, useless)).observe("exact", "")
    one = Slots(of, runs(of, useless, 1.0)).observe("exact", "")
    assert (both.differences, one.differences) == ([None], [(-1.0, 0.0)])


def test_repeats_of_either_arm_are_averaged_and_pairs_meet_in_turn() -> None:
    paired = ScorerSpec("judge_pairwise", "pref", {"prompt": "p/1"})
    of = comparison(suite([case(0)], scorers=(paired,), repeats=2))
    tie, won = sample(0.0, label="pref"), sample(1.0, label="pref")
    (run,) = runs(of, (won, tie), (sample(0, failure=REFUSED), sample(1.0)))
    assert Slots(of, [run]).observe("pref", "").differences == [(0.5, 0.5)]
    assert Slots(of, [replace(run, baseline=(sample(1.0),))]).observe("pref", "").differences == [(0.5, 0.5)]


def test_a_limit_takes_the_mean_of_a_cases_runs() -> None:
    def spent(words: int | None) -> Sample:
        if words is None:
            return Sample(0, None, SILENT)
        return Sample(0, ModelReply("word " * words, "m", Usage(cost_usd=0.1)))

    of = comparison(suite([case(0), case(1)], repeats=2))
    done = runs(of, lambda item: (spent(10), spent(30 if item.id == of.cases[0].id else None)), 1.0)
    series, value, unknown = Slots(of, done).limit("words", 20)
    assert series == [(0.0, 0.0), pytest.approx((-0.375, 0.375))]
    assert (value, unknown) == (15, 0.25), "20 words in one case, and 10 in the other"


def test_the_mean_beside_a_limit_counts_a_cluster_once_as_its_test_does() -> None:
    """Else a report calls an answer within the limit of a version that fails by it."""

    def spent(item: Case) -> Sample:
        return Sample(0, ModelReply("word " * (10 if item.cluster == "doc-0" else 40), "m"))

    of = comparison(suite(clustered([9, 1, 1])))
    series, value, _ = Slots(of, runs(of, spent, 1.0)).limit("words", 20)
    assert sorted(series) == [(-0.5, -0.5), (-0.5, -0.5), (0.25, 0.25)]
    assert value == 30


def test_value_of_counts_a_lost_answer_as_nothing_and_leaves_out_an_unknown_one() -> None:
    assert value_of([sample(1.0), sample(0, failure=REFUSED)], "exact") == 0.5
    assert value_of([sample(1.0), sample(0, failure=SILENT)], "exact") == 1.0
    assert value_of([sample(None)], "exact") is None

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from build import case, comparison, suite
from cuebook.optimizing.scoring import scored
from cuebook.shapes.run import Canary, CaseRun, Failure, ModelReply, Sample, Score, Usage
from cuebook.shapes.suite import MetricRule, ScorerSpec

SPECS = (ScorerSpec("exact", "exact"), ScorerSpec("contains", "contains"), ScorerSpec("length", "length"))
OF = comparison(suite([case(1)], scorers=SPECS, metrics={"exact": MetricRule(), "contains": MetricRule()}))


def sample(**values: float | None) -> Sample:
    scores = {
        label: Score("not_applicable")
        if value is None
        else Score("measured", value, reason=f"{label} says so")
        for label, value in values.items()
    }
    return Sample(0, ModelReply("yes", "m", Usage(cost_usd=0.25)), None, scores)


def run(*samples: Sample, **more: Any) -> CaseRun:
    return CaseRun(case(1), "", samples, **more)


LOST = Sample(0, None, Failure("candidate", "too long", usage=Usage(cost_usd=0.5)))


@pytest.mark.parametrize(
    ("samples", "score"),
    [
        ([sample(exact=1.0, contains=0.5, length=0.0)], 0.75),
        ([sample(exact=None, contains=0.5)], 0.5),
        ([sample(exact=None, contains=None)], 0.0),
        ([sample(exact=1.0, contains=1.0), LOST], 0.5),
    ],
)
def test_the_score_is_the_mean_of_what_decides(samples: list[Sample], score: float) -> None:
    assert scored(OF, [run(*samples)]).score == score


def test_what_is_told_of_it_and_what_it_cost() -> None:
    found = scored(OF, [run(sample(exact=1.0, length=0.0), LOST)])
    assert found.example.answer == "yes"
    assert found.example.reasons == ("exact: exact says so",)
    assert found.cost_usd == 0.75
    assert "too long" in scored(OF, [run(LOST)]).example.answer


def test_a_judge_that_compares_counts_from_nought_to_one() -> None:
    pair = suite(
        [case(1)],
        scorers=(ScorerSpec("judge_pairwise", "p", {"prompt": "j/1"}),),
        metrics={"p": MetricRule()},
    )
    paired = replace(OF, suite=pair)
    assert scored(paired, [run(sample(p=-1.0))]).score == 0.0
    assert scored(paired, [run(sample(p=0.0))]).score == 0.5


def test_a_known_bad_answer_that_wins_names_the_judge() -> None:
    canaries = (Canary("j", "praise", Score("measured", 1.0), won=True),)
    assert scored(OF, [run(sample(exact=1.0), canaries=canaries)]).fooled == "j"

from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.cause import Cause, CauseCode
from cuebook.wording.clauses import clause, doubt
from cuebook.wording.headline import ruling_of
from outcomes import JUDGE, LOST, first, of


@pytest.mark.parametrize("code", get_args(CauseCode))
@pytest.mark.parametrize("metrics", [[], [LOST]])
def test_a_cause_without_its_numbers_is_still_said(code: CauseCode, metrics: list[object]) -> None:
    for make in (of, first):
        verdict = make("inconclusive", metrics, judges=[], limits=[])
        said = clause(verdict, ruling_of(verdict), Cause(code=code))
        assert said
        assert "None" not in said
        assert "  " not in said


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"doubt": "unmeasured"}, "its agreement was not measured"),
        ({"doubt": "moved"}, "its labels, its model or the judge itself changed since it was measured"),
        ({"doubt": "expired", "measured": "2026-08-01"}, "it was last measured on 2026-08-01, too long ago"),
        (
            {"doubt": "unjudged", "judged": 90, "labels": 148},
            "it gave a readable reply for only 90 of 148 labels",
        ),
        ({"doubt": "kappa", "lower": 0.31, "least_kappa": 0.4}, "kappa at least 0.31, 0.40 is asked for"),
        ({"doubt": "kappa", "least_kappa": 0.4}, "kappa unknown, 0.40 is asked for"),
        ({"why": "a reason of an earlier release"}, "a reason of an earlier release"),
    ],
)
def test_why_a_judge_only_advises(known: dict[str, object], said: str) -> None:
    assert doubt(JUDGE.model_copy(update=known)) == said


def test_of_several_judges_the_one_is_named() -> None:
    other = JUDGE.model_copy(update={"label": "style", "ref": "style/2"})
    verdict = of("inconclusive", [LOST], judges=[JUDGE, other])
    cause = Cause(code="judge_unreadable", label="style", count=14, total=198)
    assert clause(verdict, ruling_of(verdict), cause).startswith("the reply of style/2 to 14 of 198 answers")

from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.cause import Cause, CauseCode, Caution, CautionCode, Doubt
from cuebook.wording.clauses import caution, clause, doubt, doubted
from cuebook.wording.headline import ruling_of
from outcomes import COVERAGE, JUDGE, LOST, OPEN, first, of


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
        ({"code": "unmeasured"}, "its agreement was not measured"),
        (
            {"code": "unanswered", "judged": 90, "labels": 120},
            "only 90 of 120 labels were answered, so its agreement is not known",
        ),
        ({"code": "moved"}, "its labels, its model or the judge itself changed since it was measured"),
        (
            {"code": "expired", "measured": "2026-08-01", "max_age_days": 90},
            "it was measured on 2026-08-01, more than 90 days ago",
        ),
        (
            {"code": "unjudged", "judged": 90, "labels": 148},
            "it gave a readable reply for only 90 of 148 labels",
        ),
        ({"code": "kappa", "lower": 0.31, "least_kappa": 0.4}, "kappa at least 0.31, 0.40 is asked for"),
        ({"code": "kappa", "lower": 0.3996, "least_kappa": 0.4}, "kappa at least 0.3996, 0.40 is asked for"),
        ({"code": "kappa", "least_kappa": 0.4}, "kappa unknown, 0.40 is asked for"),
    ],
)
def test_why_a_judge_only_advises(known: dict[str, object], said: str) -> None:
    found = Doubt.model_validate({"judge": "grader", **known})
    assert doubt(found) == said
    assert doubted(JUDGE.model_copy(update={"doubt": found})) == said


def test_the_reasons_of_earlier_releases_are_shown_as_they_are() -> None:
    assert doubted(JUDGE.model_copy(update={"why": "it was never measured"})) == "it was never measured"


@pytest.mark.parametrize("code", get_args(CautionCode))
def test_every_caution_is_said(code: CautionCode) -> None:
    found = Caution(code=code, count=3, total=5, share=0.25, names=["5", "4"], words="so {it} is")
    assert caution(found)
    assert "{count}" not in caution(found)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Caution(code="few_labels", count=80, total=100),
            "measured against 80 labels; at least 100 are needed to rely on it",
        ),
        (Caution(code="unbalanced", share=0.08), "8% of the labels are failures; about half should be"),
        (
            Caution(code="repeats", count=3, total=100),
            "its text repeats 3 of the 100 labelled answers: it was told their grades",
        ),
        (
            Caution(code="blind", names=["5", "4"]),
            "it can hardly tell 5 from 4: such a loss goes undetected",
        ),
        (
            Caution(code="unreadable", words="no JSON", names=["Sure {x}"]),
            "mostly no JSON; one said 'Sure {x}'",
        ),
    ],
)
def test_what_to_beware_of_with_a_judge(found: Caution, said: str) -> None:
    assert caution(found) == said


def test_of_several_judges_the_one_is_named() -> None:
    other = JUDGE.model_copy(update={"label": "style", "ref": "style/2"})
    verdict = of("inconclusive", [LOST], judges=[JUDGE, other])
    cause = Cause(code="judge_unreadable", label="style", count=14, total=198)
    assert clause(verdict, ruling_of(verdict), cause) == "14 of 198 replies of style/2 were unusable"


@pytest.mark.parametrize("code", ["stopped_early", "not_shown"])
def test_a_metric_that_scores_few_of_the_cases_is_named(code: CauseCode) -> None:
    few = OPEN.model_copy(update={"used": 3, "planned": 3})
    for metrics, is_said in ([few], True), ([OPEN], False):
        verdict = of("inconclusive", metrics, coverage=COVERAGE)
        said = clause(verdict, ruling_of(verdict), Cause(code=code, count=28, total=198))
        assert said.endswith("; correctness scores only 3 of 198") is is_said, said


def test_a_mean_that_the_last_batch_raised_again_is_no_fall() -> None:
    """A loss that was shown stays one, in the middle of a batch of a hundred, too."""
    level = LOST.model_copy(update={"mean": 0.006, "upper": 0.0})
    cause = Cause(code="metric_lost", label="correctness")
    found = of("fail", [level], cause)
    told = "correctness was shown to be lower before the last cases of the batch made up for it"
    assert clause(found, ruling_of(found), cause) == f"{told} (2.5% error)"
    lost = of("fail", [LOST], cause)
    assert clause(lost, ruling_of(lost), cause).startswith("correctness fell by 55.4 points, at least 7.7")

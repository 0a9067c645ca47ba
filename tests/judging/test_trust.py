from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cuebook.judging.calibration import Basis, Facts
from cuebook.judging.trust import JudgeStanding, assess, is_expired
from cuebook.shapes.run import JudgeRules

BASIS = Basis(judge="grader/1", digest="sha256:j", labels_digest="sha256:l", model="m/x", tool="1")
GOOD = Facts(
    bound_to=BASIS.key,
    measured="2026-09-01",
    labels=140,
    judged=140,
    kappa=0.7,
    lower=0.6,
    upper=0.8,
    j=0.7,
    j_lower=0.5,
)
TODAY = "2026-11-22"
KAPPA, FRESH = JudgeRules(min_kappa=0.4), JudgeRules(max_age_days=90)


@pytest.mark.parametrize(
    ("facts", "rules", "why"),
    [
        (GOOD, JudgeRules(), ""),
        (GOOD, KAPPA, ""),
        (GOOD, JudgeRules(min_kappa=0.6), ""),
        (GOOD, FRESH, ""),
        (None, JudgeRules(), ""),
        (None, KAPPA, "it was never measured against labels"),
        (None, FRESH, "it was never measured against labels"),
        (replace(GOOD, bound_to="other"), JudgeRules(), ""),
        (
            replace(GOOD, bound_to="other"),
            KAPPA,
            "its labels, its model or the judge itself moved since it was measured",
        ),
        (replace(GOOD, measured="2026-08-24"), FRESH, ""),
        (
            replace(GOOD, measured="2026-08-23"),
            FRESH,
            "it was measured on 2026-08-23, more than 90 days ago",
        ),
        (replace(GOOD, measured="2020-01-01"), KAPPA, ""),
        (
            replace(GOOD, lower=0.399),
            KAPPA,
            "its agreement with people (kappa) is at least 0.399, and the suite demands 0.4",
        ),
        (
            replace(GOOD, lower=None),
            KAPPA,
            "its agreement with people (kappa) is unknown, and the suite demands 0.4",
        ),
        (replace(GOOD, judged=133), KAPPA, ""),
        (replace(GOOD, judged=132), KAPPA, "only 132 of 140 labels could be judged"),
    ],
)
def test_assess(facts: Facts | None, rules: JudgeRules, why: str) -> None:
    assert assess(facts, BASIS, rules, TODAY).why == why


def test_facts_of_something_else_are_none() -> None:
    assert assess(replace(GOOD, bound_to="other"), BASIS, JudgeRules(), TODAY).facts is None
    assert assess(GOOD, BASIS, JudgeRules(), TODAY).facts == GOOD


def test_a_judge_without_labels_is_told_where_they_go() -> None:
    bare = BASIS.model_copy(update={"labels_digest": None})
    assert "there is no evals/grader/labels.jsonl" in assess(None, bare, KAPPA, TODAY).why


@pytest.mark.parametrize(
    ("trust", "margin"),
    [
        (JudgeStanding(GOOD), 0.05),
        (JudgeStanding(replace(GOOD, j_lower=0.9)), 0.09),
        (JudgeStanding(replace(GOOD, j_lower=0.01)), 0.005),
        (JudgeStanding(replace(GOOD, j_lower=-0.3)), 0.005),
        (JudgeStanding(replace(GOOD, j_lower=None)), 0.1),
        (JudgeStanding(None), 0.1),
        (JudgeStanding(GOOD, "it is too old"), 0.1),
    ],
)
def test_the_margin_shrinks_by_the_lower_bound_of_j(trust: JudgeStanding, margin: float) -> None:
    assert trust.margin(0.1) == pytest.approx(margin)


@pytest.mark.parametrize("change", [{"lower": 0.5}, {"j_lower": 0.4}, {"j_lower": None}, {"lower": None}])
def test_the_text_follows_what_decides(change: dict[str, Any]) -> None:
    assert JudgeStanding(replace(GOOD, **change)).text != JudgeStanding(GOOD).text
    assert JudgeStanding(GOOD, "too old").text != JudgeStanding(GOOD).text
    assert JudgeStanding(None).text == "not measured"
    assert (
        JudgeStanding(replace(GOOD, measured="2026-11-01", warnings=("few",))).text
        == JudgeStanding(GOOD).text
    )


@pytest.mark.parametrize(
    ("measured", "old"), [("2026-11-22", False), ("2026-11-21", False), ("2026-11-20", True)]
)
def test_the_last_day_counts(measured: str, old: bool) -> None:
    assert is_expired(measured, JudgeRules(max_age_days=1), TODAY) is old
    assert not is_expired(measured, KAPPA, TODAY)

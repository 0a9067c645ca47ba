from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cuebook.judging.calibration import Basis, Facts
from cuebook.judging.trust import JudgeStanding, assess, is_expired
from cuebook.shapes.cause import Caution, Doubt
from cuebook.shapes.suite import JudgeRules

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
OLD = Doubt(code="expired", judge="grader")
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
        (None, KAPPA, "unmeasured"),
        (None, FRESH, "unmeasured"),
        (replace(GOOD, bound_to="other"), JudgeRules(), ""),
        (
            replace(GOOD, bound_to="other"),
            KAPPA,
            "moved",
        ),
        (replace(GOOD, measured="2026-08-24"), FRESH, ""),
        (
            replace(GOOD, measured="2026-08-23"),
            FRESH,
            "expired",
        ),
        (replace(GOOD, measured="2020-01-01"), KAPPA, ""),
        (
            replace(GOOD, lower=0.399),
            KAPPA,
            "kappa",
        ),
        (
            replace(GOOD, lower=None),
            KAPPA,
            "kappa",
        ),
        (replace(GOOD, judged=133), KAPPA, ""),
        (replace(GOOD, judged=132), KAPPA, "unjudged"),
    ],
)
def test_assess(facts: Facts | None, rules: JudgeRules, why: str) -> None:
    found = assess(facts, BASIS, rules, TODAY).doubt
    assert (found.code if found else "") == why


def test_facts_of_something_else_are_none() -> None:
    assert assess(replace(GOOD, bound_to="other"), BASIS, JudgeRules(), TODAY).facts is None
    assert assess(GOOD, BASIS, JudgeRules(), TODAY).facts == GOOD


def test_a_judge_without_labels_is_told_where_they_go() -> None:
    bare = BASIS.model_copy(update={"labels_digest": None})
    assert assess(None, bare, KAPPA, TODAY).doubt == Doubt(code="no_labels", judge="grader")


def test_a_doubt_carries_the_numbers_of_its_sentence() -> None:
    found = assess(replace(GOOD, lower=0.31), BASIS, KAPPA, TODAY).doubt
    assert found is not None
    assert (found.lower, found.least_kappa, found.labels) == (0.31, 0.4, 140)


@pytest.mark.parametrize(
    ("trust", "margin"),
    [
        (JudgeStanding(GOOD), 0.05),
        (JudgeStanding(replace(GOOD, j_lower=0.9)), 0.09),
        (JudgeStanding(replace(GOOD, j_lower=0.01)), 0.005),
        (JudgeStanding(replace(GOOD, j_lower=-0.3)), 0.005),
        (JudgeStanding(replace(GOOD, j_lower=None)), 0.1),
        (JudgeStanding(replace(GOOD, slope_lower=0.7)), 0.07),
        (JudgeStanding(replace(GOOD, slope_lower=-0.2)), 0.005),
        (JudgeStanding(None), 0.1),
        (JudgeStanding(GOOD, OLD), 0.1),
    ],
)
def test_the_margin_shrinks_by_the_lower_bound_of_what_a_judge_shows(
    trust: JudgeStanding, margin: float
) -> None:
    assert trust.margin(0.1) == pytest.approx(margin)


def test_of_the_smallest_margin_something_is_left() -> None:
    assert JudgeStanding(replace(GOOD, j_lower=0.0)).margin(1e-9) > 0, "none is refused when all was paid for"


@pytest.mark.parametrize("change", [{"lower": 0.5}, {"j_lower": 0.4}, {"j_lower": None}, {"lower": None}])
def test_the_text_follows_what_decides(change: dict[str, Any]) -> None:
    assert JudgeStanding(replace(GOOD, **change)).text != JudgeStanding(GOOD).text
    assert JudgeStanding(GOOD, OLD).text != JudgeStanding(GOOD).text
    assert JudgeStanding(None).text == "not measured"
    assert (
        JudgeStanding(replace(GOOD, measured="2026-11-01", cautions=(Caution(code="few_labels"),))).text
        == JudgeStanding(GOOD).text
    )


@pytest.mark.parametrize(
    ("measured", "old"), [("2026-11-22", False), ("2026-11-21", False), ("2026-11-20", True)]
)
def test_the_last_day_counts(measured: str, old: bool) -> None:
    assert is_expired(measured, JudgeRules(max_age_days=1), TODAY) is old
    assert not is_expired(measured, KAPPA, TODAY)

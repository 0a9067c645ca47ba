from __future__ import annotations

from typing import get_args

import pytest

from cuebook.shapes.cause import Reason
from cuebook.wording.planned import JudgeRole, only_advises, planned, role_line


def test_a_planned_comparison_says_what_why_and_through_which_app() -> None:
    said = planned("qa/6", 6, 5, "qa", None, "new version")
    assert said == "qa/6 against v5 on qa  (a new version)"
    alone = planned("qa/1", 1, None, "tone", "desk", "on record")
    assert alone == "qa/1 alone (first version) on tone through the app desk  (no change to compare)"
    assert "alone (nothing to compare with)" in planned("qa/2", 2, None, "qa", None, "for reading")


def test_every_reason_has_words_of_its_own() -> None:
    reasons: tuple[Reason, ...] = get_args(Reason)
    assert len({planned("qa/6", 6, 5, "qa", None, why) for why in reasons}) == len(reasons)


@pytest.mark.parametrize("role", get_args(JudgeRole))
def test_only_a_judge_that_may_decide_is_said_to(role: JudgeRole) -> None:
    said = role_line(role, ["a", "b"], "its agreement was not measured")
    assert said.startswith("it may decide: ") == (role in {"asks_nothing", "agrees"})


def test_a_judge_that_advises_is_told_alike_by_a_plan_and_by_its_measurement() -> None:
    why = "its agreement was not measured"
    assert role_line("advises", ["judge"], why) == only_advises("it", why) == f"it only advises: {why}"
    assert role_line("no_metric", ["a"], "") == "it decides nothing: a is not among the metrics"
    assert role_line("no_metric", ["a", "b"], "") == "it decides nothing: a and b are not among the metrics"

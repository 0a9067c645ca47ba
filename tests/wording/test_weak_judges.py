"""Where a judge shows little of a difference, more cases do not help, and nothing asks for them."""

from __future__ import annotations

from typing import Any

import pytest

from cuebook.shapes.cause import Cause
from cuebook.site.pages._html import words_in
from cuebook.site.pages._judges import judges_of
from cuebook.wording.details import details
from cuebook.wording.next_step import next_step
from cuebook.wording.weak_judges import SCORE_ROLES, ScoreRole, score_role
from outcomes import JUDGE, OPEN, of


@pytest.mark.parametrize(
    ("share", "least", "code", "said"),
    [
        (0.10, -0.06, "write_judge", "take judge/1 out of 'metrics' in evals/qa-assistant/suite.yml"),
        (0.55, 0.12, "label_answers", "Grade more answers by hand in evals/grader/labels.jsonl"),
        (0.70, 0.55, "add_cases", "Add about 472 cases"),
    ],
)
def test_more_cases_are_no_cure_for_a_judge_that_shows_little(
    share: float, least: float, code: str, said: str
) -> None:
    judge = JUDGE.model_copy(update={"slope": share, "slope_lower": least})
    metric = OPEN.model_copy(update={"label": "judge/1"})
    found = of("inconclusive", [metric], Cause(code="not_shown"), judges=[judge])
    assert next_step(found).code == code
    assert said in next_step(found).text
    assert ("cases" in next_step(found).text) == (code == "add_cases")
    told = " ".join(details(found))
    assert ("472 more cases would settle" in told) == (code == "add_cases")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"void": True, "advisory": True}, "void"),
        ({"advisory": True, "kappa": None}, "advisory"),
        ({"kappa": None, "decides": True}, "unmeasured"),
        ({"decides": True}, "decides"),
        ({"decides": False}, "reported"),
    ],
)
def test_page_and_sentence_call_alike_what_a_judge_counts_for(
    fields: dict[str, Any], expected: ScoreRole
) -> None:
    usual = {"void": False, "advisory": False, "kappa": 0.7, "decides": True}
    judge = JUDGE.model_copy(update=usual | fields)
    assert score_role(judge) == expected
    found = of("inconclusive", [OPEN], Cause(code="not_shown"), judges=[judge])
    assert SCORE_ROLES[expected] in words_in(judges_of(found))
    if expected in {"void", "advisory"}:
        assert f"Judge {judge.ref}: {SCORE_ROLES[expected]}, its scores" in " ".join(details(found))

from __future__ import annotations

from typing import get_args

import pytest

from cuebook.wording.judgements import NoJudgement, case_lacks, no_judgement


@pytest.mark.parametrize("code", get_args(NoJudgement))
def test_each_reason_has_its_words(code: NoJudgement) -> None:
    said = no_judgement(code, "{low} odd", (1, 5))
    assert said.startswith(
        "the judge gave no reply: " if code in {"no_reply", "filtered"} else "the judge's reply"
    )
    assert ("{low} odd" in said) is (code not in {"filtered", "no_score"}), (
        "the words of others are not a template"
    )


def test_a_scale_is_named_with_the_score_that_is_off_it() -> None:
    said = no_judgement("score_off_scale", "10", (1, 5))
    assert said == "the judge's reply cannot be read: score 10 is outside the scale 1 to 5"


def test_what_a_case_lacks_is_named_with_its_place() -> None:
    places = {"task": "inputs.task or expectations.task", "reference": "expectations.answer"}
    lacking = "{{task}} (inputs.task or expectations.task), {{reference}} (expectations.answer)"
    assert case_lacks("grader/1", places) == f"the case has nothing for {lacking} of grader/1"

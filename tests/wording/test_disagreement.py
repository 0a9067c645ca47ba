from __future__ import annotations

import pytest

from cuebook.shapes.case_result import ScoreResult
from cuebook.wording.disagreement import disagreement, versions_apart


def told(**passed: bool | None) -> str:
    scores = {
        label: ScoreResult(state="measured", value=0.5, passed=found) for label, found in passed.items()
    }
    return disagreement(scores, 5)


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        ({"exact": False, "judge": True}, "Scorers disagree on v5: exact fails it, judge passes it."),
        (
            {"exact": False, "contains": False, "judge": True, "length": True},
            "Scorers disagree on v5: exact and contains fail it, judge and length pass it.",
        ),
        ({"exact": False, "judge": False}, ""),
        ({"exact": True, "judge": None}, ""),
        ({}, ""),
    ],
)
def test_who_fails_and_who_passes_an_answer(passed: dict[str, bool | None], said: str) -> None:
    assert told(**passed) == said


def test_versions_that_differ_on_no_case_are_said_to_agree() -> None:
    assert versions_apart(0, 9) == "Every version passes and fails the same cases"
    assert versions_apart(1_200, 2_000) == "They differ on 1,200 of 2,000 cases"

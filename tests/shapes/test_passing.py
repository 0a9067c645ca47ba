"""One rule for whether an answer passes, of a run's scores as of a record's."""

from __future__ import annotations

import pytest

from cuebook.shapes.case_result import Answer, ScoreResult
from cuebook.shapes.passing import deciders, passes
from verdicts import verdict

GOOD = ScoreResult(state="measured", value=1.0, passed=True)
BAD = ScoreResult(state="measured", value=0.0, passed=False)
LOST = ScoreResult(state="failed")
APART = ScoreResult(state="not_applicable")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"f1": GOOD, "words": BAD}, True),
        ({"f1": BAD, "words": GOOD}, False),
        ({"f1": GOOD, "judge/1": LOST}, None),
        ({"f1": BAD, "judge/1": LOST}, False),
        ({"f1": GOOD, "judge/1": APART}, True),
        ({"words": BAD}, None),
    ],
)
def test_only_what_decides_tells_whether_an_answer_passes(
    scores: dict[str, ScoreResult], expected: bool | None
) -> None:
    assert passes(Answer(text="a", scores=scores), ["f1", "judge/1"]) is expected


def test_no_answer_does_not_pass() -> None:
    assert passes(Answer(text=None), ["f1"]) is False


def test_a_judge_that_advises_is_no_decider() -> None:
    found = verdict("fail")
    first = found.metrics[0].label
    advised = [item.model_copy(update={"advisory": item.label == first}) for item in found.metrics]
    assert first in deciders(found)
    assert first not in deciders(found.model_copy(update={"metrics": advised}))

from __future__ import annotations

from cuebook.shapes.audit import Audit, Estimate
from cuebook.wording.audit import doubts, estimated, pairs_graded

FOUND = Audit(
    label="grader/1",
    pairs=190,
    graded=40,
    clusters=40,
    judge=0.041,
    people=Estimate(estimate=0.026, lower=-0.019, upper=0.071, weight=0.79),
    alone=Estimate(estimate=0.031, lower=-0.04, upper=0.102),
    kappa=0.71,
    graders=2,
    asked=90,
    skipped=3,
    is_draw=True,
)


def test_what_people_say_in_words() -> None:
    assert pairs_graded(FOUND) == "40 of 190 pairs graded by 2 people, kappa 0.71 between them"
    alone = FOUND.model_copy(update={"graders": 1, "kappa": None})
    assert pairs_graded(alone) == "40 of 190 pairs graded by 1 person"
    assert estimated(FOUND.people) == "+2.6 [\u22121.9, +7.1]"


def test_what_is_no_fair_sample_is_said() -> None:
    assert list(doubts(FOUND)) == []
    told = list(doubts(FOUND.model_copy(update={"skipped": 10, "is_draw": False})))
    assert told[0].startswith("The answers are not the first of the draw")
    assert told[1].startswith("10 of 90 answers skipped")

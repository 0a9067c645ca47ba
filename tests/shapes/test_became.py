from __future__ import annotations

import pytest

from cuebook.shapes.became import Became
from cuebook.shapes.case_result import CaseResult, ScoreResult
from cuebook.shapes.verdict import Verdict
from fixtures.site_catalog import metric, qa_case, verdict


def case(change: str, old: dict[str, float], new: dict[str, float]) -> CaseResult:
    made = qa_case(0, with_baseline=True)
    assert made.baseline
    sides = {
        name: answer.model_copy(
            update={
                "scores": {
                    label: ScoreResult(state="measured", value=value, passed=value > 0.5)
                    for label, value in scores.items()
                }
            }
        )
        for name, answer, scores in (("candidate", made.candidate, new), ("baseline", made.baseline, old))
    }
    return made.model_copy(update={"change": change, **sides})


def judged(*cases: CaseResult) -> Verdict:
    metrics = [metric(label, 0.0, -0.1, 0.1, "pass") for label in ("f1", "judge/1")]
    return verdict("qa", 2, "fail", metrics=metrics, cases=list(cases))


@pytest.mark.parametrize(
    ("change", "old", "new", "kind"),
    [
        ("worse", {"f1": 0.9, "judge/1": 0.6}, {"f1": 0.6, "judge/1": 0.9}, "mixed"),
        ("worse", {"f1": 0.9, "judge/1": 0.9}, {"f1": 0.6, "judge/1": 0.9}, "worse"),
        ("broken", {"f1": 0.9, "judge/1": 0.2}, {"f1": 0.2, "judge/1": 0.9}, "broken"),
        ("same", {"f1": 0.2, "judge/1": 0.9}, {"f1": 0.2, "judge/1": 0.9}, "wrong"),
        ("same", {"f1": 0.9, "judge/1": 0.9}, {"f1": 0.9, "judge/1": 0.9}, "same"),
    ],
)
def test_metrics_that_disagree_are_mixed_and_unchanged_failures_are_wrong(
    change: str, old: dict[str, float], new: dict[str, float], kind: str
) -> None:
    one = case(change, old, new)
    assert Became(judged(one)).kind(one) == kind


def test_groups_keep_the_order_of_the_verdict() -> None:
    ways = ("failed", "broken", "fixed", "failed")
    became = Became(judged(*(case(way, {"f1": 0.9}, {"f1": 0.2}) for way in ways)))
    assert became.kinds == list(ways)
    assert [one.change for one in became.group("broken", "failed")] == ["failed", "broken", "failed"]
    assert became.group("worse") == []


def test_a_score_that_compares_is_the_change_itself() -> None:
    one = case("worse", {"f1": 0.9}, {"f1": 0.9, "judge/1": -0.5})
    became = Became(judged(one))
    assert became.paired == {"judge/1"}
    assert became.changes(one) == {"f1": 0.0, "judge/1": -0.5}


def test_what_is_missing_has_no_change() -> None:
    one = case("same", {"f1": 0.9}, {})
    assert Became(judged(one)).changes(one) == {}

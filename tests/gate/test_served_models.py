from __future__ import annotations

from typing import Any

import pytest

from build import case, comparison, suite, version
from cuebook.gate import verdict_builder
from cuebook.gate.comparison import Comparison
from cuebook.gate.served_models import compared, served, unpriced
from cuebook.shapes.run import CaseRun, Failure, ModelReply, Sample, Score, Usage
from cuebook.shapes.suite import ScorerSpec
from cuebook.shapes.verdict import Served, Verdict

CASES = [case(number) for number in range(4)]
GRADED = suite(
    CASES,
    scorers=[ScorerSpec("exact", "exact"), ScorerSpec("judge", "grade", {"prompt": "grader/1"})],
)
JUDGE = version(1, "{{answer}}", prompt="grader", model="openai/judge")


def sample(name: str, judge: str = "judge-1", cost: float | None = 0.0) -> Sample:
    usage = Usage(1, 1, cost)
    graded = Score("measured", 1.0, usage=usage, served=(judge,))
    scores = {"exact": Score("measured", 1.0), "grade": graded}
    return Sample(0, ModelReply("yes", name, usage), None, scores)


def runs(
    of: Comparison, new: list[str], old: list[str], judges: list[str], cost: float | None = 0.0
) -> list[CaseRun]:
    """One case for each name: of the candidate's model, the baseline's and the judge's."""
    return [
        CaseRun(item, model, (sample(a, c, cost),), (sample(b, c, cost),) if of.baseline else ())
        for item, a, b, c in zip(of.cases, new, old, judges, strict=False)
        for model in of.models
    ]


def held(**changes: Any) -> Comparison:
    return comparison(GRADED, judges={"grader/1": JUDGE}, **changes)


def told(of: Comparison, found: list[CaseRun], resolve: dict[str, str] | None = None) -> dict[str, Any]:
    return {f"{item.who} {item.model}": item.names for item in served(of, found, resolve)}


def test_each_arm_and_judge_is_told_apart() -> None:
    of = held()
    found = runs(of, ["m-2", "m-2"], ["m-1", "m-2"], ["j-1", "j-1"])
    assert told(of, found) == {
        "candidate scripted/model": ["m-2"],
        "baseline scripted/model": ["m-1", "m-2"],
        "grader/1 openai/judge": ["j-1"],
    }


def test_the_model_asked_is_the_one_that_the_settings_put() -> None:
    of = held()
    found = told(of, runs(of, ["m"], ["m"], ["j"]), {"scripted/model": "openai/x", "openai/judge": "a/b"})
    assert list(found) == ["candidate openai/x", "baseline openai/x", "grader/1 a/b"]


def test_models_of_the_suite_are_told_apart() -> None:
    of = comparison(suite(CASES, models=("a/one", "b/two")))
    found = [
        CaseRun(of.cases[0], model, (sample(f"{model}-new"),), (sample(f"{model}-old"),))
        for model in of.models
    ]
    assert [(item.model, item.names) for item in served(of, found) if item.who == "candidate"] == [
        ("a/one", ["a/one-new"]),
        ("b/two", ["b/two-new"]),
    ]


def test_who_had_no_reply_is_not_listed() -> None:
    of = held()
    failed = [CaseRun(item, "", (Sample(0, None, Failure("provider", "no")),)) for item in of.cases]
    assert served(of, failed) == []
    assert served(of, []) == []


def test_repeat_runs_of_a_protected_case_count_for_their_version() -> None:
    of = held()
    once = (sample("m-1"),)
    item = CaseRun(of.cases[0], "", once, once, (sample("m-2"),), (sample("m-3"),))
    found = told(of, [item])
    assert found["candidate scripted/model"] == ["m-1", "m-2"]
    assert found["baseline scripted/model"] == ["m-1", "m-3"]


def who(*names: str, role: str = "candidate", model: str = "openai/x") -> Served:
    return Served(who=role, model=model, names=list(names))


@pytest.mark.parametrize(
    ("now", "before", "beside"),
    [
        (who("a"), [who("a")], []),
        (who("a"), [], []),
        (who("a"), [who("a", "b")], []),
        (who("b"), [who("a", model="openai/y")], []),
        (who("b"), [who("a", role="baseline")], []),
        (who("b", "a"), [who("a", "b")], []),
        (who("b"), [who("a")], ["a"]),
        (who("a", "b", role="grader/1"), [who("a", role="grader/1")], ["a"]),
    ],
)
def test_a_model_that_is_new_stands_beside_those_of_before(
    now: Served, before: list[Served], beside: list[str]
) -> None:
    earlier = verdict().model_copy(update={"served": before})
    assert [item.before for item in compared([now], earlier)] == [beside]


def verdict(name: str = "m", cost: float | None = 0.0, earlier: Verdict | None = None) -> Verdict:
    of = held()
    return verdict_builder.rule(of, runs(of, [name] * 4, ["m"] * 4, ["j"] * 4, cost), earlier=earlier)


def test_a_verdict_flags_another_model_than_in_the_earlier_one() -> None:
    first = verdict("m-1")
    assert [item.names for item in first.served] == [["m-1"], ["m"], ["j"]]
    assert not any(item.before for item in first.served)
    assert [item.before for item in verdict("m-2", earlier=first).served] == [["m-1"], [], []]
    assert verdict("m-1", earlier=first) == first


@pytest.mark.parametrize(
    ("cost", "count", "missing"), [(0.0, 4, 0), (0.5, 4, 0), (None, 4, 16), (None, 0, 0)]
)
def test_replies_without_a_price_are_counted(cost: float | None, count: int, missing: int) -> None:
    of = held()
    asked = runs(of, ["m"] * count, ["m"] * count, ["j"] * count, cost)
    assert unpriced(asked) == missing
    assert unpriced(asked, given=True) == missing // 2


def test_one_reply_without_a_price() -> None:
    alone = comparison(suite(CASES), alone=True)
    item = CaseRun(alone.cases[0], "", (Sample(0, ModelReply("x", "m")),))
    assert unpriced([item]) == 1


def test_a_score_nobody_was_asked_for_has_no_price_to_be_missed() -> None:
    alone = comparison(suite(CASES), alone=True)
    reply = ModelReply("x", "m", Usage(1, 1, 0.0))
    item = CaseRun(alone.cases[0], "", (Sample(0, reply, None, {"exact": Score("measured", 1.0)}),))
    assert unpriced([item]) == 0

from __future__ import annotations

from dataclasses import replace

import pytest

from build import case, comparison, suite, version
from cuebook.gate.comparison import Comparison, scale_of
from cuebook.shapes.suite import MetricRule, ScorerSpec


def test_planned_counts_clusters_once_and_leaves_out_cases_without_the_expectation() -> None:
    cases = [case(0), case(1, cluster="x"), case(2, cluster="x"), case(3, other="y")]
    assert comparison(suite(cases)).planned("exact") == 2


@pytest.mark.parametrize(
    ("alone", "repeats", "models", "expected"),
    [(False, 1, (), 8), (True, 1, (), 4), (False, 3, (), 24), (False, 1, ("scripted/a", "scripted/b"), 16)],
)
def test_calls(*, alone: bool, repeats: int, models: tuple[str, ...], expected: int) -> None:
    of = suite([case(n) for n in range(4)], repeats=repeats, models=models)
    assert comparison(of, alone=alone).calls() == expected


@pytest.mark.parametrize(
    ("listed", "model", "expected"),
    [
        ((), "scripted/model", ("",)),
        ((), "scripted/weak", ("",)),
        (("a/strong",), "scripted/model", ("a/strong",)),
        (("a/strong",), "scripted/weak", ("a/strong", "")),
        (("a/strong", "scripted/weak"), "scripted/weak", ("a/strong", "scripted/weak", "")),
    ],
)
def test_a_list_of_models_does_not_hide_another_model(
    listed: tuple[str, ...], model: str, expected: tuple[str, ...]
) -> None:
    other = version(2, "Answer well: {{question}}", model=model)
    found = comparison(suite([case(1)], models=listed), candidate=other)
    assert found.models == expected
    assert found.asked_models == sorted({*listed, *(() if expected == listed else (model, "scripted/model"))})
    assert len({found.model_name(name) for name in found.models}) == len(expected)
    told = found.digests().tool.endswith("; each version's own model, too")
    assert told is (bool(listed) and "" in expected)


def test_judges_and_pairwise_judges_cost_calls() -> None:
    specs = (
        ScorerSpec("exact", "exact"),
        ScorerSpec("judge", "j", {"prompt": "g/1", "scale": [1, 5]}),
        ScorerSpec("judge_pairwise", "p", {"prompt": "h/1"}),
    )
    of = suite([case(0)], scorers=specs)
    assert comparison(of).calls() == 2 * 2 + 2
    assert comparison(of, alone=True).calls() == 2


def test_digests_follow_what_they_cover() -> None:
    cases = [case(n) for n in range(3)]
    first = comparison(suite(cases)).digests()
    assert comparison(suite(cases[::-1])).digests() == first, "the order of the file means nothing"
    stricter = suite(cases, metrics={"exact": MetricRule(0.01)})
    assert comparison(stricter).digests().suite != first.suite
    assert comparison(suite(cases[:2])).digests().dataset != first.dataset
    other = comparison(suite(cases), candidate=version(2, "Other {{question}}"))
    assert other.digests().candidate != first.candidate
    assert comparison(suite(cases)).digests({"scripted/model": "openai/x"}).models == ["openai/x"]


JUDGE = ScorerSpec("judge", "g/1", {"prompt": "g/1", "with": {"reference": "expectations.answer"}})


PAIRWISE = ScorerSpec("judge_pairwise", "h/1", {"prompt": "h/1"})


def asked(*specs: ScorerSpec, cases: int = 10, **changes: object) -> Comparison:
    inputs = {"reference": {"type": "string"}, "answer": {"type": "string"}}
    judges = {
        "g/1": version(prompt="g", inputs=inputs),
        "h/1": version(prompt="h", inputs={"first": {}, "second": {}}),
    }
    of = suite([case(n) for n in range(cases)], scorers=(ScorerSpec("exact", "exact"), *specs))
    return comparison(of, judges=judges, **changes)


def test_canaries_ride_on_the_first_cases_that_a_judge_can_be_asked_about() -> None:
    of = asked(JUDGE)
    assert [item.id for item in of.canary_cases(JUDGE).values()] == [item.id for item in of.cases[:6]]
    lacking = replace(of, cases=(case(90, other="x"), *of.cases))
    assert lacking.canary_cases(JUDGE) == of.canary_cases(JUDGE)
    few = asked(JUDGE, cases=4)
    names = [item.id for item in few.canary_cases(JUDGE).values()]
    assert names == [item.id for item in (*few.cases, *few.cases[:2])]
    assert replace(of, cases=(case(90, other="x"),)).canary_cases(JUDGE) == {}
    assert replace(of, judges={}).canary_cases(JUDGE) == {}


def test_a_judge_applies_to_the_cases_that_have_what_it_asks_for() -> None:
    of = asked(JUDGE)
    lacking = replace(of, cases=(*(case(n, other="x") for n in range(20, 28)), *of.cases))
    assert [lacking.applies("g/1", item) for item in lacking.cases] == [False] * 8 + [True] * 10
    assert lacking.planned("g/1") == 10
    assert replace(lacking, judges={}).planned("g/1") == 18, "of a judge that is not known nobody can tell"


def test_canaries_ride_before_anything_can_be_decided() -> None:
    able = [case(n) for n in range(12)]
    others = [case(n, other="x") for n in range(20, 28)]
    of = replace(asked(JUDGE), cases=(*others, *able))
    assert {item.id for item in of.canary_cases(JUDGE).values()} == {"case-000", "case-001"}
    late = replace(of, cases=(*others, *[case(n, other="x") for n in range(30, 40)], *able))
    assert len({item.id for item in late.canary_cases(JUDGE).values()}) == 6


def test_without_a_judge_nothing_rides() -> None:
    of = asked(JUDGE)
    assert replace(of, judges={}).canary_cases(JUDGE) == {}


def test_canaries_cost_calls_and_are_no_cases() -> None:
    assert asked(JUDGE).calls() == 10 * 2 * 2 + 6
    assert asked(JUDGE, alone=True).calls() == 10 * 2 + 6
    assert asked(PAIRWISE).calls() == 10 * (2 + 2) + 12
    assert asked(PAIRWISE, alone=True).calls() == 10
    assert asked(JUDGE).planned("exact") == 10


@pytest.mark.parametrize(
    ("parameters", "scale"), [({}, (1, 5)), ({"scale": [0, 1]}, (0, 1)), ({"scale": [1, 10]}, (1, 10))]
)
def test_scale_of(parameters: dict[str, object], scale: tuple[float, float]) -> None:
    assert scale_of(ScorerSpec("judge", "g/1", {"prompt": "g/1"} | parameters)) == scale
    assert scale_of(PAIRWISE) is None
    assert scale_of(ScorerSpec("exact", "exact")) is None


def test_a_dialogue_takes_a_call_for_each_turn_that_is_answered() -> None:
    turns = ({"user": "a", "expectations": {"answer": "x"}}, {"assistant": "b"}, {"user": "c"}, {"user": "d"})
    talk = replace(case(0), turns=turns)
    assert comparison(suite([talk])).calls() == 2 * 2, "fixed words answer the first turn"
    of = comparison(suite([talk, case(1)], repeats=3, models=("a/b", "c/d")))
    assert of.calls() == 2 * 3 * 2 * (2 + 1)
    assert comparison(suite([talk]), given=True).calls() == 0


def test_a_judge_is_counted_for_each_answer_that_it_grades() -> None:
    judge = version(1, "{{answer}} {{reference}}", prompt="judge-a", inputs={"answer": {}, "reference": {}})
    spec = ScorerSpec("judge", "judge-a/1", {"prompt": "judge-a/1"})
    turns = ({"user": "a", "expectations": {"reference": "x"}}, {"user": "b"})
    of = comparison(
        suite([replace(case(0), turns=turns)], scorers=[spec], metrics={"judge-a/1": MetricRule()}),
        judges={"judge-a/1": judge},
        alone=True,
    )
    of_canaries = len(of.canary_cases(spec))
    assert of.calls() - of_canaries == 2 + 2, "two answers, and two grades: of the first and of the last"


def test_only_results_of_tools_make_more_calls_than_are_planned() -> None:
    tools = {"look": [{"result": 1}]}
    talk = replace(case(0), tools=tools)
    calling = version(2, "{{question}}", calling={"tools": [{"name": "look"}]})
    assert comparison(suite([talk]), candidate=calling).may_take_more
    assert not comparison(suite([case(0)]), candidate=calling).may_take_more
    assert not comparison(suite([talk])).may_take_more

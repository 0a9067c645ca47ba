from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from build import case, comparison, suite, version, write
from cuebook.core.errors import UnknownPrompt
from cuebook.core.files import Folder
from cuebook.gate.change_plan import plan_change
from cuebook.gate.plan import (
    Comparison,
    Plan,
    compare,
    in_order,
    on_record,
    pinned_judges,
    plan_record,
    scale_of,
)
from cuebook.registry.reader import Registry
from cuebook.shapes.cause import Nothing
from cuebook.shapes.suite import MetricRule, ScorerSpec
from judged import JUDGED, TOSSED

SUITE = """\
prompt: qa
scorers: [exact]
gate:
  metrics:
    exact: {margin: 0.1}
"""


def prompt(text: str, message: str = "m") -> str:
    return f"message: {message}\nmodel: offline/rules\ntemplate: '{text} {{{{question}}}}'\n"


def line(name: str, answer: str = "yes") -> str:
    return (
        f'{{"id": "{name}", "inputs": {{"question": "{name}?"}}, "expectations": {{"answer": "{answer}"}}}}\n'
    )


BASE = {
    "prompts/qa/v1.prompt.yml": prompt("One"),
    "prompts/qa/aliases.yml": "production: 1\n",
    "evals/qa/suite.yml": SUITE,
    "evals/qa/dataset.jsonl": line("a") + line("b") + line("c"),
}
SECOND = {"prompts/qa/v2.prompt.yml": prompt("Two")}


def registry(folder: Path, files: dict[str, str]) -> Registry:
    return Registry(Folder(write(folder, files)))


def change(
    tmp_path: Path, head: dict[str, str], base: dict[str, str] = BASE
) -> tuple[list[tuple[object, ...]], tuple[str, ...]]:
    plan = plan_change(
        registry(tmp_path / "base", base), registry(tmp_path / "head", base | head), ["production"]
    )
    found = [
        (item.candidate.number, item.baseline.number if item.baseline else None, item.reason, len(item.cases))
        for item in plan.comparisons
    ]
    return found, plan.nothing


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (SECOND, [(2, 1, "new version", 3)]),
        (SECOND | {"prompts/qa/aliases.yml": "production: 2\n"}, [(2, 1, "new version", 3)]),
        ({"evals/qa/dataset.jsonl": line("a") + line("d")}, [(1, None, "suite changed", 2)]),
        ({"evals/qa/suite.yml": SUITE.replace("0.1", "0.2")}, [(1, None, "suite changed", 3)]),
        ({"prompts/qa/meta.yml": "title: Questions\n"}, []),
        ({"README.md": "hello"}, []),
        ({}, []),
    ],
)
def test_what_a_change_makes_necessary(tmp_path: Path, head: dict[str, str], expected: list[object]) -> None:
    found, notes = change(tmp_path, head)
    assert found == expected
    assert bool(notes) == (not expected), "an empty plan says so"


def test_a_moved_alias_is_held_against_what_it_pointed_to(tmp_path: Path) -> None:
    base = BASE | SECOND
    found, _ = change(tmp_path, {"prompts/qa/aliases.yml": "production: 2\n"}, base)
    assert found == [(2, 1, "alias moves", 3)]


def test_an_unprotected_alias_needs_no_evidence(tmp_path: Path) -> None:
    base = BASE | SECOND
    found, _ = change(tmp_path, {"prompts/qa/aliases.yml": "production: 1\nstaging: 2\n"}, base)
    assert found == []


def test_the_bar_cannot_be_lowered_in_the_same_change(tmp_path: Path) -> None:
    lowered = SUITE.replace("0.1", "0.9")
    edited = line("a") + line("b", "no") + line("c") + line("d")
    head = SECOND | {"evals/qa/suite.yml": lowered, "evals/qa/dataset.jsonl": edited}
    plan = plan_change(
        registry(tmp_path / "base", BASE), registry(tmp_path / "head", BASE | head), ["production"]
    )
    first, shown = plan.comparisons
    assert first.suite.gate.metrics["exact"].margin == 0.1
    assert {item.id: item.expectations["answer"] for item in first.cases} == dict.fromkeys("abc", "yes")
    assert (first.left_out, first.as_before, first.reading_only) == (1, 1, False)
    assert (shown.suite.gate.metrics["exact"].margin, shown.reading_only) == (0.9, True)
    assert {item.id for item in shown.cases} == set("abcd")


def test_a_prompt_without_a_suite_is_named(tmp_path: Path) -> None:
    bare = {name: text for name, text in BASE.items() if name.startswith("prompts/")}
    found, notes = change(tmp_path, SECOND, bare)
    assert found == []
    assert notes[0] == Nothing(code="no_suite", prompt="qa")


def test_the_record_holds_old_versions_against_their_predecessor_and_new_ones_against_the_live_one(
    tmp_path: Path,
) -> None:
    files = BASE | SECOND | {f"prompts/qa/v{n}.prompt.yml": prompt(f"N{n}") for n in (3, 4)}
    plan = plan_record(registry(tmp_path, files | {"prompts/qa/aliases.yml": "production: 2\n"}))
    found = [(item.candidate.number, item.baseline and item.baseline.number) for item in plan.comparisons]
    assert found == [(1, None), (2, 1), (3, 2), (4, 2)]
    assert [item.is_live for item in plan.comparisons] == [False, True, False, False]


@pytest.mark.parametrize(
    ("number", "lives", "expected"),
    [
        (4, [], 3),
        (4, [1, 2, 4], 2),
        (3, [1, 2, 4], 2),
        (2, [2], 1),
        (1, [1], None),
        (5, [1, 2, 4], 4),
        (4, [9, 1], 1),
    ],
)
def test_a_version_is_held_against_what_it_replaced(
    tmp_path: Path, number: int, lives: list[int], expected: int | None
) -> None:
    files = BASE | {f"prompts/qa/v{n}.prompt.yml": prompt(f"N{n}") for n in (2, 3, 4, 5)}
    reg = registry(tmp_path, files | {"prompts/qa/aliases.yml": "production: 4\n"})
    found = on_record(reg, reg.suite("qa"), reg.version("qa", number), {"qa": {"production": lives}})
    assert (found.baseline and found.baseline.number) == expected


def test_a_pinned_judge_must_exist(tmp_path: Path) -> None:
    judged = SUITE.replace("[exact]", "\n  - exact\n  - judge: {prompt: grader/1, scale: [1, 5]}")
    reg = registry(tmp_path, BASE | {"evals/qa/suite.yml": judged})
    assert pinned_judges(reg.suite("qa")) == ["grader/1"]
    with pytest.raises(UnknownPrompt, match="grader"):
        compare(reg, reg.suite("qa"), reg.version("qa", 1), None, "on record")


def test_the_order_is_fixed_by_the_salt_and_not_by_the_file() -> None:
    cases = [case(n) for n in range(30)]
    one = [item.id for item in in_order(cases, "a:b")]
    assert [item.id for item in in_order(cases[::-1], "a:b")] == one
    assert [item.id for item in in_order(cases, "a:c")] != one
    assert sorted(one) == sorted(item.id for item in cases)


def test_nothing_that_the_change_brings_chooses_the_order(tmp_path: Path) -> None:
    """Edits of no effect would search for an order in which a loss passes."""
    many = BASE | {"evals/qa/dataset.jsonl": "".join(line(f"case-{n}") for n in range(20))}
    base = registry(tmp_path / "base", many)

    def order(text: str, data: str = "") -> list[str]:
        files = {"prompts/qa/v2.prompt.yml": prompt(text)}
        files |= {"evals/qa/dataset.jsonl": many["evals/qa/dataset.jsonl"] + data}
        head = registry(tmp_path / f"{text}{len(data)}", many | files)
        first, *_ = plan_change(base, head, ["production"]).comparisons
        return [item.id for item in first.cases]

    first = order("Two")
    assert order("Three") == first
    assert [name for name in order("Two", line("new")) if name != "new"] == first


def test_clusters_stand_together() -> None:
    cases = [case(n, cluster=f"doc-{n % 4}" if n % 2 else None) for n in range(24)]
    ordered = [item.cluster or item.id for item in in_order(cases, "salt")]
    runs = [name for index, name in enumerate(ordered) if index == 0 or ordered[index - 1] != name]
    assert len(runs) == len(set(runs))


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


def judged_change(tmp_path: Path, head: dict[str, str], base: dict[str, str] | None = None) -> Plan:
    before = JUDGED | (base or {})
    return plan_change(
        registry(tmp_path / "base", before), registry(tmp_path / "head", before | head), ["production"]
    )


def test_other_labels_make_the_live_versions_be_seen_again(tmp_path: Path) -> None:
    assert judged_change(tmp_path, {}).comparisons == ()
    (only,) = judged_change(tmp_path, {"evals/grader/labels.jsonl": TOSSED}).comparisons
    assert (only.candidate.number, only.reason) == (1, "suite changed")
    assert only.labels["grader/1"].cases[1].expectations["label"] == 5


def test_a_judge_is_held_against_the_labels_from_before_the_change(tmp_path: Path) -> None:
    head = {
        "evals/grader/labels.jsonl": TOSSED,
        "prompts/qa/v3.prompt.yml": JUDGED["prompts/qa/v2.prompt.yml"].replace("short", "very short"),
    }
    only, shown = judged_change(tmp_path, head).comparisons
    assert (only.candidate.number, only.left_out, shown.reading_only) == (3, 0, True)
    assert only.labels["grader/1"].cases[1].expectations["label"] == 1


def test_first_labels_count_at_once(tmp_path: Path) -> None:
    bare = {name: text for name, text in JUDGED.items() if "labels" not in name}
    head = bare | {"evals/grader/labels.jsonl": TOSSED, "prompts/qa/v3.prompt.yml": prompt("Three")}
    plan = plan_change(registry(tmp_path / "base", bare), registry(tmp_path / "head", head), ["production"])
    assert len(plan.comparisons[0].labels["grader/1"].cases) == 120


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
    riding = len(of.canary_cases(spec))
    assert of.calls() - riding == 2 + 2, "two answers, and two grades: of the first and of the last"


def test_only_results_of_tools_make_more_calls_than_are_planned() -> None:
    tools = {"look": [{"result": 1}]}
    talk = replace(case(0), tools=tools)
    calling = version(2, "{{question}}", calling={"tools": [{"name": "look"}]})
    assert comparison(suite([talk]), candidate=calling).may_take_more
    assert not comparison(suite([case(0)]), candidate=calling).may_take_more
    assert not comparison(suite([talk])).may_take_more

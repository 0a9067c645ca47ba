from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from build import case, suite
from cuebook.gate.loosening import (
    app_loosened,
    labels_changed,
    labels_loosened,
    settings_loosened,
    suite_loosened,
)
from cuebook.models import price_of
from cuebook.registry.settings import Settings
from cuebook.shapes.labels import Given, Labels
from cuebook.shapes.run import Case
from cuebook.shapes.suite import GateRules, JudgeRules, MetricRule, ScorerSpec, Suite

JUDGE = ScorerSpec("judge", "correct", {"prompt": "grader/2", "scale": [1, 5]})
SQL = ScorerSpec("sql_result", "rows", {"schema": "shop.sql"})
RULES = GateRules(
    metrics={"exact": MetricRule(0.05, 0.6), "correct": MetricRule(0.05), "rows": MetricRule(0.1)},
    protected="critical",
    limits={"words": 100.0},
    judges=JudgeRules(0.4, 90),
    max_cost_usd=2.0,
    max_calls=500,
)
OLD = replace(
    suite([case(n, tags=["critical"] if n < 3 else []) for n in range(20)]),
    scorers=(ScorerSpec("exact", "exact"), JUDGE, SQL, ScorerSpec("length", "length")),
    gate=RULES,
    path="evals/qa",
    models=("scripted/a", "scripted/b"),
    repeats=3,
    files={"shop.sql": b"CREATE TABLE t(a)", "README.md": b"hello"},
)


def gate(**changes: Any) -> Suite:
    return replace(OLD, gate=replace(RULES, **changes))


def metrics(**changes: MetricRule | None) -> Suite:
    merged = {**RULES.metrics, **changes}
    return gate(metrics={name: rule for name, rule in merged.items() if rule})


def scorers(*changed: ScorerSpec) -> Suite:
    by_label = {spec.label: spec for spec in OLD.scorers} | {spec.label: spec for spec in changed}
    return replace(OLD, scorers=tuple(by_label.values()))


LOOSER = {
    "margin": metrics(exact=MetricRule(0.06, 0.6)),
    "floor": metrics(exact=MetricRule(0.05, 0.59)),
    "floor gone": metrics(exact=MetricRule(0.05)),
    "metric": metrics(correct=None),
    "judge": scorers(replace(JUDGE, parameters={"prompt": "lenient/1", "scale": [1, 5]})),
    "scorer": scorers(replace(JUDGE, parameters={"prompt": "grader/2", "scale": [1, 3]})),
    "scorer of another kind": scorers(ScorerSpec("contains", "exact", {"expectation": "answer"})),
    "scorer with a threshold": scorers(ScorerSpec("exact", "exact", {"ignore_case": True})),
    "scorer with a truth value for a number": scorers(
        replace(JUDGE, parameters={"prompt": "grader/2", "scale": [True, 5]})
    ),
    "scorer's file": replace(OLD, files={"shop.sql": b"CREATE TABLE t(a, b)"}),
    "scorer's file gone": replace(OLD, files={}),
    "protected": gate(protected=None),
    "protected tag": gate(protected="harmless"),
    "protected, as one more metric has to pass them": metrics(tone=MetricRule(1.0)),
    "limit": gate(limits={"words": 101.0}),
    "limit gone": gate(limits={}),
    "kappa": gate(judges=JudgeRules(0.3, 90)),
    "kappa asked, so that a judge may no longer decide": gate(judges=JudgeRules(0.99, 90)),
    "age": gate(judges=JudgeRules(0.4, None)),
    "repeats": replace(OLD, repeats=1),
    "steps": replace(OLD, max_steps=1),
    "steps, which may hide that it goes on and on": replace(OLD, max_steps=OLD.max_steps + 1),
    "error": gate(error=0.1),
    "models": replace(OLD, models=("scripted/b",)),
    "models gone": replace(OLD, models=()),
    "models give way to an app": replace(OLD, models=(), target="desk"),
    "baseline": gate(baseline="canary"),
    "enforce": gate(enforce="promotion"),
    "ceiling": gate(max_cost_usd=None),
    "ceiling of calls": gate(max_calls=501),
    "cases": replace(OLD, cases=OLD.cases[1:]),
    "cases edited": replace(OLD, cases=(replace(OLD.cases[0], tags=()), *OLD.cases[1:])),
    "cases_added": replace(OLD, cases=(*OLD.cases, *(case(100 + n) for n in range(3)))),
    "suite": None,
    "suite of another prompt": replace(OLD, prompt="other"),
}


@pytest.mark.parametrize("name", LOOSER)
def test_each_rule_that_asks_for_less_is_named(name: str) -> None:
    (found,) = suite_loosened(OLD, LOOSER[name])
    assert found.code == re.split("[ ,]", name)[0].removesuffix("'s")
    assert found.file.startswith("evals/qa/")
    says = (found.old, found.new, found.was, found.now, found.count, found.label)
    assert says != (None, None, "", "", None, "")


@pytest.mark.parametrize("after", [{"words.txt": b"all"}, {}, {"words.txt": b"few", "more.txt": b"x"}])
def test_a_scorer_of_somebody_else_may_read_any_file_beside_the_suite(after: dict[str, bytes]) -> None:
    own = replace(scorers(ScorerSpec("polite", "exact")), files={"words.txt": b"few"})
    (found,) = suite_loosened(own, replace(own, files=after))
    assert (found.code, found.label.partition(" ")[0]) == ("scorer", "exact")
    assert suite_loosened(replace(OLD, files={"words.txt": b"few"}), replace(OLD, files=after)) == []


@pytest.mark.parametrize(("was", "now"), [(b"a", b"b"), (b"a", None), (None, b"b")])
def test_a_file_of_a_scorer_is_told_by_the_digests_before_and_after(
    was: bytes | None, now: bytes | None
) -> None:
    suites = [replace(OLD, files={"shop.sql": data} if data else {}) for data in (was, now)]
    (found,) = suite_loosened(*suites)
    assert (found.was, found.now) == tuple(
        sha256(data).hexdigest()[:12] if data else "" for data in (was, now)
    )


STRICTER = {
    "the same": OLD,
    "a smaller margin": metrics(exact=MetricRule(0.04, 0.6)),
    "a higher floor": metrics(exact=MetricRule(0.05, 0.7)),
    "a floor": metrics(correct=MetricRule(0.05, 0.3)),
    "one more limit": gate(limits={"words": 100.0, "seconds": 3.0}),
    "a lower limit": gate(limits={"words": 90.0}),
    "younger measurements": gate(judges=JudgeRules(0.4, 30)),
    "more repeats": replace(OLD, repeats=4),
    "more repeats of the baseline": gate(baseline_repeats=3),
    "one more model": replace(OLD, models=("scripted/a", "scripted/c", "scripted/b")),
    "a lower ceiling": gate(max_cost_usd=1.0, max_calls=10),
    "a scorer that decides nothing": scorers(ScorerSpec("length", "length", {"max_words": 9})),
    "a file that no scorer reads": replace(OLD, files={**OLD.files, "README.md": b"other"}),
    "few new cases": replace(OLD, cases=(*OLD.cases, case(100), case(101))),
    "one more input": replace(
        OLD, cases=tuple(replace(item, inputs={**item.inputs, "context": "c"}) for item in OLD.cases)
    ),
}


@pytest.mark.parametrize("name", STRICTER)
def test_what_is_as_strict_is_not_named(name: str) -> None:
    assert suite_loosened(OLD, STRICTER[name], {"question"}) == []


def test_values_are_told_from_and_to() -> None:
    (margin,) = suite_loosened(OLD, LOOSER["margin"])
    assert (margin.label, margin.old, margin.new) == ("exact", 0.05, 0.06)
    (judge,) = suite_loosened(OLD, LOOSER["judge"])
    assert (judge.label, judge.was, judge.now) == ("correct", "grader/2", "lenient/1")


def test_another_app_or_a_model_in_its_place_is_named() -> None:
    through = replace(OLD, models=(), target="desk")
    assert suite_loosened(through, through) == []
    for after, now in ((replace(through, target="shop"), "the app shop"), (OLD, "scripted/a, scripted/b")):
        (found,) = suite_loosened(through, after)
        assert (found.code, found.was, found.now) == ("models", "the app desk", now)


def labels(*cases: Case, path: str = "evals/grader/labels.jsonl") -> Labels:
    return Labels(cases, tuple(Given(case, case.expectations["label"], path) for case in cases))


def test_labels_taken_away_or_turned_are_counted() -> None:
    old = labels(*(case(n, label=n % 2) for n in range(5)))
    turned = labels(case(0, label=1), *old.cases[1:4])
    (found,) = labels_loosened("grader", old, turned)
    assert (found.code, found.old, found.new, found.count) == ("labels", 5, 4, 2)
    assert found.file == "evals/grader/labels.jsonl"
    assert labels_loosened("grader", old, labels(*old.cases, case(9, label=0))) == []
    moved = labels(*reversed(old.cases), path="evals/grader/labels/ada.jsonl")
    assert labels_loosened("grader", old, moved) == []


def test_labels_beside_the_former_ones_are_a_change_unless_there_were_none() -> None:
    old = labels(*(case(n, label=n % 2) for n in range(5)))
    (found,) = labels_changed("grader", old, labels(*old.cases, case(9, label=0), case(10, label=1)))
    assert (found.code, found.old, found.new, found.count) == ("labels_added", 5, 7, 2)
    assert labels_changed("grader", old, labels(*reversed(old.cases))) == []
    assert labels_changed("grader", Labels(), old) == []
    (gone,) = labels_changed("grader", old, labels(*old.cases[1:], case(9, label=0), case(10, label=1)))
    assert gone.code == "labels"


DESK = {"command": ["sh", "a.sh"], "cwd": "app", "env": ["KEY"], "files": ["app/**"]}
PRICES = {"a/b": {"input": 2.0, "output": 8.0, "as_of": "2026-11-01"}}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (
            {"protected_aliases": ["production", "stable"]},
            {"protected_aliases": ["stable"]},
            "protected_alias",
        ),
        ({"models": ["a/b"]}, {"models": []}, "model_list"),
        ({"models": ["a/b"]}, {"models": ["a/*"]}, "model_list"),
        ({"model": "a/b"}, {"model": "a/c"}, "asked_model"),
        ({"judge_model": "a/b"}, {}, "asked_model"),
        ({"max_calls": 5}, {"max_calls": 6}, "ceiling"),
        ({"prices": PRICES}, {"prices": {"a/b": PRICES["a/b"] | {"output": 1.0}}}, "price"),
        ({"prices": PRICES}, {"prices": {"a/b": PRICES["a/b"] | {"cached_input": 0.1}}}, "price"),
        ({"prices": PRICES}, {"prices": {"a/b": PRICES["a/b"] | {"cache_write": 0.1}}}, "price"),
        ({"endpoints": {"x": {"base_url": "https://x"}}}, {}, "endpoint"),
        (
            {"endpoints": {"x": {"base_url": "https://x"}}},
            {"endpoints": {"x": {"base_url": "https://y"}}},
            "endpoint",
        ),
        ({"plugins": {"acme": "acme>=1"}}, {"plugins": {"acme": "acmee>=1"}}, "plugin"),
        ({"plugins": {"acme": "acme>=1"}}, {}, "plugin"),
        ({"targets": {"desk": DESK}}, {}, "target"),
        ({"targets": {"desk": DESK}}, {"targets": {"desk": DESK | {"command": ["sh", "b.sh"]}}}, "target"),
        ({"targets": {"desk": DESK}}, {"targets": {"desk": DESK | {"cwd": "other"}}}, "target"),
        ({"targets": {"desk": DESK}}, {"targets": {"desk": DESK | {"env": []}}}, "target"),
        ({"targets": {"desk": DESK}}, {"targets": {"desk": DESK | {"files": ["app/a.sh"]}}}, "target"),
        ({"targets": {"desk": DESK}}, {"targets": {"desk": DESK | {"prompt": "request"}}}, "target"),
    ],
)
def test_settings_that_allow_more(old: dict[str, Any], new: dict[str, Any], code: str) -> None:
    before, after = Settings.model_validate(old), Settings.model_validate(new)
    (found,) = settings_loosened(before, after, "pyproject.toml")
    assert (found.code, found.file) == (code, "pyproject.toml")
    assert settings_loosened(before, before, "pyproject.toml") == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(10, 11, [("protected", 3, 4)]), (9, 10, []), (11, 12, []), (0, 11, []), (11, 10, [])],
)
def test_more_protected_cases_may_make_it_harder_for_each_to_break(
    before: int, after: int, expected: list[tuple[str, float, float]]
) -> None:
    def state(count: int) -> Suite:
        few = [case(n, tags=["critical"]) for n in range(count)]
        return replace(OLD, cases=(*few, *(case(n) for n in range(100, 300))))

    found = [item for item in suite_loosened(state(before), state(after)) if item.code != "cases"]
    assert [(item.code, item.old, item.new) for item in found] == expected


def test_an_app_that_watches_more_or_has_other_limits_is_no_loosening() -> None:
    before = Settings.model_validate({"targets": {"desk": DESK}, "plugins": {"acme": "acme"}})
    more = DESK | {"env": ["KEY", "MODE"], "files": ["app/**", "lock"], "timeout": 5, "max_output": 2048}
    after = {"targets": {"desk": more, "new": DESK}, "plugins": {"acme": "acme", "new": "new"}}
    assert settings_loosened(before, Settings.model_validate(after), "cuebook.toml") == []
    every = Settings.model_validate({"targets": {"desk": DESK | {"files": []}}})
    assert app_loosened("desk", before, every) == []
    assert [item.was for item in app_loosened("desk", every, before)] == ["files []"]


def test_of_an_app_and_an_endpoint_what_differs_is_told() -> None:
    server = {"base_url": "https://x", "api_key_env": "A_KEY"}
    old = Settings.model_validate({"targets": {"desk": DESK}, "endpoints": {"x": server}})
    after = {"targets": {"desk": DESK | {"command": ["sh", "b.sh"]}}}
    after |= {"endpoints": {"x": server | {"api_key_env": "OTHER_KEY"}}}
    found = settings_loosened(old, Settings.model_validate(after), "cuebook.toml")
    assert [(item.code, item.was, item.now) for item in found] == [
        ("endpoint", 'api_key_env "A_KEY"', 'api_key_env "OTHER_KEY"'),
        ("target", 'command ["sh","a.sh"]', 'command ["sh","b.sh"]'),
    ]


def test_a_price_that_is_taken_out_is_known_no_more() -> None:
    found = settings_loosened(Settings.model_validate({"prices": PRICES}), Settings(), "cuebook.toml")
    assert [(item.label, item.new) for item in found] == [("a/b input", None), ("a/b output", None)]


def test_a_price_below_the_table_s_is_a_loosening_though_the_settings_had_none() -> None:
    model = "openai/gpt-4o"
    listed = price_of(model, Settings())
    if listed is None:
        pytest.skip("litellm is not installed: there is no table of prices")
    free = Settings.model_validate({"prices": {model: {"input": 0, "output": 0, "as_of": "2026-12-01"}}})
    found = settings_loosened(Settings(), free, "cuebook.toml")
    assert [item.label for item in found] == [
        f"{model} {kind}" for kind in ("input", "output", "cached_input") if getattr(listed, kind)
    ]
    assert settings_loosened(free, Settings(), "cuebook.toml") == [], "dearer asks for more"


def test_a_narrower_list_of_models_is_no_loosening() -> None:
    before, after = Settings(models=["a/*", "c/d"]), Settings(models=["a/b"])
    assert settings_loosened(before, after, "cuebook.toml") == []

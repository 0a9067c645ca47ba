"""What a change cannot do to what decides about it, at the level of the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from build import write
from conftest import QA
from cuebook import scorers
from cuebook.core.files import Folder
from cuebook.gate.change_plan import plan_change
from cuebook.gate.comparison import Comparison
from cuebook.gate.former_rules import MOST
from cuebook.registry.alias_past import AliasPast, FormerRules, Stay
from cuebook.registry.reader import Registry
from judged import JUDGED, TOSSED

SUITE = "prompt: qa\nscorers: [exact]\ngate:\n  metrics:\n    exact: {margin: 0.1}\n"
MOVED = {"prompts/qa/aliases.yml": "production: 2\n"}


def prompt(text: str, more: str = "") -> str:
    return f"message: m\nmodel: offline/rules\n{more}template: '{text} {{{{question}}}}'\n"


def cases(*names: str, **changes: Any) -> str:
    rows = [
        {"id": name, "inputs": {"question": f"{name}?"}, "expectations": {"answer": "yes"}} | changes
        for name in names
    ]
    return "".join(f"{json.dumps(row)}\n" for row in rows)


BASE: dict[str, str | None] = {
    "prompts/qa/v1.prompt.yml": prompt("One"),
    "prompts/qa/v2.prompt.yml": prompt("Two"),
    "prompts/qa/aliases.yml": "production: 1\n",
    "evals/qa/suite.yml": SUITE,
    "evals/qa/dataset.jsonl": cases("a", "b", "c"),
}


def registry(root: Path, *layers: Mapping[str, str | None]) -> Registry:
    files = {name: text for layer in layers for name, text in layer.items()}
    return Registry(Folder(write(root, {name: text for name, text in files.items() if text is not None})))


def planned(
    tmp_path: Path,
    change: Mapping[str, str | None],
    base: Mapping[str, str | None] = BASE,
    **pasts: AliasPast,
) -> list[Comparison]:
    """The comparisons of a change; ``pasts`` are those of aliases of qa."""
    before = registry(tmp_path / "base", base)
    after = registry(tmp_path / "head", base, change)
    known = {("qa", alias): past for alias, past in pasts.items()}
    return list(plan_change(before, after, ["production", "stable"], known).comparisons)


def deciding(found: list[Comparison]) -> list[Comparison]:
    return [item for item in found if not item.reading_only]


GONE = {"evals/qa/suite.yml": None, "evals/qa/dataset.jsonl": None}
WEAK = SUITE.replace("0.1", "1.0")
ATTACKS: dict[str, dict[str, str | None]] = {
    "rules loosened": {"evals/qa/suite.yml": WEAK},
    "cases deleted": {"evals/qa/dataset.jsonl": cases("c")},
    "cases edited": {"evals/qa/dataset.jsonl": cases("a", "b", "c", expectations={"answer": "no"})},
    "all cases in one cluster": {"evals/qa/dataset.jsonl": cases("a", "b", "c", cluster="one")},
    "questions made easier": {"evals/qa/dataset.jsonl": cases("a", "b", "c", inputs={"question": "!"})},
    "cases added": {"evals/qa/dataset.jsonl": cases("a", "b", "c", *(f"z-{n}" for n in range(50)))},
    "suite gone": GONE,
    "suite renamed": {**GONE, "evals/q/suite.yml": WEAK, "evals/q/dataset.jsonl": cases("c")},
    "suite of another prompt": {
        "evals/qa/suite.yml": WEAK.replace("prompt: qa", "prompt: other"),
        "prompts/other/v1.prompt.yml": prompt("Other"),
    },
    "another dataset": {
        "evals/qa/suite.yml": SUITE + "dataset: easy.jsonl\n",
        "evals/qa/easy.jsonl": cases("c"),
    },
    "baseline edited": {"prompts/qa/v1.prompt.yml": prompt("Say nothing")},
    "another scorer of the same name": {
        "evals/qa/suite.yml": SUITE.replace("[exact]", "[{length: {min_words: 0, as: exact}}]")
    },
    "models that answer anything": {"evals/qa/suite.yml": SUITE + "models: [offline/easy]\n"},
    "another baseline": {
        "evals/qa/suite.yml": SUITE.replace("gate:", "gate:\n  baseline: weak"),
        "prompts/qa/aliases.yml": "production: 2\nweak: 2\n",
    },
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_decides_is_as_it_was_before_the_change(tmp_path: Path, name: str) -> None:
    (honest,) = deciding(planned(tmp_path / "honest", MOVED))
    bent = deciding(planned(tmp_path / "bent", MOVED | ATTACKS[name]))
    (found,) = [item for item in bent if item.candidate.prompt == "qa"]
    assert found.digests() == honest.digests()
    assert [item.id for item in found.cases] == [item.id for item in honest.cases]
    assert (found.aliases, found.own_suite) == (("production",), False)


def test_a_new_suite_is_shown_beside(tmp_path: Path) -> None:
    found = planned(tmp_path, MOVED | ATTACKS["suite renamed"])
    assert [(item.suite.name, item.reading_only) for item in found] == [("qa", False), ("q", True)]
    assert [item.code for item in found[0].loosened] == ["suite"]


def test_the_judge_is_as_the_base_has_it(tmp_path: Path) -> None:
    lenient = JUDGED["prompts/grader/v1.prompt.yml"].replace("Grade", "Be kind and grade")
    assert lenient != JUDGED["prompts/grader/v1.prompt.yml"]
    (found,) = deciding(planned(tmp_path, {"prompts/grader/v1.prompt.yml": lenient, **MOVED}, JUDGED))
    assert found.judges["grader/1"].digest == registry(tmp_path / "base", JUDGED).version("grader", 1).digest


NEW = {"prompts/xy/v1.prompt.yml": prompt("New"), "prompts/xy/aliases.yml": "production: 1\n"}
NEW_SUITE = {"evals/xy/suite.yml": SUITE.replace(": qa", ": xy"), "evals/xy/dataset.jsonl": cases("a")}


def test_a_first_version_is_decided_by_the_suite_that_comes_with_it(tmp_path: Path) -> None:
    (found,) = planned(tmp_path, {**NEW, **NEW_SUITE})
    assert (found.own_suite, found.reading_only, found.aliases) == (True, False, ("production",))


@pytest.mark.parametrize(
    "more",
    [
        {"prompts/xy/v1.prompt.yml": prompt("Two")},
        {"prompts/xy/v1.prompt.yml": prompt("TWO ").replace("message: m", "message: other")},
        {"prompts/xy/v1.prompt.yml": prompt("Two", "modelParameters: {temperature: 0.5}\n")},
    ],
)
def test_a_copy_under_another_name_does_not_leave_its_suite_behind(
    tmp_path: Path, more: dict[str, str]
) -> None:
    assert deciding(planned(tmp_path, {**NEW, **NEW_SUITE, **more})) == []


def test_a_second_version_is_not_decided_by_the_suite_that_comes_with_it(tmp_path: Path) -> None:
    base = {**BASE, **NEW}
    more = {"prompts/xy/v2.prompt.yml": prompt("Newer"), "prompts/xy/aliases.yml": "production: 2\n"}
    before, after = registry(tmp_path / "a", base), registry(tmp_path / "b", base, NEW_SUITE, more)
    plan = plan_change(before, after, ["production"])
    assert [item.reading_only for item in plan.comparisons] == [True]
    assert [(item.code, item.prompt) for item in plan.nothing] == [("new_suite", "xy")]


def test_a_version_that_no_suite_is_about_is_not_called_no_change(tmp_path: Path) -> None:
    """Whoever reads that nothing changed would not look at it."""
    new = {"prompts/xy/v1.prompt.yml": prompt("Hello"), "prompts/xy/aliases.yml": "production: 1\n"}
    before, after = registry(tmp_path / "base", BASE), registry(tmp_path / "head", BASE, new)
    plan = plan_change(before, after, ["production"])
    assert [(item.code, item.prompt) for item in plan.nothing] == [("no_suite", "xy")]
    assert [item.code for item in plan_change(before, before, ["production"]).nothing] == ["no_change"]


def test_a_new_input_may_be_added_to_the_former_cases(tmp_path: Path) -> None:
    asks = {"prompts/qa/v3.prompt.yml": prompt("Three {{tone}}"), "prompts/qa/aliases.yml": "production: 3\n"}
    (blind,) = deciding(planned(tmp_path / "blind", asks))
    assert blind.unfilled == ("tone",)
    wider = "".join(cases(name, inputs={"question": f"{name}?", "tone": "kind"}) for name in "abc")
    (found,) = deciding(planned(tmp_path / "wider", {**asks, "evals/qa/dataset.jsonl": wider}))
    assert (found.unfilled, found.left_out, found.as_before) == ((), 0, 0)
    assert {item.inputs["tone"] for item in found.cases} == {"kind"}


def test_a_default_of_the_baseline_cannot_be_overwritten_in_the_cases(tmp_path: Path) -> None:
    inputs = "inputs: {question: {}, tone: {default: plain}}\n"
    base = {**BASE, "prompts/qa/v1.prompt.yml": prompt("One {{tone}}", inputs)}
    rude = "".join(cases(name, inputs={"question": f"{name}?", "tone": "rude"}) for name in "abc")
    (found,) = deciding(planned(tmp_path, {**MOVED, "evals/qa/dataset.jsonl": rude}, base))
    assert all("tone" not in item.inputs for item in found.cases)
    assert found.as_before == 3


def test_a_new_input_with_a_default_is_asked_as_apps_ask_it(tmp_path: Path) -> None:
    asks = prompt("Three {{hint}}", "inputs: {question: {}, hint: {default: nothing}}\n")
    moved = {"prompts/qa/v3.prompt.yml": asks, "prompts/qa/aliases.yml": "production: 3\n"}
    fed = "".join(cases(name, inputs={"question": f"{name}?", "hint": "the answer"}) for name in "abc")
    (found,) = deciding(planned(tmp_path, {**moved, "evals/qa/dataset.jsonl": fed}))
    assert all("hint" not in item.inputs for item in found.cases)
    assert found.as_before == 3


def test_each_alias_has_its_own_baseline(tmp_path: Path) -> None:
    base = {
        **BASE,
        "prompts/qa/v3.prompt.yml": prompt("Three"),
        "prompts/qa/aliases.yml": "production: 1\nstable: 2\n",
    }
    found = deciding(planned(tmp_path, {"prompts/qa/aliases.yml": "production: 3\nstable: 3\n"}, base))
    told = {item.aliases: item.baseline.number for item in found if item.baseline}
    assert told == {("production",): 1, ("stable",): 2}


def stays(*versions: int, rules: Sequence[FormerRules] = ()) -> AliasPast:
    return AliasPast(
        tuple(Stay(number, "c", f"2026-01-0{n}T00:00:00Z") for n, number in enumerate(versions, 1)),
        frozenset(versions),
        tuple(rules),
    )


def test_an_alias_that_comes_back_is_compared_with_what_was_live_last(tmp_path: Path) -> None:
    base = {**BASE, "prompts/qa/aliases.yml": "{}\n"}
    (found,) = deciding(planned(tmp_path, MOVED, base, production=stays(1)))
    assert found.baseline is not None
    assert (found.baseline.number, found.returns) == (1, False)


def test_after_a_rollback_what_it_left_must_be_reached_too(tmp_path: Path) -> None:
    base = {**BASE, "prompts/qa/v3.prompt.yml": prompt("Three")}
    move = {"prompts/qa/aliases.yml": "production: 3\n"}
    (found,) = deciding(planned(tmp_path / "x", move, base, production=stays(1, 2, 1)))
    (second,) = found.seconds
    assert (second.why, second.version, second.time[:10]) == ("rollback", 2, "2026-01-03")
    assert second.comparison.baseline is not None
    assert (second.comparison.baseline.number, second.comparison.is_second) == (2, True)
    (back,) = deciding(planned(tmp_path / "y", MOVED, base, production=stays(1, 2, 1)))
    assert (back.returns, back.seconds) == (True, ())


@pytest.mark.parametrize(
    ("before", "after", "second"),
    [
        ("production: 2", "production: {use: 1, try: {3: 50}}", [("rollback", 2, "")]),
        ("production: 1", "production: {use: 1, try: {3: 50}}", []),
        ("production: {use: 1, try: {2: 50}}", "production: {use: 1, try: {3: 50}}", []),
        ("production: {use: 2, try: {1: 5}}", "production: {use: 1, try: {3: 5}}", [("rollback", 2, "")]),
    ],
)
def test_what_is_tried_is_compared_with_what_the_change_takes_away_too(
    tmp_path: Path, before: str, after: str, second: list[tuple[str, int, str]]
) -> None:
    base = {
        **BASE,
        "prompts/qa/v3.prompt.yml": prompt("Three"),
        "prompts/qa/aliases.yml": f"{before}\n",
    }
    found = deciding(
        planned(tmp_path, {"prompts/qa/aliases.yml": f"{after}\n"}, base, production=stays(1, 2))
    )
    (tried,) = [item for item in found if item.candidate.number == 3]
    assert tried.baseline is not None
    assert tried.baseline.number == 1
    assert [(item.why, item.version, item.time) for item in tried.seconds] == second


def former(root: Path, *layers: Mapping[str, str | None]) -> FormerRules:
    return FormerRules(1, "2026-01-01T00:00:00Z", registry(root, BASE, *layers))


def test_a_promotion_answers_to_the_rules_of_the_last_one(tmp_path: Path) -> None:
    weak = {**BASE, "evals/qa/suite.yml": WEAK}
    past = stays(1, rules=[former(tmp_path / "former")])
    (found,) = deciding(planned(tmp_path / "x", MOVED, weak, production=past))
    (second,) = found.seconds
    assert (second.why, [item.code for item in second.changes]) == ("rules", ["margin"])
    assert second.comparison.suite.gate.metrics["exact"].margin == 0.1
    assert not second.may_stay_open
    strict = {**BASE, "evals/qa/suite.yml": SUITE.replace("0.1", "0.05")}
    (alone,) = deciding(planned(tmp_path / "y", MOVED, strict, production=past))
    assert alone.seconds == ()


@pytest.mark.parametrize(
    ("states", "held"),
    [
        ([(0.1, "c"), (0.3, "c")], [0.1]),
        ([(0.3, "c"), (0.1, "c")], [0.1]),
        ([(0.3, "c"), (0.1, "c"), (0.2, "c")], [0.1]),
        ([(0.1, "cd"), (0.05, "c")], [0.1, 0.05]),
        ([(0.1, "cd"), (0.2, "cde"), (0.1, "cd")], [0.1, 0.2]),
        ([(0.5, "cdefg"), (0.6, "cdefg")], []),
    ],
)
def test_a_promotion_answers_to_all_rules_since_the_last_one_that_asked_for_more(
    tmp_path: Path, states: list[tuple[float, str]], held: list[float]
) -> None:
    """Those of which another one asked for as much are no further comparison."""
    then = [
        former(
            tmp_path / str(number),
            {
                "evals/qa/suite.yml": SUITE.replace("0.1", str(margin)),
                "evals/qa/dataset.jsonl": cases(*names),
            },
        )
        for number, (margin, names) in enumerate(states)
    ]
    now = {
        **BASE,
        "evals/qa/suite.yml": SUITE.replace("0.1", "0.5"),
        "evals/qa/dataset.jsonl": cases(*"cdefg"),
    }
    (found,) = deciding(planned(tmp_path / "x", MOVED, now, production=stays(1, rules=then)))
    margins = [item.comparison.suite.gate.metrics["exact"].margin for item in found.seconds]
    assert margins == held
    assert len({(item.before, item.after) for item in found.seconds}) <= 1  # one override accepts all of it


def test_under_too_many_former_rules_nothing_passes_without_a_word(tmp_path: Path) -> None:
    then = [
        former(tmp_path / str(number), {"evals/qa/dataset.jsonl": cases("c", f"d{number}")})
        for number in range(MOST + 1)
    ]
    (found,) = deciding(planned(tmp_path / "x", MOVED, BASE, production=stays(1, rules=then)))
    (second,) = found.seconds
    assert [case.id for case in second.comparison.suite.cases] == ["c", f"d{MOST}"]
    assert second.more_than == MOST
    (found,) = deciding(planned(tmp_path / "y", MOVED, BASE, production=stays(1, rules=then[1:])))
    assert [second.more_than for second in found.seconds] == [0] * MOST


def test_each_alias_answers_to_the_rules_of_its_own_last_promotion(tmp_path: Path) -> None:
    base = {**BASE, "evals/qa/suite.yml": WEAK, "prompts/qa/aliases.yml": "production: 1\nstable: 1\n"}
    loose = stays(1, rules=[former(tmp_path / "loose", {"evals/qa/suite.yml": WEAK})])
    strict = stays(1, rules=[former(tmp_path / "strict")])
    move = {"prompts/qa/aliases.yml": "production: 2\nstable: 2\n"}
    (found,) = deciding(planned(tmp_path / "x", move, base, production=loose, stable=strict))
    assert [item.comparison.suite.gate.metrics["exact"].margin for item in found.seconds] == [0.1]


def test_a_rollback_and_looser_rules_are_held_against_together(tmp_path: Path) -> None:
    weak = {**BASE, "evals/qa/suite.yml": WEAK, "prompts/qa/v3.prompt.yml": prompt("Three")}
    past = stays(1, 2, 1, rules=[former(tmp_path / "former")])
    (found,) = deciding(
        planned(tmp_path / "x", {"prompts/qa/aliases.yml": "production: 3\n"}, weak, production=past)
    )
    told = [(item.why, item.comparison.baseline.number) for item in found.seconds if item.comparison.baseline]
    assert told == [("rollback", 2), ("rules", 1), ("rules", 2)]


def test_a_suite_that_went_away_earlier_still_decides(tmp_path: Path) -> None:
    bare = {**BASE, **GONE, "evals/q/suite.yml": WEAK, "evals/q/dataset.jsonl": cases("c")}
    past = stays(1, rules=[former(tmp_path / "former")])
    found = deciding(planned(tmp_path / "x", MOVED, bare, production=past))
    assert [(item.suite.name, [change.code for change in item.loosened]) for item in found] == [
        ("q", []),
        ("qa", ["suite"]),
    ]


def test_a_suite_that_went_away_before_the_last_promotion_still_decides(tmp_path: Path) -> None:
    bare = {**BASE, **GONE, "evals/q/suite.yml": WEAK, "evals/q/dataset.jsonl": cases("c")}
    last = FormerRules(1, "", registry(tmp_path / "last", bare))
    past = stays(1, rules=[former(tmp_path / "former"), last])
    found = deciding(planned(tmp_path / "x", MOVED, bare, production=past))
    assert [(item.suite.name, item.gone) for item in found] == [("q", False), ("qa", True)]


def test_each_state_of_a_suite_that_went_away_counts_and_none_for_what_returns(tmp_path: Path) -> None:
    bare = {**BASE, **GONE, "evals/q/suite.yml": WEAK, "evals/q/dataset.jsonl": cases("c")}
    states = [former(tmp_path / "1"), former(tmp_path / "2", {"evals/qa/dataset.jsonl": cases("x", "y")})]
    (_, gone) = deciding(planned(tmp_path / "x", MOVED, bare, production=stays(1, rules=states)))
    assert [(item.why, [change.code for change in item.changes]) for item in gone.seconds] == [
        ("rules", ["suite"])
    ]
    returned = deciding(planned(tmp_path / "y", MOVED, bare, production=stays(2, 1, rules=states)))
    assert [(item.suite.name, item.returns, item.seconds) for item in returned] == [("q", True, ())]


def test_a_suite_that_has_grown_is_not_stopped_by_having_been_small(tmp_path: Path) -> None:
    grown = {**BASE, "evals/qa/dataset.jsonl": cases(*"abcdefgh")}
    past = stays(1, rules=[former(tmp_path / "former")])
    (found,) = deciding(planned(tmp_path / "x", MOVED, grown, production=past))
    (second,) = found.seconds
    assert ([item.code for item in second.changes], second.may_stay_open) == (["cases_added"], True)


def test_the_first_cases_of_all_must_not_show_a_loss_however_few_joined_them(tmp_path: Path) -> None:
    """A tenth more on which a version gains would hide that it loses as much on the others."""
    names = "abcdefghijklmnopqrst"
    states = [
        former(tmp_path / str(count), {"evals/qa/dataset.jsonl": cases(*names[:count])})
        for count in (18, 19, 20)
    ]
    now = {**BASE, "evals/qa/dataset.jsonl": cases(*names)}
    (found,) = deciding(planned(tmp_path / "x", MOVED, now, production=stays(1, rules=states[1:])))
    (second,) = found.seconds
    assert ([item.code for item in second.changes], second.may_stay_open) == (["cases_added"], True)
    assert len(second.comparison.cases) == 19
    (found,) = deciding(planned(tmp_path / "y", MOVED, now, production=stays(1, rules=states)))
    assert [len(second.comparison.cases) for second in found.seconds] == [18]
    (found,) = deciding(planned(tmp_path / "z", MOVED, now, production=stays(1, rules=states[2:])))
    assert found.seconds == ()


def test_a_promotion_answers_to_the_labels_of_the_last_one_whatever_joined_them(tmp_path: Path) -> None:
    """Enough wrong labels of other answers would end that the judge decides, and other metrics would."""
    wrong = {"id": "new", "inputs": {"reference": "x", "answer": "x"}, "label": 1, "by": "eve"}
    more = {"evals/grader/labels/eve.jsonl": f"{json.dumps(wrong)}\n"}
    past = stays(1, rules=[FormerRules(1, "2026-01-01T00:00:00Z", registry(tmp_path / "then", JUDGED))])
    (found,) = deciding(planned(tmp_path / "x", MOVED, {**JUDGED, **more}, production=past))
    (second,) = found.seconds
    assert (second.why, [item.code for item in second.changes]) == ("rules", ["labels_added"])
    then = registry(tmp_path / "again", JUDGED).labels("grader")
    assert second.comparison.labels["grader/1"].digest == then.digest
    assert found.labels["grader/1"].digest != then.digest
    assert (second.may_stay_open, second.may_decide_nothing) == (False, True)


def test_a_judge_that_became_deciding_since_and_lost_its_labels_decides_all_the_same(tmp_path: Path) -> None:
    """Coins for labels end that it decides: the rules between, and their labels, must be passed as well."""
    plain = {"evals/qa/suite.yml": QA["evals/qa/suite.yml"], "evals/grader/labels.jsonl": None}
    first = registry(tmp_path / "first", JUDGED, plain)
    rules = [FormerRules(1, "", first), FormerRules(1, "", registry(tmp_path / "then", JUDGED), between=True)]
    for now in ({}, plain):
        tossed = {**JUDGED, **now, "evals/grader/labels.jsonl": TOSSED}
        past = stays(1, rules=rules)
        (found,) = deciding(planned(tmp_path / f"x{len(now)}", MOVED, tossed, production=past))
        (second,) = [item for item in found.seconds if item.between]
        assert {"labels"} <= {item.code for item in second.changes} or now
        assert list(second.comparison.suite.gate.metrics) == ["grader/1"]
        assert second.comparison.labels["grader/1"].digest == rules[1].labels("grader").digest


def test_ceilings_are_todays(tmp_path: Path) -> None:
    raised = {**BASE, "evals/qa/suite.yml": WEAK + "  max_calls: 100\n"}
    past = stays(1, rules=[former(tmp_path / "former", {"evals/qa/suite.yml": SUITE + "  max_calls: 10\n"})])
    (found,) = deciding(planned(tmp_path / "x", MOVED, raised, production=past))
    assert found.seconds[0].comparison.suite.gate.max_calls == 100


REAL = {"evals/qa/suite.yml": f"models: [local/one]\n{SUITE}"}
SERVER = "[endpoints.local]\nbase_url = 'https://{}.example.org'\n"


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (SERVER.format("a"), SERVER.format("b"), ["endpoint"]),
        ("", SERVER.format("b"), ["endpoint"]),
        (SERVER.format("a"), "", ["endpoint"]),
        (SERVER.format("a"), SERVER.format("a") + "api_key_env = 'OTHER'\n", []),
        (SERVER.format("a"), SERVER.format("a") + SERVER.format("b").replace("local", "unused"), []),
    ],
)
def test_a_server_that_answers_now_and_did_not_then_needs_a_word(
    tmp_path: Path, was: str, now: str, expected: list[str]
) -> None:
    past = stays(1, rules=[former(tmp_path / "former", REAL, {"cuebook.toml": was})])
    base = {**BASE, **REAL, "cuebook.toml": now}
    (found,) = deciding(planned(tmp_path / "x", MOVED, base, production=past))
    assert [item.code for second in found.seconds for item in second.changes] == expected
    assert all(second.asked_otherwise for second in found.seconds)


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [("x/strict", "x/mild", ["asked_model"]), ("x/strict", None, ["asked_model"]), (None, "x/mild", [])],
)
def test_a_judge_that_another_model_answers_for_needs_a_word(
    tmp_path: Path, was: str | None, now: str | None, expected: list[str]
) -> None:
    """In place of a stand-in a model may come: nothing gets less strict by that."""
    told = {
        name: f"judge_model = '{model}'\n" if model else "" for name, model in (("was", was), ("now", now))
    }
    judged: dict[str, str | None] = {**BASE, **JUDGED}
    rules = FormerRules(1, "", registry(tmp_path / "former", judged, {"cuebook.toml": told["was"]}))
    for state in ({"cuebook.toml": told["now"]}, {"cuebook.toml": told["was"]}):
        # Whether the change itself brings it, or one before it did.
        change = {**MOVED, "cuebook.toml": told["now"]}
        found = planned(
            tmp_path / str(len(state["cuebook.toml"])),
            change,
            judged | state,
            production=stays(1, rules=[rules]),
        )
        assert [item.code for second in deciding(found)[0].seconds for item in second.changes] == expected


APP = "[targets.desk]\ncommand = ['sh', '{}.sh']\n"


@pytest.mark.parametrize("by_the_change", [True, False])
@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (APP.format("a"), APP.format("b"), ["target"]),
        (APP.format("a"), APP.format("a") + "timeout = 9\n", []),
        ("", APP.format("a"), []),
    ],
)
def test_an_app_that_is_called_otherwise_since_the_last_promotion_needs_a_word(
    tmp_path: Path, was: str, now: str, expected: list[str], *, by_the_change: bool
) -> None:
    asks = {**BASE, "evals/qa/suite.yml": f"target: desk\n{SUITE}"}
    rules = FormerRules(1, "", registry(tmp_path / "former", asks, {"cuebook.toml": was}))
    base, change = (was, {**MOVED, "cuebook.toml": now}) if by_the_change else (now, MOVED)
    # Once as it is seen where a change is judged: the app of the base answers.
    scorers.offer(registry(tmp_path / "offered", asks, {"cuebook.toml": APP.format("a")}).tree)
    found = planned(tmp_path / "x", change, asks | {"cuebook.toml": base}, production=stays(1, rules=[rules]))
    (one,) = deciding(found)
    assert [item.code for second in one.seconds for item in second.changes] == expected
    assert all(second.asked_otherwise for second in one.seconds)


OWN = "from cuebook.scorers import NoParameters, measured, scorer\n@scorer(NoParameters)\ndef score(c, p):\n"


@pytest.mark.parametrize("by_the_change", [True, False])
@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [("0.5", "1.0", ["own_scorer"]), ("0.5", "0.5", []), ("", "1.0", []), ("0.5", "", ["own_scorer"])],
)
def test_a_scorer_of_the_repository_that_is_another_file_now_needs_a_word(
    tmp_path: Path, was: str, now: str, expected: list[str], *, by_the_change: bool
) -> None:
    def state(value: str) -> dict[str, str | None]:
        if not value:
            return {"cuebook.toml": None, "evals/_scorers/exact2.py": None}
        own = {"cuebook.toml": 'scorers = ["evals/_scorers/exact2.py"]\n'}
        return {**own, "evals/_scorers/exact2.py": f"{OWN}    return measured({value})\n"}

    both = {**BASE, "evals/qa/suite.yml": SUITE.replace("[exact]", "[exact, exact2]")}
    rules = FormerRules(1, "", registry(tmp_path / "former", both, state(was)))
    base, change = (was, {**MOVED, **state(now)}) if by_the_change else (now, MOVED)
    past = {"production": stays(1, rules=[rules])}
    scorers.offer(registry(tmp_path / "offered", both, state("0.5")).tree)
    found = planned(tmp_path / "x", change, both | state(base), **past)
    assert [item.code for second in deciding(found)[0].seconds for item in second.changes] == expected


@pytest.mark.parametrize(("refused", "shown"), [(2, [1, 2]), (None, [1]), (1, [1]), (9, [1])])
def test_other_cases_are_tried_on_the_version_that_was_refused_last(
    tmp_path: Path, refused: int | None, shown: list[int]
) -> None:
    before = registry(tmp_path / "base", BASE)
    after = registry(tmp_path / "head", BASE, {"evals/qa/dataset.jsonl": cases("a", "b", "c", "d")})
    plan = plan_change(before, after, ["production"], refused=lambda _: refused)
    assert [item.candidate.number for item in plan.comparisons] == shown
    assert [item.reading_only for item in plan.comparisons] == [False, True][: len(shown)]
    assert plan_change(before, before, ["production"], refused=lambda _: refused).comparisons == ()

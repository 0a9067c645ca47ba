"""A version that an optimiser made has to pass on what it was not made from, whatever its author writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from build import case, comparison, suite, version, write
from cuebook.core.files import Folder
from cuebook.gate.change_plan import plan_change
from cuebook.gate.comparison import Comparison, Second
from cuebook.gate.held_out import mean_change, shared_out, with_held_out
from cuebook.gate.plan import on_record
from cuebook.registry.copies import clustered, copies
from cuebook.registry.reader import Registry
from cuebook.shapes.case_result import Answer, CaseResult, ScoreResult
from cuebook.shapes.run import Case
from cuebook.shapes.split import Origin, Shares, place

MADE = Origin("qa", Shares())
CASES = [case(number) for number in range(40)]
HELD = [item.id for item in CASES if place(item.id) >= 0.5]


def of(origin: Origin | None = MADE, **changes: Any) -> Comparison:
    return replace(comparison(suite(CASES), candidate=version(2, "Two", origin=origin)), **changes)


def alone(made: Comparison) -> list[tuple[str, list[str]]]:
    return [(item.why, sorted(found.id for found in item.comparison.cases)) for item in made.seconds]


def test_cases_that_were_not_seen_have_to_pass_by_themselves_too() -> None:
    made = with_held_out(of(), ["qa"])
    assert sorted(item.id for item in made.cases) == [item.id for item in CASES], "and so have all together"
    assert alone(made) == [("held_out", HELD)]
    second = made.seconds[0].comparison
    assert (second.is_second, second.seconds, second.suite) == (True, (), made.suite)
    order = [item.id for item in made.cases]
    assert [order.index(item.id) for item in second.cases] == sorted(order.index(name) for name in HELD)


def test_so_have_they_under_former_rules_and_their_own_cases() -> None:
    former = of()
    cases = [*CASES[:20], case(77)]
    former = replace(former, suite=suite(cases), cases=tuple(cases))
    rules = Second("rules", 1, "2026-11-20T08:00:00Z", former, before=("a", "b"), after=("c", "d"))
    made = with_held_out(of(seconds=(rules,)), ["qa"])
    held = sorted(item.id for item in cases if place(item.id) >= 0.5)
    assert alone(made) == [("rules", sorted(item.id for item in cases)), ("rules", held), ("held_out", HELD)]
    assert made.seconds[1] == replace(rules, comparison=made.seconds[1].comparison), "one word accepts both"


@pytest.mark.parametrize(
    "made",
    [
        of(None),
        of(Origin("other", Shares())),
        of(returns=True),
        of(reading_only=True),
    ],
)
def test_nothing_more_is_asked_of_others(made: Comparison) -> None:
    assert with_held_out(made, ["qa", "other"]) is made


def test_a_suite_that_was_renamed_since_was_seen_all_the_same() -> None:
    made = with_held_out(of(Origin("former", Shares())), ["qa", "other"])
    assert alone(made) == [("held_out", HELD)]


def test_a_copy_of_a_seen_case_is_seen_whatever_it_is_called() -> None:
    cases = CASES
    seen = next(item for item in cases if place(item.id) < 0.3)
    names = [f"copy-{number}" for number in range(40) if place(f"copy-{number}") >= 0.5]
    every = [*cases, *(Case(name, seen.inputs) for name in names)]
    together = clustered(every, copies(every, {"question"}))
    parts = shared_out(suite(every), together, Shares())
    assert {parts[name] for name in (seen.id, *names)} == {"train"}


FILES = {
    "prompts/qa/v1.prompt.yml": "message: m\nmodel: offline/rules\ntemplate: 'One {{question}}'\n",
    "prompts/qa/aliases.yml": "production: 1\n",
    "evals/qa/suite.yml": "prompt: qa\nscorers: [exact]\ngate: {metrics: {exact: {margin: 0.1}}}\n",
    "evals/qa/dataset.jsonl": "".join(
        f"{json.dumps({'id': item.id, 'inputs': item.inputs, 'expectations': {'answer': 'yes'}})}\n"
        for item in CASES
    ),
}
TWO = FILES["prompts/qa/v1.prompt.yml"].replace("One", "Two")
ORIGIN = "origin: {kind: optimize, suite: qa, split: cuebook-split/1, train: TRAIN, choose: 0.2}\n"


def changed(tmp_path: Path, files: dict[str, str]) -> list[Comparison]:
    states = [
        Registry(Folder(write(tmp_path / name, FILES | more))) for name, more in (("a", {}), ("b", files))
    ]
    return list(plan_change(*states, ["production"]).comparisons)


def test_who_writes_an_origin_by_hand_gains_nothing(tmp_path: Path) -> None:
    """All cases of the base decide as without it, and a smaller share seen leaves more of them held out."""
    (plain,) = changed(tmp_path / "plain", {"prompts/qa/v2.prompt.yml": TWO})
    assert plain.seconds == ()
    for share in ("0.3", "0.001"):
        file = TWO + ORIGIN.replace("TRAIN", share)
        (made,) = changed(tmp_path / share, {"prompts/qa/v2.prompt.yml": file})
        assert replace(made, candidate=plain.candidate, seconds=()) == plain
        assert set(HELD) <= {item.id for item in made.seconds[0].comparison.cases}


def test_cases_that_the_change_brings_or_takes_away_move_nothing(tmp_path: Path) -> None:
    file = TWO + ORIGIN.replace("TRAIN", "0.3")
    fewer = FILES["evals/qa/dataset.jsonl"].splitlines(keepends=True)[:5]
    files = {"prompts/qa/v2.prompt.yml": file, "evals/qa/dataset.jsonl": "".join(fewer)}
    made, shown = changed(tmp_path, files)
    assert alone(made) == [("held_out", HELD)]
    assert (shown.reading_only, shown.seconds) == (True, ())


def test_on_record_it_is_held_to_the_same(tmp_path: Path) -> None:
    file = TWO + ORIGIN.replace("TRAIN", "0.3")
    registry = Registry(Folder(write(tmp_path, FILES | {"prompts/qa/v2.prompt.yml": file})))
    made = on_record(registry, registry.suite("qa"), registry.version("qa", 2))
    assert alone(made) == [("held_out", HELD)]
    assert registry.version("qa", 2).digest == replace(registry.version("qa", 2), origin=None).digest


def scored(name: str, now: float | None, was: float | None, cluster: str | None = None) -> CaseResult:
    def answer(value: float | None) -> Answer:
        state: Any = "failed" if value is None else "measured"
        return Answer(text="x", scores={"exact": ScoreResult(state=state, value=value)})

    made: dict[str, Any] = {
        "id": name,
        "model": "m",
        "change": "same",
        "difference": None,
        "cluster": cluster,
    }
    return CaseResult(**made, inputs={}, expectations={}, candidate=answer(now), baseline=answer(was))


def test_the_change_on_seen_cases_is_the_mean_over_clusters() -> None:
    found = [scored("a", 1, 0, "x"), scored("b", 1, 1, "x"), scored("c", 0, 1), scored("d", None, 1)]
    assert mean_change(found, "exact", "m") == pytest.approx((0.5 - 1) / 2)
    assert mean_change(found, "exact", "another") is None

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from build import case, comparison, runs, sample, suite, version
from cuebook.gate.attempts import Question, same_question
from cuebook.gate.comparison import Comparison
from cuebook.gate.prepared import Prepared, shard
from cuebook.judging.calibration import Facts
from cuebook.judging.trust import JudgeStanding
from cuebook.shapes.cause import Doubt
from cuebook.shapes.labels import Labels
from cuebook.shapes.run import Canary, Score
from cuebook.shapes.suite import GateRules, MetricRule, ScorerSpec

JUDGE = ScorerSpec("judge", "g/1", {"prompt": "g/1", "with": {"reference": "expectations.answer"}})


def asked(*specs: ScorerSpec, cases: int = 10, **changes: object) -> Prepared:
    inputs = {"reference": {"type": "string"}, "answer": {"type": "string"}}
    of = suite([case(n) for n in range(cases)], scorers=(ScorerSpec("exact", "exact"), *specs))
    return comparison(of, judges={"g/1": version(prompt="g", inputs=inputs)}, **changes)


def test_preparing_keeps_what_is_compared() -> None:
    full = asked(JUDGE)
    plain = Comparison(**{item.name: getattr(full, item.name) for item in fields(Comparison)})
    made = Prepared.of(plain, attempt=2)
    assert made == replace(full, attempt=2)
    assert made.digests() == plain.digests()


def test_a_void_judge_decides_nothing_and_breaks_no_case() -> None:
    metrics = {"exact": MetricRule(), "g/1": MetricRule()}
    of = replace(asked(JUDGE), suite=replace(asked(JUDGE).suite, gate=GateRules(metrics)))
    low = sample(0.0, label="g/1")
    assert (of.deciders, of.passes(low)) == (("exact", "g/1"), False)
    won = Canary("g/1", "empty answer", Score("measured", 1.0, passed=True), won=True)
    held = of.without_void_judges([replace(runs(of, 1, 1)[0], canaries=(won,))])
    assert (held.deciders, held.passes(low)) == (("exact",), True)


@pytest.mark.parametrize("count", [2, 3])
def test_shards_share_canaries_and_labels(count: int) -> None:
    labels = Labels(tuple(case(n, label=1) for n in range(7)))
    of = replace(asked(JUDGE), labels={"g/1": labels})
    parts = [shard(of, index, count) for index in range(1, count + 1)]
    assert sum(part.calls() for part in parts) == of.calls()
    shared = [item for part in parts for item in part.labels["g/1"].cases]
    assert sorted(item.id for item in shared) == [item.id for item in labels.cases]


FACTS = Facts("key", "2026-11-01", 120, 120, 0.8, 0.7, 0.9, 0.6, 0.5)


def test_digests_follow_how_far_a_deciding_judge_agrees_with_people() -> None:
    def told(trust: JudgeStanding, label: str = "g/1") -> dict[str, str]:
        of = asked(JUDGE, trust={label: trust})
        gated = replace(of.suite, gate=GateRules({"g/1": MetricRule()}))
        return replace(of, suite=gated).digests().calibrations

    assert told(JudgeStanding(FACTS)) == {"g/1": "kappa at least 0.7, slope at least 0.5"}
    assert told(JudgeStanding(replace(FACTS, measured="2026-11-02"))) == told(JudgeStanding(FACTS))
    others = [
        JudgeStanding(replace(FACTS, j_lower=0.4)),
        JudgeStanding(FACTS, Doubt(code="expired", judge="g")),
        JudgeStanding(None),
    ]
    assert len({str(told(trust)) for trust in (*others, JudgeStanding(FACTS))}) == 4
    assert told(JudgeStanding(FACTS), "h/1") == {}, "a judge that decides nothing changes nothing"


def test_each_attempt_draws_its_own_order_of_the_same_cases() -> None:
    of = asked(cases=30)
    orders = [[item.id for item in of.at(attempt).cases] for attempt in (1, 2, 3)]
    assert len({tuple(order) for order in orders}) == 3
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(item.id for item in of.cases))}
    assert (of.at(2).attempt, of.at(2).error, of.at(0)) == (2, 0.0125, of)


def test_a_question_is_the_same_when_only_white_space_or_the_message_changed() -> None:
    of = asked(cases=4)
    before = of.question()
    assert len(before.words) == 4

    def of_text(text: str, **changes: Any) -> Question:
        return replace(of, candidate=version(3, text, **changes)).question()

    assert same_question(before, of_text("Answer  well:\n{{question}} ", message="tidied"))
    assert not same_question(before, of_text("Answer best: {{question}}"))
    assert not same_question(before, of_text("Answer well: {{question}}", model="scripted/other"))
    assert not same_question(before, of_text("Answer well: {{question}}", parameters={"temperature": 1}))
    assert not same_question(before, replace(of, baseline=version(9, "Hm: {{question}}")).question())
    resolved = of.question({"scripted/model": "real/model"})
    assert not same_question(before, resolved)


def test_another_description_of_a_tool_is_other_words() -> None:
    def question(**calling: object) -> Question:
        return asked(candidate=version(2, calling=calling)).question()

    was, now = question(tools=[{"name": "look"}]), question(tools=[{"name": "look", "description": "x"}])
    assert was.settings == now.settings
    assert not same_question(was, now)
    assert same_question(was, question(tools=[{"name": "look"}]))
    assert question() == asked(candidate=version(2)).question()


def test_another_seed_is_another_draw_and_no_other_question() -> None:
    of = asked(cases=4)

    def with_parameters(**values: Any) -> Prepared:
        return replace(of, candidate=version(3, "Hm: {{question}}", parameters=values))

    first = with_parameters(temperature=0.5, seed=1)
    assert same_question(first.question(), with_parameters(temperature=0.5, seed=2).question())
    assert same_question(first.question(), with_parameters(temperature=0.5).question())
    assert not same_question(first.question(), with_parameters(temperature=0.6, seed=1).question())
    assert first.digests() != with_parameters(temperature=0.5, seed=2).digests()


def test_a_prompt_that_cannot_be_filled_still_asks_a_question() -> None:
    broken = version(3, "{{question}} {{tone}}", inputs={"question": {}, "tone": {}})
    asks = replace(asked(cases=4), candidate=broken).question()
    assert same_question(asks, replace(asked(cases=4), candidate=broken).question())


def test_another_turn_of_a_dialogue_is_other_words() -> None:
    def words(**talk: Any) -> str:
        of = comparison(suite([replace(case(0), **talk)]))
        return next(iter(of.question().words.values()))

    said = ({"user": "a"}, {"user": "b"})
    talks: list[dict[str, Any]] = [
        {},
        {"turns": said},
        {"turns": said[:1]},
        {"tools": {"f": [{"result": 1}]}},
    ]
    assert len({words(**talk) for talk in talks}) == 4
    expects = ({"user": "a", "expectations": {"answer": "x"}}, {"user": "b"})
    assert words(turns=expects) == words(turns=said), "what is expected is not asked"

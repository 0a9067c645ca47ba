from __future__ import annotations

from dataclasses import replace

import pytest

from build import case, comparison, runs, sample, suite, version
from cuebook.gate import verdict_builder
from cuebook.gate.plan import Comparison
from cuebook.judging.trust import JudgeStanding
from cuebook.shapes.run import Canary, CaseRun, Failure, Labels, MetricRule, Sample, Score, ScorerSpec, Usage
from cuebook.shapes.verdict import Verdict

CASES = [case(n) for n in range(200)]


def verdict(candidate: object, baseline: object, of: object = None, **options: object) -> Verdict:
    held = of or comparison(suite(CASES))
    return verdict_builder.rule(held, runs(held, candidate, baseline), **options)  # type: ignore[arg-type]


def half(item: object) -> float:
    return float(int(item.id[5:]) % 2)  # type: ignore[attr-defined]


def test_the_sentence_says_what_how_much_how_surely_and_the_outcome() -> None:
    found = verdict(half, 1.0)
    assert found.outcome == "fail"
    assert found.sentence.startswith("Candidate is ")
    assert "points worse than version 1 on exact after " in found.sentence
    assert found.sentence.endswith(": fail.")
    assert "of 200 cases, interval [\u2212" in found.sentence


def test_equal_versions_are_level_not_no_worse() -> None:
    assert verdict(1.0, 1.0).sentence.startswith("Candidate is level with version 1")


def test_actions_say_what_to_do_next() -> None:
    of = comparison(suite(CASES))
    assert "set 'production: 2' in prompts/qa/aliases.yml" in verdict(1.0, 1.0, of).action
    assert "Do not promote" in verdict(half, 1.0, of).action
    live = comparison(suite(CASES), live=2)
    assert "Nothing to do" in verdict(1.0, 1.0, live).action
    assert "at an earlier version" in verdict(half, 1.0, live).action
    assert "For the record" in verdict(1.0, 1.0, comparison(suite(CASES), live=7)).action


def test_an_inconclusive_action_names_the_margin_supported_and_the_cases_missing() -> None:
    noisy = comparison(suite(CASES[:80]))
    found = verdict(half, lambda item: 1 - half(item), noisy)
    assert found.outcome == "inconclusive"
    assert "support a margin of" in found.action
    assert "unseen cases" in found.action


def test_cases_are_sorted_by_what_broke() -> None:
    def answer(item: object) -> object:
        number = int(item.id[5:])  # type: ignore[attr-defined]
        return {3: 0.0, 4: sample(0, failure=Failure("candidate", "refused")), 5: sample(None)}.get(
            number, 1.0
        )

    found = verdict(answer, lambda item: 0.0 if item.id == "case-006" else 1.0)
    assert [item.change for item in found.cases[:4]] == ["broken", "failed", "dropped", "fixed"]
    assert [item.id for item in found.cases[:4]] == ["case-003", "case-004", "case-005", "case-006"]
    assert {item.change for item in found.cases[4:]} == {"same"}
    assert found.coverage.candidate_failed == 1
    assert found.coverage.missing == 1


def test_a_ceiling_makes_a_pass_inconclusive_and_is_said_first() -> None:
    found = verdict(1.0, 1.0, stopped="the ceiling of 1 dollar is reached")
    assert found.outcome == "inconclusive"
    assert found.sentence.startswith("The ceiling of 1 dollar is reached. ")


def test_unknown_cost_stays_unknown() -> None:
    found = verdict(1.0, 1.0)
    assert found.cost_usd is None
    assert found.candidate_spending.cost_usd is None
    assert found.candidate_spending.words == 1


def test_offline_models_are_named_in_every_verdict() -> None:
    of = comparison(suite(CASES, models=("offline/rules",)))
    found = verdict(1.0, 1.0)
    assert not found.offline
    held = verdict_builder.rule(of, [])
    assert held.offline
    assert "rehearsal" in held.notes[0]


def test_the_verdict_survives_its_json() -> None:
    of = comparison(suite(CASES, metrics={"exact": MetricRule(0.05, floor=0.2)}))
    found = verdict(half, 1.0, of)
    text = found.model_dump_json(by_alias=True)
    assert text.startswith('{"schema":"cuebook/evaluation/1","outcome":')
    assert Verdict.model_validate_json(text) == found


JUDGE = ScorerSpec("judge", "grader/1", {"prompt": "grader/1"})


def judged(*gating: str, why: str = "", labels: int = 0) -> Comparison:
    of = suite(
        CASES,
        scorers=(ScorerSpec("exact", "exact"), JUDGE),
        metrics={label: MetricRule() for label in gating},
    )
    return comparison(
        of,
        judges={"grader/1": version(prompt="grader")},
        trust={"grader/1": JudgeStanding(None, why)},
        labels={"grader/1": Labels(tuple(case(n, label=1) for n in range(labels)))},
    )


def graded(_: object) -> Sample:
    scores = {label: Score("measured", 1.0, passed=True) for label in ("exact", "grader/1")}
    return replace(sample(1.0), scores=scores)


def fooled(of: Comparison, cost: float | None = None) -> list[CaseRun]:
    score = Score("measured", 1.0, passed=True, usage=Usage(1, 1, cost))
    first, *rest = runs(of, graded, graded)
    return [replace(first, canaries=(Canary("grader/1", "lone colon", score, won=True),)), *rest]


@pytest.mark.parametrize(
    ("labels", "action"),
    [
        (0, "Grade some answers by hand in evals/grader/labels.jsonl, then: cuebook judge grader"),
        (9, "See where the judge and people differ: cuebook judge grader"),
    ],
)
def test_a_judge_that_only_advises_names_the_command(labels: int, action: str) -> None:
    of = judged("grader/1", why="it was never measured", labels=labels)
    found = verdict(graded, graded, of)
    assert found.outcome == "inconclusive"
    assert found.sentence == "The judge grader/1 only advises: it was never measured: inconclusive."
    assert found.action == f"Not enough evidence to promote. {action}"
    assert [(item.advisory, item.decides, item.why) for item in found.judges] == [
        (True, False, "it was never measured")
    ]
    assert found.deciding is None


def test_beside_other_metrics_it_is_a_note() -> None:
    found = verdict(graded, graded, judged("exact", "grader/1", why="it was never measured"))
    assert found.outcome == "pass"
    assert found.deciding is not None
    assert found.deciding.label == "exact"
    assert "The judge grader/1 only advises: it was never measured. The other metrics decide." in found.notes


def test_a_judge_that_was_fooled_is_named_with_the_canary() -> None:
    of = judged("exact", "grader/1")
    found = verdict_builder.rule(of, fooled(of))
    assert found.outcome == "inconclusive"
    assert found.sentence.startswith(
        "The judge grader/1 is void for this run: it let a known-bad answer pass (lone colon)"
    )
    assert "cuebook new grader" in found.action
    assert [(item.void, item.canaries_lost) for item in found.judges] == [(True, 1)]
    assert [item.decides for item in found.summaries] == [True, False]


def test_a_judge_that_only_reports_stops_nothing_when_it_is_fooled() -> None:
    of = judged("exact")
    found = verdict_builder.rule(of, fooled(of))
    assert (found.outcome, found.judges[0].void) == ("pass", True)


def test_canaries_are_paid_for() -> None:
    of = judged("exact")
    bought = [
        replace(item, candidate=(priced(item.candidate[0]),), baseline=(priced(item.baseline[0]),))
        for item in fooled(of, cost=0.5)
    ]
    assert verdict_builder.rule(of, bought).cost_usd == 400.5


def priced(found: Sample) -> Sample:
    assert found.reply is not None
    return replace(found, reply=replace(found.reply, usage=Usage(1, 1, 1.0)))

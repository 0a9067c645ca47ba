from __future__ import annotations

import json
from dataclasses import replace

import pytest

from build import case, comparison, runs, sample, suite, version
from cuebook.core.canonical import digest_bytes
from cuebook.core.errors import CeilingReached
from cuebook.core.images import image
from cuebook.core.tool_calls import ToolCall
from cuebook.gate import verdict_builder
from cuebook.gate.comparison import Comparison
from cuebook.judging.trust import JudgeStanding
from cuebook.reports import _words
from cuebook.shapes.cause import Cause, Doubt
from cuebook.shapes.labels import Labels
from cuebook.shapes.run import Canary, CaseRun, Failure, ModelReply, Played, Sample, Score, Usage
from cuebook.shapes.suite import MetricRule, ScorerSpec
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages._case_files import case_files
from cuebook.site.pages._cases import Cases, brief_answer
from cuebook.wording.details import details
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step

CASES = [case(n) for n in range(200)]


def verdict(candidate: object, baseline: object, of: object = None, **options: object) -> Verdict:
    held = of or comparison(suite(CASES))
    return verdict_builder.rule(held, runs(held, candidate, baseline), **options)  # type: ignore[arg-type]


def half(item: object) -> float:
    return float(int(item.id[5:]) % 2)  # type: ignore[attr-defined]


def test_a_verdict_carries_what_its_sentence_is_made_from() -> None:
    found = verdict(half, 1.0, comparison(suite(CASES), live=7))
    assert (found.outcome, [cause.code for cause in found.causes]) == ("fail", ["metric_lost"])
    assert (found.error, found.live_version, found.live) == (0.05, 7, False)
    assert headline(found).startswith("Worse than v1: exact fell by ")


@pytest.mark.parametrize(("live", "code"), [(2, "roll_back"), (1, "write_version"), (7, "nothing")])
def test_what_comes_next_depends_on_what_is_live(live: int, code: str) -> None:
    found = verdict(half, 1.0, comparison(suite(CASES), live=live))
    assert next_step(found).code == code


def test_what_an_undecided_comparison_lacks_is_counted() -> None:
    noisy = comparison(suite(CASES[:80]))
    found = verdict(half, lambda item: 1 - half(item), noisy)
    assert found.outcome == "inconclusive"
    assert [cause.code for cause in found.causes] == ["stopped_early"]
    assert found.deciding is not None
    assert found.deciding.needed is not None
    assert found.deciding.needed > 80


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
    ceiling = CeilingReached("no more", limit=1.0, unit="cost_usd")
    found = verdict(1.0, 1.0, stopped=ceiling)
    assert (found.outcome, found.stopped) == ("inconclusive", True)
    assert headline(found).startswith("Not decided: stopped at the ceiling of $1.00 after 200 of 200 cases.")


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


def test_the_verdict_survives_its_json() -> None:
    of = comparison(suite(CASES, metrics={"exact": MetricRule(0.05, floor=0.2)}))
    found = verdict(half, 1.0, of)
    text = found.model_dump_json(by_alias=True)
    assert text.startswith('{"schema":"cuebook/evaluation/2","outcome":')
    assert Verdict.model_validate_json(text) == found


JUDGE = ScorerSpec("judge", "grader/1", {"prompt": "grader/1"})


def judged(*gating: str, doubt: Doubt | None = None, labels: int = 0) -> Comparison:
    of = suite(
        CASES,
        scorers=(ScorerSpec("exact", "exact"), JUDGE),
        metrics={label: MetricRule() for label in gating},
    )
    return comparison(
        of,
        judges={"grader/1": version(prompt="grader")},
        trust={"grader/1": JudgeStanding(None, doubt)},
        labels={"grader/1": Labels(tuple(case(n, label=1) for n in range(labels)))},
    )


def graded(_: object) -> Sample:
    scores = {label: Score("measured", 1.0, passed=True) for label in ("exact", "grader/1")}
    return replace(sample(1.0), scores=scores)


def fooled(of: Comparison, cost: float | None = None) -> list[CaseRun]:
    score = Score("measured", 1.0, passed=True, usage=Usage(1, 1, cost))
    first, *rest = runs(of, graded, graded)
    return [replace(first, canaries=(Canary("grader/1", "lone colon", score, won=True),)), *rest]


WEAK = Doubt(code="kappa", judge="grader")


def test_a_judge_that_only_advises_is_the_reason() -> None:
    found = verdict(graded, graded, judged("grader/1", doubt=WEAK))
    assert found.outcome == "inconclusive"
    assert found.causes == [Cause(code="judge_advisory", label="grader/1")]
    assert [(item.advisory, item.decides, item.doubt) for item in found.judges] == [(True, False, WEAK)]
    assert found.deciding is None


def test_beside_other_metrics_a_judge_that_only_advises_is_no_reason() -> None:
    found = verdict(graded, graded, judged("exact", "grader/1", doubt=WEAK))
    assert (found.outcome, found.causes) == ("pass", [])
    assert found.deciding is not None
    assert found.deciding.label == "exact"
    assert found.judges[0].doubt == WEAK


def test_a_judge_that_was_fooled_is_named_with_the_canary() -> None:
    of = judged("exact", "grader/1")
    found = verdict_builder.rule(of, fooled(of))
    assert found.outcome == "inconclusive"
    assert found.causes == [Cause(code="judge_void", label="grader/1", names=["lone colon"])]
    assert [(item.void, item.fooled_by) for item in found.judges] == [(True, ["lone colon"])]
    assert [item.decides for item in found.summaries] == [True, False]


def test_a_judge_that_only_reports_stops_nothing_when_it_is_fooled() -> None:
    of = judged("exact")
    found = verdict_builder.rule(of, fooled(of))
    assert (found.outcome, found.judges[0].void) == ("pass", True)


def test_canaries_are_paid_for() -> None:
    of = judged("exact")
    calls_made = [
        replace(item, candidate=(priced(item.candidate[0]),), baseline=(priced(item.baseline[0]),))
        for item in fooled(of, cost=0.5)
    ]
    found = verdict_builder.rule(of, calls_made)
    assert found.cost_usd == 400.5
    assert {item.candidate.cost_usd for item in found.cases} == {1.0}


def priced(found: Sample) -> Sample:
    assert found.reply is not None
    return replace(found, reply=replace(found.reply, usage=Usage(1, 1, 1.0)))


def test_what_no_broken_case_rules_out_is_told_where_nothing_else_was_shown() -> None:
    few = comparison(suite(CASES[:30]))
    found = verdict(1.0, 1.0, few)
    assert (found.outcome, found.break_rate) == ("inconclusive", pytest.approx(0.095, abs=1e-3))
    assert "0 of 30 cases broke: a break rate above 9.5% is ruled out." in details(found)
    assert verdict(lambda item: 0.0 if item.id == "case-003" else 1.0, 1.0, few).break_rate is None
    assert verdict(1.0, 1.0).break_rate is None, "a pass says more"
    two = comparison(
        suite(
            CASES[:30],
            scorers=(ScorerSpec("exact", "exact"), ScorerSpec("contains", "contains")),
            metrics={"exact": MetricRule(), "contains": MetricRule()},
        )
    )
    right = Score("measured", 1.0, passed=True)
    whole = replace(sample(1.0), scores={"exact": right, "contains": right})
    unknown = replace(whole, scores={"exact": right, "contains": Score("failed")})
    assert verdict(whole, whole, two).break_rate is not None
    half = verdict(lambda item: unknown if item.id == "case-003" else whole, whole, two)
    assert half.break_rate is None, "it may have broken by the score that is missing"


def test_missing_scores_are_told_by_their_share_of_one_metric() -> None:
    found = verdict(lambda item: sample(None) if int(item.id[5:]) % 20 == 0 else 1.0, 1.0)
    assert (found.coverage.missing, found.coverage.missing_of) == (10, 200)
    assert "10 of 200 scores (5%) are missing and counted at the worst." in details(found)


def test_an_answer_that_fails_once_in_its_repeats_is_recorded_as_failing() -> None:
    held = comparison(suite([case(0)], repeats=2))
    twice = [replace(item, candidate=(sample(1.0), sample(0.0))) for item in runs(held, 1.0, 1.0)]
    (told,) = verdict_builder.rule(held, twice).cases
    assert told.candidate.scores["exact"].passed is False
    assert told.candidate.scores["exact"].value == 0.5


def test_calls_of_an_answer_are_in_the_verdict_and_in_all_that_shows_it() -> None:
    call = ToolCall.of("c1", "lookup_order", '{"id": "A-17"}')
    reply = ModelReply("", "m", finish="tool_calls", tool_calls=(call,))
    called = replace(sample(0.0), reply=reply)
    found = verdict(called, 1.0)
    again = Verdict.model_validate_json(found.model_dump_json(by_alias=True))
    answer = again.cases[0].candidate
    assert (answer.text, answer.tool_calls) == ("", [call.shown])
    said = 'calls lookup_order {"id":"A-17"}'
    assert answer.said == brief_answer(answer) == _words.answers(again.cases[0])[1] == said
    page = "".join(case_files(Cases(again)).values())
    assert json.dumps(said)[1:-1] in page
    refused = replace(sample(0.0), reply=ModelReply("No.", "m", finish="refusal", refusal="No."))
    assert verdict(refused, 1.0).cases[0].candidate.refusal == "No."


def test_a_dialogue_is_in_the_verdict_with_its_script_and_what_was_said() -> None:
    said = ({"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."})
    reply = ModelReply("Here.", "m", played=Played((), said, unscripted=2))
    talk = replace(case(0), turns=({"user": "Where?"},), tools={"look": [{"result": 1}]})
    held = comparison(suite([talk]))
    found = verdict(replace(sample(1.0), reply=reply), 1.0, held)
    (told,) = Verdict.model_validate_json(found.model_dump_json(by_alias=True)).cases
    assert (told.turns, told.tools) == ([{"user": "Where?"}], {"look": [{"result": 1}]})
    assert told.candidate.dialogue == list(said)
    assert found.answers[0].unscripted == 2
    assert "2 calls of v2 got no result: the cases have none." in details(found)


def test_an_image_is_told_by_file_kind_size_and_digest() -> None:
    data = b"\x89PNG\r\n\x1a\n" + bytes(2_000)
    seen = replace(case(0), inputs={"photo": {"file": "a.png"}}, images={"photo": image(data)})
    (told,) = verdict(1.0, 1.0, comparison(suite([seen]))).cases
    assert told.inputs == {"photo": {"file": "a.png"}}
    assert told.readable == {"photo": f"a.png, image/png, 2 kB, {digest_bytes(data)[:19]}"}
    given = replace(case(0), inputs={"photo": image(data), "text": "data: none"})
    (told,) = verdict(1.0, 1.0, comparison(suite([given]))).cases
    assert told.readable["photo"].startswith("image/png, 2 kB, sha256:")
    assert told.readable["text"] == "data: none"


def test_a_dialogue_that_broke_off_tells_what_was_said_and_what_it_took() -> None:
    said = ({"role": "user", "content": "Where?"},)
    failure = Failure("candidate", "turn 2 of 3: no", said, Usage(1, 1, 0.25))
    alone = comparison(suite([case(0)]), alone=True)
    found = verdict(sample(None, failure=failure), None, alone)
    assert found.cases[0].candidate.dialogue == list(said)
    assert found.cost_usd == 0.25
    assert verdict(sample(None, failure=Failure("candidate", "no")), None, alone).cost_usd == 0

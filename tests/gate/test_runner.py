from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from build import case, comparison, suite, version
from cuebook import scorers
from cuebook.core.errors import Aborted, CeilingReached, UsageError
from cuebook.core.limited import OverBudget
from cuebook.gate.prepared import Prepared, filled, shard
from cuebook.gate.runner import Ran, run
from cuebook.judging.ask import canaries
from cuebook.shapes.run import Canary, CaseRun, Failure, ModelCall, ModelReply, Score, Version
from cuebook.shapes.suite import ScorerSpec

Script = Callable[[ModelCall], ModelReply | Failure]


@dataclass
class Desk:
    """An engine that answers from a function and writes down what it was asked."""

    script: Script
    same: bool = True
    rounds: list[list[ModelCall]] = field(default_factory=list)
    limit: int = 1_000_000

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        self.rounds.append(list(calls))
        if sum(map(len, self.rounds)) > self.limit:
            raise CeilingReached("the ceiling of 1 dollar is reached")
        return [self.script(call) for call in calls]

    def deterministic(self, model: str) -> bool:
        return self.same

    @property
    def calls(self) -> list[ModelCall]:
        return [call for batch in self.rounds for call in batch]


def says(text: str) -> Script:
    return lambda _: ModelReply(text, "scripted")


def go(of: object, desk: Desk, **options: object) -> Ran:
    return asyncio.run(run(of, desk, **options))  # type: ignore[arg-type]


def test_both_arms_interleave_in_the_fixed_order() -> None:
    of = comparison(suite([case(n) for n in range(3)]))
    desk = Desk(says("yes"))
    done = go(of, desk)
    assert [item.case.id for item in done.cases] == [item.id for item in of.cases]
    texts = [call.messages[0]["content"] for call in desk.rounds[0]]
    assert texts == [text + item.id for item in of.cases for text in ("Answer well: ", "Answer: ")]
    assert all(item.candidate[0].scores["exact"].value == 1 for item in done.cases)


def test_it_stops_after_the_batch_that_decides() -> None:
    of = comparison(suite([case(n) for n in range(50)]))
    looked: list[int] = []

    def decided(runs: Sequence[CaseRun]) -> bool:
        looked.append(len(runs))
        return len(runs) >= 20

    done = go(of, Desk(says("yes")), decided=decided, batch=10)
    assert looked == [10, 20]
    assert len(done.cases) == 20


def test_protected_cases_are_always_run() -> None:
    cases = [case(n, tags=["critical"] if n % 10 == 0 else []) for n in range(50)]
    of = comparison(suite(cases, gate={"protected": "critical"}))
    done = go(of, Desk(says("yes")), decided=lambda _: True, batch=10)
    assert {f"case-{n:03d}" for n in range(0, 50, 10)} <= {item.case.id for item in done.cases}
    assert len(done.cases) < 50


PROTECTED = suite([case(0, tags=["critical"])], gate={"protected": "critical"})


def test_a_failing_protected_case_is_run_again_until_it_is_clear() -> None:
    of = comparison(PROTECTED)
    broken = go(of, Desk(says("no"))).cases[0]
    assert len(broken.confirmations) == 2, "three failures are enough"
    assert len(broken.baseline_confirmations) == 4, "production is asked five times before it is blamed"
    flaky = Desk(lambda call: ModelReply("yes" if call.repeat else "no", "scripted"))
    assert len(go(of, flaky).cases[0].confirmations) == 3
    fine = go(of, Desk(says("yes")))
    assert fine.cases[0].confirmations == ()


def test_production_is_asked_about_a_protected_case_once_for_all_candidates() -> None:
    of = comparison(PROTECTED)
    desk = Desk(
        lambda call: ModelReply("no" if "well" in str(call.messages) else "yes", "scripted"), same=False
    )
    go(of, desk)
    go(replace(of, candidate=version(3, "Answer really well: {{question}}")), desk)
    asked = [call.key for call in desk.calls if call.epoch == "baseline"]
    assert len(asked) == 10
    assert len(set(asked)) == 5, "the store has them already"


def test_a_run_of_a_protected_case_that_nobody_can_score_is_asked_for_again_but_not_for_ever() -> None:
    busy = Desk(lambda call: Failure("provider", "busy") if call.repeat else ModelReply("no", "scripted"))
    item = go(comparison(PROTECTED), busy).cases[0]
    assert len(item.confirmations) == 9
    assert item.baseline_confirmations == ()


def test_the_baseline_has_repeats_of_its_own() -> None:
    of = comparison(suite([case(0)], gate={"baseline_repeats": 3}))
    desk = Desk(says("yes"), same=False)
    (item,) = go(of, desk).cases
    assert (len(item.candidate), len(item.baseline)) == (1, 3)
    assert [(call.epoch, call.repeat) for call in desk.calls] == [
        ("", 0),
        ("baseline", 0),
        ("baseline", 1),
        ("baseline", 2),
    ]


def test_a_forced_rerun_asks_the_candidate_alone_anew() -> None:
    of = comparison(suite([case(0)]), attempt=2)
    desk = Desk(says("yes"), same=False)
    go(of, desk)
    assert [call.epoch for call in desk.calls] == ["#2", "baseline"]


def test_the_baseline_is_sampled_afresh_unless_its_model_is_deterministic() -> None:
    of = comparison(suite([case(0)]))
    fresh, same = Desk(says("yes"), same=False), Desk(says("yes"), same=True)
    go(of, fresh)
    go(of, same)
    assert [call.epoch for call in fresh.calls] == ["", "baseline"]
    assert [call.epoch for call in same.calls] == ["", ""]


def test_a_failure_is_a_sample_without_scores() -> None:
    of = comparison(suite([case(0), case(1)]))
    done = go(
        of,
        Desk(
            lambda call: (
                Failure("provider", "busy")
                if "case-000" in str(call.messages)
                else ModelReply("yes", "scripted")
            )
        ),
    )
    (failed,) = [item for item in done.cases if item.case.id == "case-000"]
    assert failed.candidate[0].failure == Failure("provider", "busy")
    assert failed.candidate[0].scores == {}


def test_a_prompt_that_cannot_be_filled_is_its_own_failure_and_costs_no_call() -> None:
    asks_more = version(2, "{{question}} {{tone}}", inputs={"question": {}, "tone": {}})
    desk = Desk(says("yes"))
    done = go(comparison(suite([case(0)]), candidate=asks_more), desk)
    failure = done.cases[0].candidate[0].failure
    assert failure is not None
    assert (failure.kind, "'tone' is missing" in failure.message) == ("candidate", True)
    assert len(desk.calls) == 1


def test_a_ceiling_keeps_what_was_run() -> None:
    of = comparison(suite([case(n) for n in range(40)]))
    done = go(of, Desk(says("yes"), limit=45), batch=10)
    assert len(done.cases) == 20
    assert done.stopped is not None


def test_models_of_the_suite_run_both_arms() -> None:
    of = comparison(suite([case(0)], models=("scripted/a", "scripted/b")))
    desk = Desk(says("yes"))
    done = go(of, desk)
    assert [item.model for item in done.cases] == ["scripted/a", "scripted/b"]
    assert [call.model for call in desk.calls] == ["scripted/a"] * 2 + ["scripted/b"] * 2


def judge(name: str, text: str) -> Version:
    schema = {"name": "grade", "schema": {"type": "object"}}
    return version(
        1,
        text + " {{mark}}",
        prompt=name,
        model="scripted/judge",
        inputs={
            key: {"type": "string"}
            for key in ("answer", "first", "second", "mark")
            if f"{{{{{key}}}}}" in text + "{{mark}}"
        },
        response_format="json_schema",
        json_schema=schema,
    )


def test_judges_are_asked_in_rounds_after_all_answers() -> None:
    spec = ScorerSpec("judge", "grader/1", {"prompt": "grader/1", "scale": [1, 5]})
    of = comparison(
        suite([case(n) for n in range(3)], scorers=(ScorerSpec("exact", "exact"), spec)),
        judges={"grader/1": judge("grader", "Grade: {{answer}}")},
    )
    replies = {"scripted/model": "yes", "scripted/judge": json.dumps({"reason": "fine", "score": 5})}
    desk = Desk(lambda call: ModelReply(replies[call.model], "scripted"))
    done = go(of, desk)
    assert [len(batch) for batch in desk.rounds] == [6, 6, 6], "answers, judgements, canaries"
    assert all(item.candidate[0].scores["grader/1"].value == 1 for item in done.cases)


def test_an_unreadable_judgement_is_asked_once_more_and_then_failed() -> None:
    spec = ScorerSpec("judge", "grader/1", {"prompt": "grader/1", "scale": [1, 5]})
    of = comparison(
        suite([case(0)], scorers=(ScorerSpec("exact", "exact"), spec)),
        judges={"grader/1": judge("grader", "Grade: {{answer}}")},
        alone=True,
    )
    desk = Desk(
        lambda call: ModelReply("yes" if call.model == "scripted/model" else "5 of course", "scripted")
    )
    done = go(of, desk)
    assert done.cases[0].candidate[0].scores["grader/1"].state == "failed"
    assert [len(batch) for batch in desk.rounds] == [1, 1, 1, 6, 6]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ZeroDivisionError("a\n| b |"), "the scorer failed with ZeroDivisionError: 'a | b |'"),
        (ValueError("long " * 100), f"the scorer failed with ValueError: '{('long ' * 100)[:199]}…'"),
        (RuntimeError(), "the scorer failed with RuntimeError"),
        (OverBudget("not ended after 10 seconds"), "the scorer failed: not ended after 10 seconds"),
        (UsageError("x.py returned int", "return a score"), "the scorer failed: x.py returned int"),
    ],
)
def test_what_a_scorer_raises_is_quoted_after_our_own_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def broken(*_: object) -> Score:
        raise error

    of = comparison(suite([case(0)], scorers=(ScorerSpec("exact", "exact"),)), alone=True)
    breaking = replace(scorers.find("exact"), function=broken)
    monkeypatch.setattr(scorers, "find", lambda _: breaking)
    score = go(of, Desk(says("yes"))).cases[0].candidate[0].scores["exact"]
    assert (score.state, score.reason) == ("failed", reason)


def test_a_pairwise_judge_sees_both_answers_in_both_orders_and_scores_the_candidate_only() -> None:
    spec = ScorerSpec("judge_pairwise", "prefer/1", {"prompt": "prefer/1"})
    of = comparison(
        suite([case(0)], scorers=(ScorerSpec("exact", "exact"), spec)),
        judges={"prefer/1": judge("prefer", "A: {{first}} B: {{second}}")},
    )

    def script(call: ModelCall) -> ModelReply:
        text = call.messages[0]["content"]
        if call.model == "scripted/judge":
            winner = "first" if text.startswith("A: good") else "second"
            return ModelReply(json.dumps({"reason": "better", "winner": winner}), "scripted")
        return ModelReply("good" if "well" in text else "bad", "scripted")

    done = go(of, Desk(script))
    assert done.cases[0].candidate[0].scores["prefer/1"].value == 1
    assert "prefer/1" not in done.cases[0].baseline[0].scores


def test_a_scorer_that_breaks_is_a_failed_score() -> None:
    spec = ScorerSpec("judge", "grader/1", {"prompt": "grader/1", "scale": [1, 5]})
    of = comparison(suite([case(0)], scorers=(ScorerSpec("exact", "exact"), spec)), judges={}, alone=True)
    score = go(of, Desk(says("yes"))).cases[0].candidate[0].scores["grader/1"]
    assert score.state == "failed"


@pytest.mark.parametrize(
    ("old", "new", "follows"), [(["id"], [], 0), ([], ["id"], 1), (None, ["id"], 0), (["id"], None, 0)]
)
def test_both_versions_are_held_to_the_schema_of_the_live_one(
    old: list[str] | None, new: list[str] | None, follows: int
) -> None:
    def asking(required: list[str] | None) -> dict[str, object] | None:
        return None if required is None else {"name": "x", "schema": {"required": required}}

    scorers_used = (ScorerSpec("exact", "exact"), ScorerSpec("json_schema", "json_schema"))
    of = comparison(suite([case(0)], scorers=scorers_used))
    assert of.baseline
    before, after = (
        replace(found, json_schema=asking(required))
        for found, required in ((of.baseline, old), (of.candidate, new))
    )
    (done,) = go(replace(of, baseline=before, candidate=after), Desk(says("{}"))).cases
    assert [arm[0].scores["json_schema"].value for arm in (done.candidate, done.baseline)] == [
        follows,
        follows,
    ]


def test_chat_and_text_prompts_fill_alike_and_ignore_inputs_they_do_not_use() -> None:
    chat = version(
        1,
        messages=({"role": "system", "content": "Be brief"}, {"role": "user", "content": "{{question}}"}),
        template=None,
    )
    assert filled(chat, {"question": "why?", "other": 1})[1] == {"role": "user", "content": "why?"}
    assert filled(version(1), {"question": "{{x}}"}) == ({"role": "user", "content": "Answer: {{x}}"},)


GRADER = ScorerSpec("judge", "grader/1", {"prompt": "grader/1", "scale": [1, 5]})
PREFER = ScorerSpec("judge_pairwise", "prefer/1", {"prompt": "prefer/1"})


def judged(spec: ScorerSpec, cases: int = 10, **changes: object) -> Prepared:
    """Judged by a grader that shows the answer in brackets, or by one that shows two."""
    text = "[{{answer}}]" if spec is GRADER else "[{{first}}][{{second}}]"
    name = spec.label.partition("/")[0]
    of = suite([case(n) for n in range(cases)], scorers=(ScorerSpec("exact", "exact"), spec))
    return comparison(of, judges={spec.label: judge(name, text)}, **changes)


def answering(judgement: Callable[[str], str]) -> Script:
    """Every answer is "yes"; a judge replies by what stands in its brackets."""

    def script(call: ModelCall) -> ModelReply:
        text = call.messages[0]["content"]
        return ModelReply(judgement(text) if call.model == "scripted/judge" else "yes", "scripted")

    return script


FAIR = answering(lambda text: json.dumps({"reason": "", "score": 5 if "[yes]" in text else 1}))


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   ",
        "5",
        "five",
        "Score: 5",
        '{"score": 5',
        "{'score': 5}",
        '{"score": 0}',
        '{"score": 5.0001}',
        '{"score": -1}',
        '{"score": 1e400}',
        '{"score": ' + "9" * 5000 + "}",
        '{"score": NaN}',
        '{"score": Infinity}',
        '{"score": "5"}',
        '{"score": true}',
        '{"score": null}',
        '{"score": [5]}',
        '{"score": {"value": 5}}',
        '{"Score": 5}',
        '{"reason": "good"}',
        '[{"score": 5}]',
        '{"score": 1} {"score": 5}',
        '{"score": 1}\n{"score": 5}',
        '{"score": 1, "score": 5}',
        'Here:\n```json\n{"score": 5}\n```',
        '```\n{"score": 5}\n```\nDone.',
        'Sure! {"score": 5}',
        '{"score": 5} That is my verdict.',
        '{"a":' * 5000 + "5" + "}" * 5000,
        '{"score": 5, "reason": "\ud800"}',
    ],
)
def test_a_bad_reply_of_a_judge_never_becomes_a_score(reply: str) -> None:
    desk = Desk(answering(lambda _: reply))
    done = go(judged(GRADER, 2), desk)
    for item in done.cases:
        for sample in (*item.candidate, *item.baseline):
            score = sample.scores["grader/1"]
            assert (score.state, score.value, score.passed) == ("failed", None, None)
        assert all(canary.score.state == "failed" and not canary.won for canary in item.canaries)
    assert {call.repeat for call in desk.calls} == {0, 1000}, "each was asked once more"


@pytest.mark.parametrize("reply", ["", "first", '{"winner": "First"}', '{"winner": true}', '{"score": 5}'])
def test_a_bad_reply_of_a_comparing_judge_never_makes_a_winner(reply: str) -> None:
    def script(call: ModelCall) -> ModelReply:
        text = call.messages[0]["content"]
        said = reply if call.model == "scripted/judge" else "well" if "well" in text else "plain"
        return ModelReply(said, "scripted")

    done = go(judged(PREFER, 2), Desk(script))
    assert {item.candidate[0].scores["prefer/1"].state for item in done.cases} == {"failed"}


def canaries_of(done: Ran) -> list[Canary]:
    return [canary for item in done.cases for canary in item.canaries]


def test_canaries_ride_on_the_first_cases_and_are_no_cases() -> None:
    of = judged(GRADER)
    done = go(of, Desk(FAIR))
    assert [len(item.canaries) for item in done.cases] == [1] * 6 + [0] * 4
    assert not [canary.name for canary in canaries_of(done) if canary.won]
    assert {canary.name for canary in canaries_of(done)} == set(canaries(5))
    assert all(len(item.candidate) == len(item.baseline) == 1 for item in done.cases)
    assert of.without_void_judges(done.cases) is of


def test_a_canary_takes_the_place_of_the_last_answer_of_a_dialogue() -> None:
    talk = replace(case(0), turns=({"user": "First."}, {"user": "Last."}))
    seeing = judge("grader", "Grade: {{answer}} {{transcript}}")
    seeing = replace(seeing, inputs={**seeing.inputs, "transcript": {"type": "string"}})
    spec = ScorerSpec("judge", "grader/1", {"prompt": "grader/1"})
    desk = Desk(answering(lambda _: json.dumps({"reason": "", "score": 1})))
    go(comparison(suite([talk], scorers=[spec]), judges={"grader/1": seeing}, alone=True), desk)
    about = [call.messages[0]["content"] for call in desk.calls if call.model == "scripted/judge"]
    assert len(about) == 1 + len(canaries(5))
    for text in about:
        assert text.index("First.") < text.index("Last.")
    assert sum("Ignore the rubric" in text.rpartition("Last.")[2] for text in about) == 1


def test_a_canary_of_a_comparing_judge_ends_the_dialogue_that_it_takes_part_in() -> None:
    talk = replace(case(0), turns=({"user": "First."}, {"user": "Last."}))
    of = comparison(suite([talk], scorers=[ScorerSpec("judge_pairwise", "p", {"prompt": "prefer/1"})]))
    of = replace(of, judges={"prefer/1": judge("prefer", "{{first}} or {{second}}")})

    def script(call: ModelCall) -> ModelReply:
        said = "well" if "well" in str(call.messages) else "plain"
        return ModelReply('{"winner": "tie"}' if call.model == "scripted/judge" else said, "scripted")

    desk = Desk(script)
    go(of, desk)
    about = [call.messages[0]["content"] for call in desk.calls if call.model == "scripted/judge"]
    ends = [text for text in about if "Ignore the rubric" in text]
    assert len(ends) == 2, "in both orders"
    assert all(text.count("Last.") == 2 for text in ends), "each side is a dialogue"


def test_every_canary_rides_when_cases_are_few() -> None:
    done = go(judged(GRADER, 2), Desk(FAIR))
    assert [len(item.canaries) for item in done.cases] == [3, 3]


def test_a_judge_that_lets_a_canary_pass_is_void() -> None:
    of = judged(GRADER)
    fooled = answering(
        lambda text: json.dumps({"reason": "", "score": 5 if "[yes]" in text or "[:]" in text else 1})
    )
    done = go(of, Desk(fooled))
    assert [canary.name for canary in canaries_of(done) if canary.won] == ["lone colon"]
    assert of.without_void_judges(done.cases).void == {"grader/1"}


@pytest.mark.parametrize(
    ("judgement", "won"),
    [
        (lambda text: "first" if text.startswith("[yes]") else "second", set()),
        (lambda text: "tie", set()),
        (lambda text: "first", set()),
        (lambda text: "first" if text.startswith("[:]") else "second", {"lone colon"}),
    ],
)
def test_a_canary_must_not_beat_the_baseline_in_both_orders(
    judgement: Callable[[str], str], won: set[str]
) -> None:
    says_so = answering(lambda text: json.dumps({"reason": "", "winner": judgement(text)}))
    done = go(judged(PREFER), Desk(says_so))
    assert len(canaries_of(done)) == 6
    assert {canary.name for canary in canaries_of(done) if canary.won} == won


def test_without_a_baseline_a_comparing_judge_has_no_canaries() -> None:
    assert canaries_of(go(judged(PREFER, alone=True), Desk(FAIR))) == []


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shards_ask_for_the_same_canaries(count: int) -> None:
    whole, parts = Desk(FAIR), Desk(FAIR)
    of = judged(GRADER)
    go(of, whole)
    for index in range(1, count + 1):
        go(shard(of, index, count), parts)
    assert {call.key for call in parts.calls} == {call.key for call in whole.calls}
    assert len(parts.calls) == len(whole.calls)
    assert of.calls() == len(whole.calls)


def test_calls_that_mostly_fail_stop_the_run() -> None:
    of = comparison(suite([case(n) for n in range(30)]))
    desk = Desk(lambda call: Failure("provider", "boom") if "well" in str(call) else ModelReply("yes", "s"))
    with pytest.raises(Aborted, match=r"scripted/model did not answer 10 of 10 calls \(boom\)") as stop:
        go(of, desk, batch=10)
    assert (stop.value.cause, stop.value.exit_code) == ("most_calls_failed", 4)
    assert len(desk.rounds) == 1, "the other batches are not asked"


def test_a_judge_that_does_not_answer_stops_the_run() -> None:
    def script(call: ModelCall) -> ModelReply | Failure:
        return Failure("provider", "down") if call.model == "scripted/judge" else ModelReply("yes", "s")

    of = judged(GRADER, 30)
    with pytest.raises(Aborted, match="scripted/judge did not answer"):
        go(of, Desk(script), batch=10)


@pytest.mark.parametrize(("always", "won"), [(True, True), (False, False)])
def test_a_canary_that_wins_is_asked_about_again(always: bool, won: bool) -> None:
    times: Counter[str] = Counter()

    def fooled(text: str) -> str:
        times[text] += 1
        lucky = "[:]" in text and (always or times[text] == 1)
        return json.dumps({"reason": "", "score": 5 if lucky else 1})

    done = go(judged(GRADER), Desk(answering(fooled), same=False))
    (canary,) = [item for item in canaries_of(done) if item.name == "lone colon"]
    assert canary.won is won
    twice = [text.split()[0] for text, count in times.items() if count > 1 and "[yes]" not in text]
    assert twice == ["[:]"]


def test_a_judge_that_says_the_same_is_not_asked_again() -> None:
    desk = Desk(answering(lambda _: json.dumps({"reason": "", "score": 5})))
    done = go(judged(GRADER), desk)
    assert all(canary.won for canary in canaries_of(done))
    assert not [call for round_ in desk.rounds for call in round_ if call.repeat]


def test_a_judge_that_nobody_can_read_is_asked_about_one_batch_only() -> None:
    desk = Desk(answering(lambda _: "Well, five."))
    of = judged(GRADER, 40)
    done = go(of, desk, batch=10)
    asked = [call for round_ in desk.rounds for call in round_ if call.model == "scripted/judge"]
    assert len(asked) == 2 * (10 * 2 + 6), "each twice: ten cases of both versions, and the canaries"
    later = [item.candidate[0].scores["grader/1"] for item in done.cases[10:]]
    assert {score.unread for score in later} == {"not_asked"}

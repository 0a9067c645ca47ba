from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from build import case, comparison, suite, version
from cuebook.errors import CeilingReached
from cuebook.records import CaseRun, Failure, ModelCall, ModelReply, ScorerSpec, Version
from cuebook.runner import Ran, filled, run

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


def test_a_failing_protected_case_is_run_again_until_it_is_clear() -> None:
    of = comparison(suite([case(0, tags=["critical"])], gate={"protected": "critical"}))
    broken = go(of, Desk(says("no")))
    assert len(broken.cases[0].confirmations) == 1, "two failures are enough"
    flaky = Desk(lambda call: ModelReply("yes" if call.repeat else "no", "scripted"))
    assert len(go(of, flaky).cases[0].confirmations) == 2
    fine = go(of, Desk(says("yes")))
    assert fine.cases[0].confirmations == ()


def test_the_baseline_is_sampled_afresh_unless_its_model_is_deterministic() -> None:
    of = comparison(suite([case(0)]))
    fresh, same = Desk(says("yes"), same=False), Desk(says("yes"), same=True)
    go(of, fresh)
    go(of, same)
    assert [call.epoch for call in fresh.calls] == ["", "baseline"]
    assert [call.epoch for call in same.calls] == ["", ""]


def test_a_failure_is_a_sample_without_scores() -> None:
    of = comparison(suite([case(0)]))
    done = go(of, Desk(lambda _: Failure("provider", "busy")))
    assert done.cases[0].candidate[0].failure == Failure("provider", "busy")
    assert done.cases[0].candidate[0].scores == {}


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
    assert "ceiling" in done.stopped


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
    assert [len(batch) for batch in desk.rounds] == [6, 6]
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
    assert [len(batch) for batch in desk.rounds] == [1, 1, 1]


def test_a_pairwise_judge_sees_both_answers_in_both_orders_and_scores_the_candidate_only() -> None:
    spec = ScorerSpec("judge_pairwise", "prefer/1", {"prompt": "prefer/1"})
    of = comparison(
        suite([case(0)], scorers=(ScorerSpec("exact", "exact"), spec)),
        judges={"prefer/1": judge("prefer", "A: {{first}} B: {{second}}")},
    )

    def script(call: ModelCall) -> ModelReply:
        text = call.messages[0]["content"]
        if call.model == "scripted/judge":
            winner = "first" if text.index("good") < text.index("bad") else "second"
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


def test_chat_and_text_prompts_fill_alike_and_ignore_inputs_they_do_not_use() -> None:
    chat = version(
        1,
        messages=({"role": "system", "content": "Be brief"}, {"role": "user", "content": "{{question}}"}),
        template=None,
    )
    assert filled(chat, {"question": "why?", "other": 1})[1] == {"role": "user", "content": "why?"}
    assert filled(version(1), {"question": "{{x}}"}) == ({"role": "user", "content": "Answer: {{x}}"},)

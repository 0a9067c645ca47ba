from __future__ import annotations

import asyncio
from collections.abc import Sequence

from build import case, comparison, suite, version
from cuebook.gate.answering import ByModel, Slot
from cuebook.gate.runner import run
from cuebook.shapes.run import Failure, ModelCall, ModelReply


class Desk:
    """An engine that says the model's name, and keeps what it was asked."""

    def __init__(self, *, same: bool) -> None:
        self.same = same
        self.asked: list[ModelCall] = []

    async def ask_all(self, calls: Sequence[ModelCall]) -> list[ModelReply | Failure]:
        self.asked += calls
        return [ModelReply(call.model, call.model) for call in calls]

    def deterministic(self, model: str) -> bool:
        return self.same


def test_answers_stand_in_the_order_of_the_slots_and_one_that_cannot_be_filled_is_not_asked_for() -> None:
    asks_more = version(2, "{{question}} {{tone}}", inputs={"question": {}, "tone": {}})
    of = comparison(suite([case(0)]), candidate=asks_more)
    assert of.baseline is not None
    slots = [Slot(case(0), asks_more, "", 0, False), Slot(case(0), of.baseline, "scripted/a", 0, True)]
    desk = Desk(same=True)
    failed, answered = asyncio.run(ByModel(of, desk).answers(slots))
    assert isinstance(failed, Failure)
    assert answered == ModelReply("scripted/a", "scripted/a")
    assert len(desk.asked) == 1


def test_the_arms_of_a_model_that_varies_share_no_sample() -> None:
    of = comparison(suite([case(0)]))
    slots = [Slot(case(0), of.candidate, "", 0, is_baseline) for is_baseline in (False, True)]
    varies, same = Desk(same=False), Desk(same=True)
    asyncio.run(ByModel(of, varies).answers(slots))
    asyncio.run(ByModel(of, same).answers(slots))
    assert len({call.key for call in varies.asked}) == 2
    assert len({call.key for call in same.asked}) == 1


class Yes:
    """Answers everything with yes."""

    async def answers(self, slots: Sequence[Slot]) -> list[ModelReply | Failure]:
        return [ModelReply("yes", "given") for _ in slots]


def test_what_answers_in_place_of_the_models_is_scored_and_no_model_is_asked() -> None:
    desk = Desk(same=True)
    done = asyncio.run(run(comparison(suite([case(0)])), desk, answering=Yes()))
    assert done.cases[0].candidate[0].scores["exact"].value == 1
    assert desk.asked == []

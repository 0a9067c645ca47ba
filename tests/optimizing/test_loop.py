"""GEPA itself, over answers and reflections that are made up here: no model and no server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from build import case, version
from cuebook.core.errors import CeilingReached, ModelError
from cuebook.optimizing.components import components
from cuebook.optimizing.loop import STUCK, Asking, Budget, Loop, Reply
from cuebook.optimizing.reflection import Example
from cuebook.optimizing.refusals import Guard
from cuebook.optimizing.scoring import Scored
from cuebook.shapes.run import Case
from cuebook.shapes.split import Origin, Shares

pytest.importorskip("gepa", reason="gepa is missing: skipped")

START = version(
    template=None,
    messages=({"role": "system", "content": "Answer."}, {"role": "user", "content": "{{question}}"}),
)
TRAIN = [f"train-{n}" for n in range(9)]
CHOOSE = [f"choose-{n}" for n in range(6)]
USUAL = Budget(120)
LAMP = "What colour is the lamp in the hall?"
WORDS = ["briefly", "kindly", "from the context", "in one line"]


def worth(text: str, _case: str = "") -> float:
    """A quarter for each of the words that a text has."""
    return sum(word in text for word in WORDS) / 4


class World:
    """Scores by ``worth``; proposals add one word after another. What was asked is remembered."""

    def __init__(self, proposals: Sequence[str] | None = None, cost: float = 0.0) -> None:
        self.prompts: list[str] = []
        self.scored: list[tuple[str, str]] = []
        self.proposals = proposals
        self.cost = cost
        self.fooled_at = ""

    def scores(self, texts: dict[str, str], ids: Sequence[str]) -> list[Scored]:
        text = texts["messages[0]"]
        self.scored += [(text, name) for name in ids]
        fooled = "judge-x/1" if self.fooled_at and self.fooled_at in text else ""
        return [
            Scored(
                worth(text, name), Example({"question": name}, "an answer", worth(text)), self.cost, fooled
            )
            for name in ids
        ]

    def reflect(self, prompt: str, count: int) -> Reply:
        self.prompts.append(prompt)
        if self.proposals is not None:
            return Reply(
                f"```\n{self.proposals[(len(self.prompts) - 1) % len(self.proposals)]}\n```", self.cost
            )
        text = next(line for line in prompt.split("\n") if line.startswith("Answer"))
        more = next((word for word in WORDS if word not in text), f"again {count}")
        return Reply(f"```\n{text} {more}\n```", self.cost)


def loop(world: World, budget: Budget = USUAL, **changes: Any) -> Loop:
    seed = components(START)
    read = [case(1), Case("lamp", {"question": LAMP})]
    guard = Guard(START, seed, read, Origin("qa", Shares()))
    asking = Asking(world.scores, world.reflect)
    return Loop(START, seed, TRAIN, CHOOSE, asking, guard, budget, **changes)


def test_the_best_by_the_choosing_cases_wins_and_every_step_is_told() -> None:
    world, told = World(), []
    made = loop(world, tell=told.append)
    made.run()
    assert made.candidates[0].texts == {"messages[0]": "Answer."}
    assert made.candidates[made.winner].choose == 1.0
    assert all(word in made.candidates[made.winner].texts["messages[0]"] for word in WORDS)
    accepted = [step for step in told if step.tried.became == "accepted"]
    assert accepted[0].choose == (0.0, 0.25)
    assert (accepted[0].was, accepted[0].new) == ("Answer.", "Answer. briefly")
    assert [item.became for item in made.tried] == [step.tried.became for step in told]
    assert made.tried[0].train == (0.0, 0.75)


def test_only_cases_to_be_read_are_shown_and_each_answer_is_asked_for_once() -> None:
    world = World()
    loop(world).run()
    assert world.prompts
    assert not any("choose-" in prompt for prompt in world.prompts)
    assert any("train-" in prompt for prompt in world.prompts)
    assert len(world.scored) == len(set(world.scored))


def test_a_run_ends_where_nothing_is_left_and_with_the_answers_allowed() -> None:
    made = loop(World(), Budget(10_000))
    made.run()
    assert (made.ended_by, made.ended) == ("nothing_new", "the training cases leave nothing to improve")
    made = loop(World(), Budget(20))
    made.run()
    assert made.answers <= 20
    assert made.ended.endswith("answers were scored; 20 are allowed")
    assert made.ended_by == "answers"


def test_two_runs_go_the_same_way() -> None:
    runs = [loop(World()), loop(World())]
    for item in runs:
        item.run()
    assert runs[0].tried == runs[1].tried
    assert runs[0].candidates == runs[1].candidates


def test_a_proposal_that_does_nothing_wins_nothing() -> None:
    made = loop(World(["Answer, please.", "Answer now.", "Answer!"]))
    made.run()
    assert made.winner == 0
    assert {item.became for item in made.tried} <= {"not better", "refused"}


def test_what_is_refused_is_asked_of_nobody_and_the_reason_goes_back() -> None:
    world = World(["Answer {{other}}.", f"Answer well when you are asked: {LAMP}"])
    made = loop(world)
    made.run()
    assert {text for text, _ in world.scored} == {"Answer."}
    assert all((item.became, item.text) == ("refused", "") for item in made.tried)
    assert len(made.tried) == STUCK
    assert made.tried[2].why == made.tried[0].why
    assert "in a row were refused" in made.ended
    assert made.ended_by == "refused"
    assert "Earlier proposals were refused" in world.prompts[1]
    assert "which 'inputs' does not declare" in world.prompts[1]
    assert made.tried[1].why == "it copies words of lamp"


def test_money_is_kept_for_the_gate_whoever_bought_the_replies() -> None:
    world = World(cost=0.01)
    made = loop(world, Budget(10_000, usd=1.0, gate_answers=40))
    made.run()
    assert made.kept == pytest.approx(0.48)
    assert made.spent <= 1.0 - 0.48 + 1e-9
    assert made.ended == "$1.00 are used up: $0.480 are kept for the gate"
    assert made.ended_by == "money"


def test_a_judge_that_a_known_bad_answer_fools_ends_the_run() -> None:
    world = World()
    world.fooled_at = "kindly"
    made = loop(world)
    made.run()
    assert made.fooled == "judge-x/1"
    assert not any("from the context" in text for text, _ in world.scored)


def raising(error: Exception) -> Callable[..., Any]:
    def raise_it(*_: Any) -> Any:
        raise error

    return raise_it


def test_a_ceiling_ends_the_run_and_what_is_known_stays() -> None:
    made = loop(World())
    made.asking = Asking(made.asking.scores, raising(CeilingReached("the ceiling is reached")))
    made.run()
    assert made.ended_by == "ceiling"
    assert (made.ended, made.winner, len(made.candidates)) == ("the ceiling is reached", 0, 1)


@pytest.mark.parametrize("who", ["scores", "reflect"])
def test_an_error_of_a_model_is_raised_once_and_not_asked_for_again(who: str) -> None:
    made = loop(World())
    calls = {"scores": made.asking.scores, "reflect": made.asking.reflect}
    made.asking = Asking(**{**calls, who: raising(ModelError("no such model"))})
    with pytest.raises(ModelError, match="no such model"):
        made.run()

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from build import case, comparison, suite, version
from cuebook.core.text import token_estimate
from cuebook.gate.cost import expected_cost, expected_tokens
from cuebook.registry.settings import Settings
from cuebook.shapes.settings_format import Price
from cuebook.shapes.suite import MetricRule, ScorerSpec
from plugged import installed

PRICED = Settings(prices={"scripted/model": Price(input=1.0, output=2.0, as_of="2026-11-22")})


def test_cost_is_unknown_where_a_price_is() -> None:
    of = comparison(suite([case(n) for n in range(10)]))
    assert expected_cost(of, Settings()) is None
    assert expected_cost(of, PRICED) == pytest.approx(
        (2 * 200 * 10 * 2 + 10 * 4 / 3 * (2 + 1) + 10 * 4 / 3 * (3 + 1)) / 1e6, rel=0.2
    )


def test_a_stand_in_is_free_and_its_replacement_costs_what_it_costs() -> None:
    def cost(name: str, **settings: Any) -> float | None:
        of = comparison(suite([case(0)]), candidate=version(2, "x {{question}}", model=name), alone=True)
        priced = {"local/m": Price(input=1.0, output=1.0, as_of="2026-11-22")}
        return expected_cost(of, Settings(prices=priced, **settings))

    assert cost("offline/rules") == 0
    assert cost("offline/judge", model="local/m") == 0, "the judge is replaced by judge_model alone"
    assert cost("offline/rules", model="local/m") == cost("local/m") != 0
    assert cost("offline/judge", judge_model="local/m") == cost("local/m")
    assert cost("offline/rules", model="openai/gpt") is None


@pytest.mark.parametrize(("given", "cost"), [("deterministic=True", 0), ("", None)])
def test_a_plug_in_that_answers_for_nothing_is_free(tmp_path: Path, given: str, cost: float | None) -> None:
    acme = {
        "acme-models": "1.2",
        "cuebook.models": "acme = acme_models:PLUGIN",
        "acme_models.py": f"from cuebook.models import ModelPlugin\nPLUGIN = ModelPlugin(print, {given})\n",
    }
    of = comparison(suite([case(0)]), candidate=version(2, "x {{question}}", model="acme/m"), alone=True)
    with installed(tmp_path, acme):
        assert expected_cost(of, Settings()) == cost


def test_tokens_grow_with_cases_repeats_and_models() -> None:
    few = expected_tokens(comparison(suite([case(n) for n in range(5)])))
    many = expected_tokens(comparison(suite([case(n) for n in range(10)], repeats=2, models=("a/b", "c/d"))))
    assert many == pytest.approx(8 * few, rel=0.01)


def test_each_answer_of_a_dialogue_is_sent_all_that_was_said_before_it() -> None:
    def tokens(turns: int) -> int:
        said = tuple({"user": "word " * 100} for _ in range(turns))
        talk = replace(case(0), turns=said)
        asked = version(2, "x {{question}}", parameters={"maxTokens": 200})
        return expected_tokens(comparison(suite([talk]), candidate=asked, alone=True))

    one, two, three = (tokens(turns) for turns in (1, 2, 3))
    # Each answer more is sent the turn before it, and that turn's answer of a hundred tokens, once more.
    grown = (three - two) - (two - one)
    assert grown == pytest.approx(token_estimate("word " * 100) + 100, abs=2)


def test_judges_are_paid_too() -> None:
    judged = ScorerSpec("judge", "grader/1", {"prompt": "grader/1"})
    grader = version(1, "Grade {{answer}} to {{question}}", model="judging/m", parameters={"maxTokens": 100})
    cases = [case(n) for n in range(10)]
    of = comparison(
        suite(cases, scorers=(judged,), metrics={"grader/1": MetricRule(0.1)}, repeats=2),
        candidate=version(2, "x {{question}}", model="offline/rules"),
        baseline=version(1, "y {{question}}", model="offline/rules"),
        judges={"grader/1": grader},
    )
    assert expected_cost(of, Settings()) is None, "the price of the judge's model is not known"
    prices = {"judging/m": Price(input=0.0, output=1e6, as_of="2026-11-22")}
    calls = sum(calls for _, _, calls in of.judge_calls())
    assert calls >= 10 * 2 * 2
    assert expected_cost(of, Settings(prices=prices)) == 50 * calls
    free = comparison(of.suite, candidate=of.candidate, baseline=of.baseline)
    # Each answer is read by the judge, and half of what it may write is reckoned with.
    assert expected_tokens(of) - expected_tokens(free) > calls * (50 + 200)

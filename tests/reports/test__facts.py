from __future__ import annotations

import pytest

from cuebook.reports import names, render
from cuebook.reports._facts import facts, meaning, override
from cuebook.shapes.verdict import JudgeState, LimitResult, MetricResult, Override
from verdicts import EVERY, FAIL, PASS, PASSING, UNTESTED, metric, verdict

PEOPLE = [name for name in names() if name != "json"]
JUDGE = JudgeState(label="judge-correctness/2", ref="judge-correctness/2", digest="x")


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (metric("x", "pass", 0.02, -0.03, 0.07), "rule out a loss of 5.0 points or more, not a smaller one"),
        (metric("x", "pass", 0.02, 0.01, 0.07), "rule out any loss"),
        (metric("x", "pass", -0.02, -0.04, 0.0), "it is worse, and the data rule out a loss of 5.0"),
        (metric("x", "fail", -0.07, -0.13, 0.0), "rule out that it is as good as version 5"),
        (metric("x", "inconclusive", 0.0, -0.08, 0.06), "the smallest margin they support is 8.0 points"),
        (
            metric("x", "fail", -0.1, -0.2, -0.01, kind="floor", bound=0.8),
            "rule out a mean score of 80.0 or more",
        ),
        (metric("x", "pass", 0.1, 0.01, 0.2, kind="floor", bound=0.8), "rule out a mean score below 80.0"),
        (
            metric("x", "pass", 0.1, -0.04, 0.2, kind="floor", bound=0.8),
            "lies between 76.0 and 100.0, the floor at",
        ),
    ],
)
def test_what_the_numbers_prove_is_said_and_no_more(shown: MetricResult, said: str) -> None:
    assert said in meaning(verdict(shown.outcome, metrics=[shown]))


def test_nothing_tested_proves_nothing() -> None:
    assert meaning(UNTESTED) == ""


@pytest.mark.parametrize(("attempt", "error"), [(0, "5 %"), (1, "2.5 %"), (2, "1.25 %")])
def test_the_error_is_that_of_the_attempt(attempt: int, error: str) -> None:
    shown = verdict("fail", attempt=attempt)
    assert f"(error at most {error} a side)" in meaning(shown)
    assert any(text.startswith("Forced rerun") for text in facts(shown)) is (attempt > 0)


@pytest.mark.parametrize("name", PEOPLE)
def test_an_override_is_shown_and_changes_no_outcome(name: str) -> None:
    held = Override(who="Ana Lima", why="the old answers were wrong", until="2026-12-01")
    shown = render(name, [FAIL.model_copy(update={"override": held})])
    for part in ("Ana Lima answers", "2026-12-01", "the old answers were wrong"):
        assert part in " ".join(shown.replace("\\", "").split())
    assert "fail" in shown.lower()
    assert "Ana Lima" not in render(name, [FAIL])


def test_no_override_no_words() -> None:
    assert override(PASS) == ""


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (
            ("words", 40.0, 56.92, "fail"),
            "an answer has, in words, 56.9 on average, at most 40.0: fail.",
        ),
        (
            ("cost_usd", 0.01, 0.0004, "pass"),
            "an answer costs $0.0004 on average, at most $0.010: pass.",
        ),
        (
            ("seconds", 2.0, None, "inconclusive"),
            "an answer takes an unknown amount on average, at most 2",
        ),
    ],
)
def test_limits_are_held_against_the_mean(limit: tuple[str, float, float | None, str], said: str) -> None:
    name, most, value, outcome = limit
    found = LimitResult(name=name, limit=most, value=value, outcome=outcome)
    assert any(text.startswith(f"Limit: {said}") for text in facts(verdict("fail", limits=[found])))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "Judge judge-correctness/2: its agreement with people was not measured."),
        (
            {"kappa": 0.724, "lower": 0.641, "labels": 148, "j": 0.81},
            "kappa 0.72 with people, at least 0.64, on 148 labels, shows 81 % of a true difference",
        ),
        ({"void": True, "why": "a canary won"}, "void, its scores count for nothing (a canary won)"),
        ({"advisory": True, "why": "too few labels"}, "advisory, its scores decide nothing (too few labels)"),
        ({"canaries_lost": 0, "canaries_total": 3}, "let 0 of 3 known-bad answers win"),
        ({"flips": 0.124, "ties": 0.5}, "changed the winner in 12 % of pairs; 50 % of pairs had no winner"),
        (
            {"passing": PASSING},
            "answers that pass \u221210.0 points [\u221220.0, +1.0], corrected for its errors \u221216.0",
        ),
        ({"words_more": 12.0}, "the candidate's answers are 12.0 words longer"),
        ({"words_more": -3.25}, "the candidate's answers are 3.2 words shorter"),
        ({"warnings": ["it judges its own model"]}, "Against judge-correctness/2: it judges its own model."),
    ],
)
def test_how_far_a_judge_can_be_trusted(known: dict[str, object], said: str) -> None:
    assert any(said in text for text in facts(verdict("pass", judges=[JUDGE.model_copy(update=known)])))


def test_a_margin_made_smaller_is_said() -> None:
    shown = [metric("x", "pass", 0.1, 0.0, 0.2, bound=0.042, margin_stated=0.05)]
    said = list(facts(verdict("pass", metrics=shown)))
    assert any("The margin of x is 4.2 points instead of 5.0" in text for text in said)
    assert not any("instead of" in text for text in facts(PASS))


@pytest.mark.parametrize("name", [name for name in PEOPLE if name not in {"table", "annotations", "junit"}])
def test_an_advisory_metric_is_called_so(name: str) -> None:
    decides = metric("y", "pass", 0.1, 0.0, 0.2)
    shown = verdict("pass", metrics=[metric("x", "fail", -0.5, -0.6, -0.4, advisory=True), decides])
    assert "x (advisory)" in render(name, [shown]).replace("\\", "")
    assert meaning(shown).startswith("On y ")


def test_an_undecided_floor_is_explained_only_where_it_stopped_nothing() -> None:
    assert any("undecided floor" in text for text in facts(PASS))
    assert not any("undecided floor" in text for text in facts(FAIL))


@pytest.mark.parametrize("name", PEOPLE)
def test_no_evidence_of_harm_is_never_called_harmless(name: str) -> None:
    for shown in EVERY:
        text = render(name, [shown])
        assert not any(word in text for word in ("no worse", "not worse", "significant", " safe"))

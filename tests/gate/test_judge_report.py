from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from build import case, comparison, suite, version
from cuebook.gate.comparison import Comparison
from cuebook.gate.judge_report import shared_family, states
from cuebook.judging.calibration import Facts
from cuebook.judging.trust import JudgeStanding
from cuebook.shapes.cause import Caution, Doubt
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.run import Canary, CaseRun, ModelReply, Sample, Score
from cuebook.shapes.suite import MetricRule, ScorerSpec

GRADER = ScorerSpec("judge", "grader/1", {"prompt": "grader/1"})
PREFER = ScorerSpec("judge_pairwise", "prefer/1", {"prompt": "prefer/1"})
OLD = Doubt(code="expired", judge="grader", measured="2026-01-01", max_age_days=90)
FEW = Caution(code="few_labels", count=80, total=100)
FACTS = Facts("key", "2026-11-01", 120, 119, 0.8, 0.7, 0.9, 0.75, 0.65, (FEW,))


def codes(state: JudgeState) -> list[str]:
    return [item.code for item in state.cautions]


def held(*specs: ScorerSpec, gating: tuple[str, ...] = ("grader/1",), **changes: Any) -> Comparison:
    judges = {spec.label: version(1, prompt=spec.label[:-2], model="openai/gpt-4o") for spec in specs}
    of = suite([case(n) for n in range(30)], scorers=specs, metrics={label: MetricRule() for label in gating})
    return comparison(of, judges=judges, **changes)


def run_of(of: Comparison, number: int, score: Score, new: str = "a b c", old: str = "a b") -> CaseRun:
    label = of.suite.scorers[-1].label
    return CaseRun(
        of.cases[number],
        "",
        (Sample(0, ModelReply(new, "m"), None, {label: score}),),
        (Sample(0, ModelReply(old, "m")),),
    )


def canary(name: str, *, won: bool, label: str = "grader/1") -> Canary:
    return Canary(label, name, Score("measured", 1.0 if won else 0.0, passed=won), won)


def test_what_is_known_of_a_judge() -> None:
    of = held(GRADER, trust={"grader/1": JudgeStanding(FACTS)})
    (state,) = states(of, [], {"openai/gpt-4o": "anthropic/claude-x"})
    assert (state.ref, state.model, state.decides) == ("grader/1", "anthropic/claude-x", True)
    assert (state.kappa, state.lower, state.j, state.j_lower) == (0.8, 0.7, 0.75, 0.65)
    assert (state.labels, state.judged, state.measured, state.bound_to) == (120, 119, "2026-11-01", "key")
    assert state.cautions == [FEW]
    assert state.scale == (1, 5)


def test_what_a_judge_reads_and_its_scale_are_told_for_people_who_label() -> None:
    spec = ScorerSpec(
        "judge",
        "grader/1",
        {"prompt": "grader/1", "scale": [0, 3], "with": {"reference": "expectations.answer"}},
    )
    (state,) = states(held(spec), [])
    assert (state.scale, state.sources) == ((0, 3), {"reference": "expectations.answer"})
    assert states(held(PREFER, gating=()), [])[0].scale is None


def test_a_judge_that_nobody_measured_says_so() -> None:
    (state,) = states(held(GRADER), [])
    assert (state.kappa, state.measured, state.advisory) == (None, None, False)
    assert [item.code for item in state.cautions] == ["never_measured"]


@pytest.mark.parametrize(("gating", "advisory"), [(("grader/1",), True), (("exact",), False)])
def test_only_a_gating_judge_advises(gating: tuple[str, ...], advisory: bool) -> None:
    of = held(
        ScorerSpec("exact", "exact"),
        GRADER,
        gating=gating,
        trust={"grader/1": JudgeStanding(None, OLD)},
    )
    states_of = {state.label: state for state in states(replace(of, judges={"grader/1": version(1)}), [])}
    assert (states_of["grader/1"].advisory, states_of["grader/1"].decides) == (advisory, False)
    assert states_of["grader/1"].doubt == (OLD if advisory else None)


def judged_pair(of: Comparison, number: int, old: bool | None, new: bool) -> CaseRun:
    def sample(passed: bool | None) -> Sample:
        return Sample(
            0, ModelReply("a", "m"), None, {"grader/1": Score("measured", float(passed or 0), passed=passed)}
        )

    return CaseRun(of.cases[number], "", (sample(new),), (sample(old),))


def test_how_many_more_answers_pass_is_corrected_for_the_judges_errors() -> None:
    of = held(GRADER, trust={"grader/1": JudgeStanding(FACTS)})
    runs = [judged_pair(of, n, old=True, new=n >= 6) for n in range(20)]
    runs.append(judged_pair(of, 20, old=None, new=False))
    found = states(of, runs)[0].passing
    assert found is not None
    assert (found.pairs, found.baseline, found.candidate, found.seen, found.true) == (
        20,
        1.0,
        0.7,
        -0.3,
        -0.4,
    )
    assert found.true_lower < found.seen_lower < found.true < found.seen < 0


@pytest.mark.parametrize("j", [None, 0.05, -0.2])
def test_a_judge_that_shows_nothing_corrects_nothing(j: float | None) -> None:
    of = held(GRADER, trust={"grader/1": JudgeStanding(replace(FACTS, j=j))})
    assert states(of, [judged_pair(of, 0, old=True, new=True)])[0].passing is None


def test_a_canary_that_won_voids_the_judge_and_is_named() -> None:
    of = held(GRADER)
    results = (canary("empty answer", won=False), canary("lone colon", won=True))
    (state,) = states(of, [replace(run_of(of, 0, Score("measured", 1.0)), canaries=results)])
    assert (state.canaries_lost, state.canaries_total, state.void, state.decides) == (1, 2, True, False)
    assert state.fooled_by == ["lone colon"]


def test_a_canary_without_judgement_neither_wins_nor_counts() -> None:
    of = held(GRADER)
    results = (
        canary("empty answer", won=False),
        Canary("grader/1", "x", Score("failed", reason="?"), won=False),
    )
    (state,) = states(of, [replace(run_of(of, 0, Score("measured", 1.0)), canaries=results)])
    assert (state.canaries_lost, state.canaries_total, state.void) == (0, 1, False)
    assert Caution(code="canaries_unjudged", count=5, total=6) in state.cautions


def test_flips_ties_and_length_of_a_comparing_judge() -> None:
    of = held(PREFER, gating=("prefer/1",))
    scores = [
        Score("measured", 1.0, details={"flipped": False}),
        Score("measured", 0.0, details={"flipped": True}),
        Score("measured", 0.0, details={"flipped": False}),
        Score("measured", 0.0, reason="both answers are the same"),
        Score("failed", reason="busy"),
    ]
    (state,) = states(of, [run_of(of, number, score) for number, score in enumerate(scores)])
    assert (state.flips, state.ties) == (pytest.approx(1 / 3, abs=1e-6), 0.75)
    assert state.words_more == 1


def test_nothing_compared_has_no_shares() -> None:
    of = held(PREFER, gating=("prefer/1",), alone=True)
    (state,) = states(of, [])
    assert (state.flips, state.ties, state.words_more) == (None, None, None)


@pytest.mark.parametrize(
    ("longer", "total", "warned"),
    [(10, 10, True), (8, 10, True), (7, 10, False), (9, 9, False), (0, 12, False)],
)
def test_a_liking_for_length_is_warned_of(longer: int, total: int, warned: bool) -> None:
    of = held(PREFER, gating=("prefer/1",))
    done = [
        run_of(of, n, Score("measured", 1.0 if n < longer else -1.0, details={"flipped": False}))
        for n in range(total)
    ]
    (state,) = states(of, done)
    assert ("likes_length" in codes(state)) is warned


@pytest.mark.parametrize(
    ("one", "other", "family"),
    [
        ("openai/gpt-4o", "openai/gpt-4o-mini", "gpt"),
        ("openai/gpt-4o", "azure/gpt-5", "gpt"),
        ("openai/o3", "openai/gpt-4o", "gpt"),
        ("openrouter/anthropic/claude-x", "bedrock/anthropic.claude-y", "claude"),
        ("openrouter/anthropic/claude-x", "openrouter/openai/gpt-4o", None),
        ("gemini/gemini-2", "vertex_ai/gemma-3", "gemini"),
        ("ollama/qwen3", "groq/llama-3", None),
        ("groq/llama-3", "together/meta-llama/Llama-4", "llama"),
        ("mistral/mixtral-8x7b", "mistral/mistral-large", "mistral"),
        ("acme/one", "acme/two", "acme"),
        ("acme/one", "other/one", None),
        ("offline/judge", "offline/rules", "rules"),
        ("offline/judge", "openai/gpt-4o", None),
    ],
)
def test_families(one: str, other: str, family: str | None) -> None:
    assert shared_family(one, other) == family
    assert shared_family(other, one) == family


def test_kinship_is_said_once() -> None:
    of = held(GRADER, PREFER, candidate=version(2, model="openai/gpt-5"))
    first, second = states(of, [])
    assert Caution(code="kin", words="gpt") in first.cautions
    assert "kin" not in codes(second)


def test_strangers_are_not_warned_of() -> None:
    (state,) = states(held(GRADER), [])
    assert "kin" not in codes(state)

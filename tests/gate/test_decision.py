from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build import case, comparison, runs, sample, suite
from cuebook.gate import decision
from cuebook.gate.comparison import Comparison
from cuebook.gate.observe import value_of
from cuebook.judging.calibration import Facts
from cuebook.judging.trust import JudgeStanding
from cuebook.shapes.cause import Doubt, DoubtCode
from cuebook.shapes.run import Canary, Case, CaseRun, Failure, ModelReply, Sample, Score, Usage
from cuebook.shapes.suite import MetricRule, ScorerSpec

CASES = [case(n) for n in range(200)]
PROVIDER, REFUSED = Failure("provider", "busy"), Failure("candidate", "refused")


def outcome(candidate: object, baseline: object, **changes: object) -> str:
    of = comparison(suite(CASES, **changes))
    return decision.find(of, runs(of, candidate, baseline)).outcome


def codes(finding: decision.GateDecision) -> list[str]:
    return [cause.code for cause in finding.causes]


def every(n: int, value: float = 0.0, otherwise: float = 1.0) -> object:
    """A value for every n-th case."""
    return lambda item: value if int(item.id[5:]) % n == 0 else otherwise


@pytest.mark.parametrize(
    ("candidate", "baseline", "expected"),
    [
        (1.0, 1.0, "pass"),
        (1.0, every(5), "pass"),
        (every(5), 1.0, "fail"),
        (every(2), every(2), "pass"),
        (every(40), 1.0, "inconclusive"),
    ],
)
def test_outcomes(candidate: object, baseline: object, expected: str) -> None:
    assert outcome(candidate, baseline) == expected


def test_too_few_cases_decide_nothing_even_when_equal() -> None:
    of = comparison(suite(CASES[:60]))
    assert decision.find(of, runs(of, 1.0, 1.0)).outcome == "inconclusive"


def test_no_case_is_no_pass() -> None:
    of = comparison(suite(CASES))
    finding = decision.find(of, [])
    assert finding.outcome == "inconclusive"
    assert codes(finding) == ["no_case"]


def test_a_refused_answer_scores_zero() -> None:
    refusing = lambda item: sample(0, failure=REFUSED) if int(item.id[5:]) % 4 == 0 else 1.0  # noqa: E731
    assert outcome(refusing, 1.0) == "fail"


@pytest.mark.parametrize("lost", [sample(0, failure=PROVIDER), sample(None)])
def test_what_nobody_knows_counts_at_its_worst_and_much_of_it_decides_nothing(lost: Sample) -> None:
    def arm(n: int) -> object:
        return lambda item: lost if int(item.id[5:]) % n == 0 else 1.0

    of = comparison(suite(CASES))
    assert decision.find(of, runs(of, arm(100), 1.0)).outcome == "pass"
    finding = decision.find(of, runs(of, arm(10), 1.0))
    assert finding.outcome == "inconclusive"
    (first, *_) = finding.causes
    assert first.code == ("models_silent" if lost.failure else "scores_missing")
    assert (first.count, first.total) == (finding.missing, finding.reached)
    assert decision.find(of, runs(of, arm(2), every(3))).outcome != "fail", "wins may hide in what is missing"


@pytest.mark.parametrize(("wrong", "first"), [((), "scores_missing"), ((1, 2), "not_shown")])
def test_few_missing_scores_are_the_reason_where_it_would_have_passed_without_them(
    wrong: tuple[int, ...], first: str
) -> None:
    """Four judgements of 90 are missing: equal versions would have passed on the other 86."""
    of = comparison(suite(CASES[:90]))

    def candidate(item: Case) -> Sample | float:
        number = int(item.id[5:])
        return sample(None) if number % 25 == 3 else float(number not in wrong)

    finding = decision.find(of, runs(of, candidate, 1.0))
    assert (finding.outcome, finding.missing) == ("inconclusive", 4)
    assert codes(finding)[0] == first


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from("rrrwl"), min_size=len(CASES), max_size=len(CASES)))
def test_a_lost_answer_decides_just_what_a_wrong_one_does(fates: list[str]) -> None:
    of = comparison(suite(CASES))
    place = {item.id: fate for item, fate in zip(of.cases, fates, strict=True)}

    def arm(lost: Sample | float) -> object:
        return lambda item: {"r": 1.0, "w": 0.0, "l": lost}[place[item.id]]

    one, other = (
        decision.find(of, runs(of, arm(lost), 1.0)).joint for lost in (sample(0, failure=REFUSED), 0.0)
    )
    assert (one.outcome, one.used, one.evidence) == (other.outcome, other.used, other.evidence)


def test_a_loss_does_not_hide_in_judgements_that_fail() -> None:
    """Of 200 cases 20 lose; where the judge is silent just there, dropping them let the loss pass."""
    of = comparison(suite(CASES))
    hidden = lambda item: sample(None) if int(item.id[5:]) % 10 == 0 else 1.0  # noqa: E731
    assert decision.find(of, runs(of, hidden, 1.0)).outcome == "inconclusive"


def test_repeats_are_averaged_within_the_case_first() -> None:
    flaky = (sample(1.0), sample(0.0), sample(1.0))
    assert value_of(flaky, "exact") == pytest.approx(2 / 3)
    of = comparison(suite(CASES))
    (metric,) = decision.find(of, runs(of, flaky, flaky)).metrics
    assert metric.planned == 200, "three repeats are not three cases"


def test_clusters_count_once() -> None:
    clustered = [case(n, cluster=f"doc-{n // 10}") for n in range(200)]
    of = comparison(suite(clustered))
    finding = decision.find(of, runs(of, 1.0, 1.0))
    assert (finding.metrics[0].planned, finding.outcome) == (20, "inconclusive")


def test_a_cluster_counts_when_all_of_it_was_run() -> None:
    clustered = [case(n, cluster=f"doc-{n // 7}") for n in range(70)]
    of = comparison(suite(clustered))
    done = runs(of, 1.0, 1.0)
    assert [decision.find(of, done[:n]).metrics[0].used for n in (6, 7, 13, 14, 70)] == [0, 1, 1, 2, 10]


def test_scores_lacking_on_one_model_are_not_outweighed_by_another() -> None:
    of = comparison(suite(CASES, models=("scripted/a", "scripted/b")))
    done = []
    for item in runs(comparison(suite(CASES)), 1.0, 1.0):
        lost = replace(item, candidate=(sample(None),)) if int(item.case.id[5:]) % 13 == 0 else item
        done += [replace(lost, model="scripted/a"), replace(item, model="scripted/b")]
    order = {item.id: place for place, item in enumerate(of.cases)}
    done.sort(key=lambda item: order[item.case.id])
    assert decision.find(of, done).outcome == "inconclusive", "16 of 200 on one model are more than 5%"


def test_a_floor_can_fail_what_is_no_worse_than_production() -> None:
    assert outcome(every(2), every(2)) == "pass"
    assert outcome(every(2), every(2), metrics={"exact": MetricRule(0.05, floor=0.8)}) == "fail"
    assert outcome(1.0, 1.0, metrics={"exact": MetricRule(0.05, floor=0.8)}) == "pass"


def test_a_first_version_is_held_against_its_floor() -> None:
    of = comparison(suite(CASES, metrics={"exact": MetricRule(0.05, floor=0.8)}), alone=True)
    assert decision.find(of, runs(of, 1.0, None)).outcome == "pass"
    assert decision.find(of, runs(of, every(2), None)).outcome == "fail"
    bare = comparison(suite(CASES), alone=True)
    finding = decision.find(bare, runs(bare, 1.0, None))
    assert finding.outcome == "inconclusive"
    assert codes(finding) == ["no_rule"]


def two(first: float, second: float) -> Sample:
    scores = {
        label: Score("measured", value, value >= 0.5)
        for label, value in (("exact", first), ("other", second))
    }
    return Sample(0, ModelReply("x", "m"), None, scores)


def test_every_metric_must_pass_and_any_can_fail() -> None:
    specs = (ScorerSpec("exact", "exact"), ScorerSpec("exact", "other"))
    of = comparison(suite(CASES, scorers=specs, metrics={"exact": MetricRule(), "other": MetricRule()}))
    good = runs(of, two(1, 1), two(1, 1))
    assert decision.find(of, good).outcome == "pass"
    worse = runs(of, lambda item: two(1, 0 if int(item.id[5:]) % 4 == 0 else 1), two(1, 1))
    assert decision.find(of, worse).outcome == "fail"
    unclear = runs(of, lambda item: two(1, 0 if int(item.id[5:]) % 40 == 0 else 1), two(1, 1))
    assert decision.find(of, unclear).outcome == "inconclusive"


def test_the_fail_side_is_corrected_for_the_number_of_tests() -> None:
    one = comparison(suite(CASES))
    specs = tuple(ScorerSpec("exact", label) for label in ("exact", "other", "third"))
    three = comparison(suite(CASES, scorers=specs, metrics={spec.label: MetricRule() for spec in specs}))
    candidate = every(11)
    assert decision.find(one, runs(one, candidate, 1.0)).outcome == "fail"
    uncorrected = decision.find(one, runs(one, candidate, 1.0)).metrics[0]
    corrected = decision.find(three, runs(three, candidate, 1.0)).metrics[0]
    assert corrected.used > uncorrected.used or corrected.outcome != "fail"


PROTECTED = [case(n, tags=["critical"] if n < 3 else []) for n in range(200)]
MANY_PROTECTED = [case(n, tags=["critical"] if n < 30 else []) for n in range(200)]


def samples(marks: str) -> tuple[Sample, ...]:
    return tuple(sample(float(mark == "+")) for mark in marks)


@pytest.mark.parametrize(
    ("cases", "again", "before", "told", "expected"),
    [
        (PROTECTED, "--", "+++++", "broken", "fail"),
        (PROTECTED, "+--", "+++++", "broken", "fail"),
        (PROTECTED, "+++", "+", "held", "pass"),
        (PROTECTED, "--", "+-++-", "unreliable", "pass"),
        (PROTECTED, "--", "+", "unseen", "inconclusive"),
        (PROTECTED, "-", "+++++", "unseen", "inconclusive"),
        (MANY_PROTECTED, "---", "+++++", "broken", "fail"),
        (MANY_PROTECTED, "--", "+++++", "unseen", "inconclusive"),
        (MANY_PROTECTED, "++", "+++++", "held", "pass"),
    ],
)
def test_a_protected_case_is_broken_when_it_fails_again_and_production_passes_it(
    cases: Sequence[Case], again: str, before: str, told: str, expected: str
) -> None:
    """One failing run is no proof; nor is any where production itself fails one run in five."""
    of = comparison(suite(cases, gate={"protected": "critical"}))
    done = [
        replace(
            item,
            candidate=samples("-"),
            confirmations=samples(again),
            baseline=samples(before[0]),
            baseline_confirmations=samples(before[1:]),
        )
        if item.case.id == "case-001"
        else item
        for item in runs(of, 1.0, 1.0)
    ]
    finding = decision.find(of, done)
    assert finding.protected is not None
    assert finding.protected.broken == ["case-001"] * (told == "broken")
    assert [item.id for item in finding.protected.unreliable] == ["case-001"] * (told == "unreliable")
    assert finding.outcome == expected


def test_a_protected_case_that_nobody_could_score_blocks_a_pass() -> None:
    of = comparison(suite(PROTECTED, gate={"protected": "critical"}))
    done = runs(of, lambda item: sample(0, failure=PROVIDER) if item.id == "case-001" else 1.0, 1.0)
    finding = decision.find(of, done)
    assert finding.outcome == "inconclusive"
    assert [(cause.code, cause.names) for cause in finding.causes] == [("protected_unseen", ["case-001"])]


PREFERENCE = ScorerSpec("judge_pairwise", "pref", {"prompt": "p/1"})


@pytest.mark.parametrize(
    ("candidate", "baseline", "expected"),
    [
        (sample(0, failure=REFUSED), 0.0, "fail"),
        (0.0, sample(0, failure=REFUSED), "pass"),
        (sample(0, failure=REFUSED), sample(0, failure=REFUSED), "pass"),
        (sample(0, failure=PROVIDER), 0.0, "inconclusive"),
        (sample(None, label="pref"), 0.0, "inconclusive"),
    ],
)
def test_who_does_not_answer_loses_the_comparison(candidate: object, baseline: object, expected: str) -> None:
    of = comparison(suite(CASES, scorers=(PREFERENCE,), metrics={"pref": MetricRule()}))
    tie = sample(0.0, label="pref")
    found = decision.find(of, runs(of, candidate or tie, baseline or tie))
    assert found.outcome == expected


def test_a_paired_scorer_is_a_difference_by_itself() -> None:
    spec = ScorerSpec("judge_pairwise", "pref", {"prompt": "p/1"})
    of = comparison(suite(CASES, scorers=(spec,), metrics={"pref": MetricRule()}))
    losing = runs(
        of, lambda item: sample(-1.0 if int(item.id[5:]) % 3 == 0 else 0.0, label="pref"), sample(1.0)
    )
    finding = decision.find(of, losing)
    assert finding.outcome == "fail"
    assert finding.metrics[0].baseline is None


@pytest.mark.parametrize(
    ("share", "flipped", "expected"),
    [(1, True, "inconclusive"), (2, True, "inconclusive"), (3, True, "pass"), (1, False, "pass")],
)
def test_nothing_passes_by_a_judge_that_goes_by_the_place(
    share: int, expected: str, *, flipped: bool
) -> None:
    """Such pairs count as ties: a bad version can be written so that a judge always names the first."""
    of = comparison(suite(CASES, scorers=(PREFERENCE,), metrics={"pref": MetricRule()}))

    def tie(item: Case) -> Sample:
        details = {"flipped": flipped and int(item.id[5:]) % share == 0}
        return replace(sample(1.0), scores={"pref": Score("measured", 0.0, details=details)})

    finding = decision.find(of, runs(of, tie, sample(1.0)))
    assert finding.outcome == expected
    if expected == "inconclusive":
        (cause,) = finding.causes
        assert (cause.code, cause.label, cause.count) == ("judge_unsteady", "pref", 200 / share)


def test_a_judge_that_goes_by_the_place_on_one_of_several_models_counts_there() -> None:
    of = comparison(
        suite(CASES, scorers=(PREFERENCE,), metrics={"pref": MetricRule()}, models=("a", "b", "c"))
    )

    def ties(*, flipped: bool) -> Sample:
        return replace(sample(1.0), scores={"pref": Score("measured", 0.0, details={"flipped": flipped})})

    done = [
        replace(run, model=model, candidate=(ties(flipped=model == "b"),))
        for run in runs(of, ties(flipped=False), 1.0)
        for model in of.models
    ]
    finding = decision.find(of, done)
    assert finding.outcome == "inconclusive"
    assert [(cause.code, cause.names, cause.count) for cause in finding.causes] == [
        ("judge_unsteady", ["b"], 200)
    ]


def test_a_loss_that_such_a_judge_shows_stays_one() -> None:
    of = comparison(suite(CASES, scorers=(PREFERENCE,), metrics={"pref": MetricRule()}))

    def lost(item: Case) -> Sample:
        flipped = int(item.id[5:]) % 2 == 0
        score = Score("measured", 0.0 if flipped else -1.0, details={"flipped": flipped})
        return replace(sample(1.0), scores={"pref": score})

    assert decision.find(of, runs(of, lost, sample(1.0))).outcome == "fail"


def test_decided_stops_early_on_a_clear_regression() -> None:
    of = comparison(suite(CASES))
    done = runs(of, every(2), 1.0)
    stops = [n for n in range(20, 220, 20) if decision.is_decided(of, done[:n], batch=20)]
    assert stops[0] <= 100
    assert stops == list(range(stops[0], 220, 20)), "a decision is never taken back"


def spending(words: int, cost: float | None) -> Sample:
    reply = ModelReply("word " * words, "m", Usage(10, 10, cost), 2.0)
    return Sample(0, reply, None, {"exact": Score("measured", 1.0, passed=True)})


@pytest.mark.parametrize(
    ("limits", "cost", "expected"),
    [
        ({"words": 10}, 0.1, "pass"),
        ({"words": 4}, 0.1, "fail"),
        ({"seconds": 1}, 0.1, "fail"),
        ({"cost_usd": 0.2}, 0.1, "pass"),
        ({"cost_usd": 0.05}, 0.1, "fail"),
        ({"cost_usd": 0.2}, None, "inconclusive"),
    ],
)
def test_absolute_limits(limits: dict[str, float], cost: float | None, expected: str) -> None:
    of = comparison(suite(CASES, gate={"limits": limits}))
    finding = decision.find(of, runs(of, spending(5, cost), spending(5, cost)))
    assert finding.outcome == expected
    assert [item.outcome for item in finding.limits] == [expected]
    expected_codes = {"pass": [], "fail": ["over_limit"], "inconclusive": ["limit_unknown"]}
    assert codes(finding) == expected_codes[expected]


@pytest.mark.parametrize(("every_nth", "expected"), [(25, "pass"), (10, "inconclusive")])
def test_a_limit_is_kept_while_few_amounts_are_unknown(every_nth: int, expected: str) -> None:
    of = comparison(suite(CASES, gate={"limits": {"cost_usd": 0.2}}))
    some = lambda item: spending(5, None if int(item.id[5:]) % every_nth == 0 else 0.1)  # noqa: E731
    finding = decision.find(of, runs(of, some, some))
    assert (finding.outcome, [item.outcome for item in finding.limits]) == (expected, [expected])


def test_a_limit_fails_what_is_surely_over_it_not_what_chance_put_there() -> None:
    of = comparison(suite(CASES, gate={"limits": {"words": 100}}))
    even = lambda item: spending(98 if int(item.id[5:]) % 2 else 104, 0.1)  # noqa: E731
    finding = decision.find(of, runs(of, even, even))
    assert finding.outcome == "pass"
    assert [(item.outcome, (item.value or 0) > 100) for item in finding.limits] == [("pass", True)]


def test_a_forced_rerun_is_held_to_half_the_error() -> None:
    first = comparison(suite(CASES[:80]))
    second = comparison(suite(CASES[:80]), attempt=3)
    done = runs(first, 1.0, 1.0)
    assert decision.find(first, done).outcome == "pass"
    assert decision.find(second, done).outcome == "inconclusive"


def test_the_seventh_attempt_at_a_question_is_not_judged() -> None:
    for attempt, said in [(5, []), (6, ["asked_before"])]:
        found = decision.find(comparison(suite(CASES[:80]), attempt=attempt), [])
        assert [code for code in codes(found) if code == "asked_before"] == said


def test_a_metric_that_fails_is_named_with_its_model_where_there_are_several() -> None:
    (lost,) = decision.find(of := comparison(suite(CASES)), runs(of, every(5), 1.0)).causes
    assert (lost.code, lost.names) == ("metric_lost", [])
    of = comparison(suite(CASES, models=("scripted/a", "scripted/b")))
    alone = runs(comparison(suite(CASES)), every(5), 1.0)
    both = [replace(item, model=model) for item in alone for model in of.models]
    order = {item.id: place for place, item in enumerate(of.cases)}
    both.sort(key=lambda item: order[item.case.id])
    named = [cause.names for cause in decision.find(of, both).causes]
    assert sorted(named) == [["scripted/a"], ["scripted/b"]]


def test_samples_that_do_not_add_up_decide_nothing() -> None:
    of = comparison(suite(CASES))
    done = runs(of, 1.0, 1.0)
    assert decision.find(of, done).outcome == "pass"
    twice = [*done, done[-1]]
    short = [replace(item, baseline=()) if item is done[5] else item for item in done]
    foreign = [*done[:-1], replace(done[-1], case=case(999))]
    for broken in (twice, short, foreign):
        assert decision.find(of, broken).outcome == "inconclusive"


JUDGE = ScorerSpec("judge", "grader/1", {"prompt": "grader/1"})
EXACT = ScorerSpec("exact", "exact")
FACTS = Facts("key", "2026-11-01", 120, 120, 0.8, 0.7, 0.9, 0.6, 0.5)
ADVISES = {"grader/1": JudgeStanding(None, Doubt(code="kappa", judge="grader"))}


def both(exact: float, graded: float) -> Sample:
    scores = {
        label: Score("measured", value, value >= 0.5)
        for label, value in (("exact", exact), ("grader/1", graded))
    }
    return Sample(0, ModelReply("x", "m"), None, scores)


def judged(*gating: str, cases: Sequence[Case] = CASES, **changes: object) -> Comparison:
    metrics = {label: MetricRule(0.1) for label in gating}
    return comparison(suite(cases, scorers=(EXACT, JUDGE), metrics=metrics), **changes)


@pytest.mark.parametrize(
    ("gating", "exact", "graded", "expected"),
    [
        (("exact", "grader/1"), 1.0, 0.0, "pass"),
        (("exact", "grader/1"), 0.0, 1.0, "fail"),
        (("grader/1",), 1.0, 0.0, "inconclusive"),
        (("grader/1",), 1.0, 1.0, "inconclusive"),
    ],
)
def test_a_judge_that_only_advises_neither_passes_nor_fails(
    gating: tuple[str, ...], exact: float, graded: float, expected: str
) -> None:
    of = judged(*gating, trust=ADVISES)
    finding = decision.find(of, runs(of, both(exact, graded), both(1, 1)))
    assert finding.outcome == expected
    assert [(item.label, item.advisory) for item in finding.metrics][-1] == ("grader/1", True)
    assert ("judge_advisory" in codes(finding)) == (gating == ("grader/1",))


@pytest.mark.parametrize("code", ["unmeasured", "unanswered", "expired"])
def test_beside_a_judge_that_was_not_measured_nothing_passes(code: DoubtCode) -> None:
    """It would decide on another day, and what it finds then may be a loss."""
    doubt = Doubt(code=code, judge="grader")
    of = judged("exact", "grader/1", trust={"grader/1": JudgeStanding(None, doubt)})
    finding = decision.find(of, runs(of, both(1, 0), both(1, 1)))
    assert (finding.outcome, codes(finding)) == ("inconclusive", ["judge_advisory"])
    assert decision.find(of, runs(of, both(0, 1), both(1, 1))).outcome == "fail"
    alone = replace(of, suite=judged("exact").suite)
    assert decision.find(alone, runs(alone, both(1, 0), both(1, 1))).outcome == "pass"


def test_a_judge_that_only_advises_takes_no_share_of_the_error() -> None:
    alone, with_it = judged("exact"), judged("exact", "grader/1", trust=ADVISES)
    worse = lambda item: both(0 if int(item.id[5:]) % 11 == 0 else 1, 1)  # noqa: E731
    one = decision.find(alone, runs(alone, worse, both(1, 1))).metrics[0]
    two = decision.find(with_it, runs(with_it, worse, both(1, 1))).metrics[0]
    assert (one.used, one.outcome, one.upper) == (two.used, two.outcome, two.upper)


def test_a_judge_that_only_advises_breaks_no_protected_case() -> None:
    cases = [case(n, tags=["critical"]) for n in range(200)]
    metrics = {"exact": MetricRule(), "grader/1": MetricRule()}
    rules = {"protected": "critical"}
    of = comparison(suite(cases, scorers=(EXACT, JUDGE), metrics=metrics, gate=rules), trust=ADVISES)
    done = [
        replace(item, confirmations=(both(1, 0), both(1, 0))) for item in runs(of, both(1, 0), both(1, 1))
    ]
    assert decision.find(of, done).outcome == "pass"
    deciding = replace(of, trust={})
    assert decision.find(deciding, done).outcome == "fail"


def test_its_judgements_may_fail_without_end() -> None:
    of = judged("exact", "grader/1", trust=ADVISES)
    unread = Sample(
        0,
        ModelReply("x", "m"),
        None,
        {"exact": Score("measured", 1.0, passed=True), "grader/1": Score("failed", reason="?")},
    )
    assert decision.find(of, runs(of, unread, both(1, 1))).outcome == "pass"
    assert decision.find(replace(of, trust={}), runs(of, unread, both(1, 1))).outcome == "inconclusive"


def test_the_margin_of_a_judge_shrinks_and_both_are_told() -> None:
    known = judged("grader/1", cases=CASES[:60], trust={"grader/1": JudgeStanding(FACTS)})
    unknown = judged("grader/1", cases=CASES[:60])
    (shrunk,) = decision.find(known, runs(known, both(1, 1), both(1, 1))).metrics
    (plain,) = decision.find(unknown, runs(unknown, both(1, 1), both(1, 1))).metrics
    assert (shrunk.bound, shrunk.margin_stated, shrunk.outcome) == (0.05, 0.1, "inconclusive")
    assert (plain.bound, plain.margin_stated, plain.outcome) == (0.1, None, "pass")


def test_a_floor_stands_where_it_was_put() -> None:
    metrics = {"grader/1": MetricRule(0.1, floor=0.5)}
    of = comparison(suite(CASES, scorers=(JUDGE,), metrics=metrics), trust={"grader/1": JudgeStanding(FACTS)})
    floor = decision.find(of, runs(of, both(1, 1), both(1, 1))).metrics[1]
    assert (floor.kind, floor.bound, floor.margin_stated) == ("floor", 0.5, None)


def fooled(done: list[CaseRun], *, won: bool = True) -> list[CaseRun]:
    score = Score("measured", 1.0 if won else 0.0, passed=won)
    return [replace(done[0], canaries=(Canary("grader/1", "lone colon", score, won),)), *done[1:]]


@pytest.mark.parametrize(
    ("gating", "exact", "expected"),
    [
        (("exact", "grader/1"), 1.0, "inconclusive"),
        (("exact", "grader/1"), 0.0, "fail"),
        (("grader/1",), 1.0, "inconclusive"),
        (("exact",), 1.0, "pass"),
    ],
)
def test_a_judge_that_let_a_canary_win_is_left_out(
    gating: tuple[str, ...], exact: float, expected: str
) -> None:
    of = judged(*gating)
    finding = decision.find(of, fooled(runs(of, both(exact, 0), both(1, 1))))
    assert finding.outcome == expected
    assert "grader/1" not in [item.label for item in finding.metrics]
    told = [cause.names for cause in finding.causes if cause.code == "judge_void"]
    assert told == [["lone colon"]] * (expected == "inconclusive")


def test_a_canary_that_lost_changes_nothing() -> None:
    of = judged("exact", "grader/1")
    done = runs(of, both(1, 1), both(1, 1))
    assert decision.find(of, fooled(done, won=False)) == decision.find(of, done)


def test_with_no_judge_left_nothing_more_is_asked() -> None:
    of = judged("grader/1")
    done = fooled(runs(of, both(1, 1), both(1, 1)))[:20]
    assert decision.is_decided(of, done, batch=20)
    assert not decision.is_decided(judged("exact", "grader/1"), done, batch=20)


def test_a_run_that_only_advises_stops_when_its_answer_is_clear() -> None:
    of = judged("grader/1", trust=ADVISES)
    done = runs(of, both(1, 0), both(1, 1))
    assert decision.is_decided(of, done[:40], batch=20)
    assert not decision.is_decided(of, done[:0], batch=20)


def test_nothing_more_is_asked_where_a_judge_that_decides_cannot_be_read() -> None:
    """Whatever the other cases show, nothing can be concluded; where it only reports, the run goes on."""
    known = {"grader/1": JudgeStanding(FACTS)}
    unread = replace(
        both(1, 1), scores=both(1, 1).scores | {"grader/1": Score("failed", unread="unreadable")}
    )
    for gating, ends in ((("exact", "grader/1"), True), (("exact",), False)):
        of = judged(*gating, trust=known)
        assert decision.is_decided(of, runs(of, unread, unread)[:20], batch=20) is ends

from __future__ import annotations

from dataclasses import replace

import pytest

from build import case, comparison, runs, suite
from cuebook.gate.power import power, protected_alarm, too_few
from cuebook.gate.sample_size import smallest_margin
from cuebook.gate.sequential_test import first_rejection
from cuebook.gate.verdict_builder import rule
from cuebook.judging.calibration import Facts
from cuebook.judging.trust import JudgeStanding
from cuebook.shapes.suite import MetricRule, ScorerSpec
from cuebook.wording.power import can_decide, never_passes, proposal


@pytest.mark.parametrize(
    ("cases", "margin", "sd", "told"),
    [
        (240, 0.1, None, "enough"),
        (80, 0.1, None, "support a margin"),
        (80, 0.1, 0.1, "enough"),
        (30, 0.05, None, "too few for"),
        (66, 0.05, None, "support a margin"),
        (65, 0.05, None, "too few for"),
    ],
)
def test_what_the_cases_can_decide(cases: int, margin: float, sd: float | None, told: str) -> None:
    of = comparison(suite([case(n) for n in range(cases)], metrics={"exact": MetricRule(margin)}))
    (found,) = power(of, {} if sd is None else {"exact": sd})
    assert found.enough == (told == "enough")
    assert found.measured == (sd is not None)
    assert told in can_decide(found)
    assert found.margin_supported == smallest_margin(cases, found.sd)
    digits = 2 if told == "too few for" else 3
    assert f"{found.margin_supported:.{digits}f}" in can_decide(found), (
        "the smallest margin is told either way"
    )
    assert (str(found.needed) in can_decide(found)) == (not found.enough)


def test_a_margin_that_accepts_any_loss_is_not_proposed() -> None:
    found = power(comparison(suite([case(n) for n in range(30)])))[0]
    assert found.proposed
    assert replace(found, margin_supported=0.998).proposed is None


def test_thirty_cases_are_told_what_they_are_worth() -> None:
    of = suite([case(n) for n in range(30)])
    few = too_few(of, "exact", 30, "cases")
    assert few
    assert (few.cases, few.margin, round(few.supported, 2), few.alone) == (30, 0.05, 0.31, False)
    assert can_decide(power(comparison(of))[0]).startswith(f"exact: {never_passes(few)}")
    again = too_few(of, "exact", 30, "cases", error=0.0125)
    assert again
    assert round(again.supported, 2) == 0.41, "at the error of this attempt"
    at_ten_per_cent = suite([case(n) for n in range(51)], gate={"error": 0.1})
    assert too_few(at_ten_per_cent, "exact", 51, "cases") is None
    assert too_few(suite([case(n) for n in range(51)]), "exact", 51, "cases")


@pytest.mark.parametrize(
    ("spec", "needed"),
    [
        (ScorerSpec("exact", "it"), 211),
        (ScorerSpec("judge", "it", {"prompt": "grader/1"}), 83),
        (ScorerSpec("judge_pairwise", "it", {"prompt": "grader/1"}), 476),
        (ScorerSpec("token_f1", "it"), 102),
    ],
)
def test_each_kind_of_scorer_has_its_spread(spec: ScorerSpec, needed: int) -> None:
    """At a margin of 0.1: by the spreads 0.5, 0.25, 0.8 and 0.3 that these kinds have in real tables."""
    of = suite([case(n, reference="x") for n in range(40)], scorers=(spec,), metrics={"it": MetricRule(0.1)})
    assert power(comparison(of))[0].needed == needed


def test_at_ten_per_cent_error_the_same_cases_rule_out_a_smaller_loss() -> None:
    of = suite([case(n) for n in range(40)], gate={"error": 0.1})
    (found,) = power(comparison(of))
    assert found.margin_supported == smallest_margin(40, 0.5, error=0.1) < smallest_margin(40, 0.5)


@pytest.mark.parametrize("judge", [None, 0.5])
@pytest.mark.parametrize("cases", [12, 30, 85, 300])
def test_the_margin_that_is_proposed_is_enough(cases: int, judge: float | None) -> None:
    facts = Facts("key", "2026-11-01", 120, 120, 0.8, 0.7, 0.9, 0.6, judge or 1.0)
    trust = {"exact": JudgeStanding(facts)} if judge else {}
    few = suite([case(n) for n in range(cases)], metrics={"exact": MetricRule(0.02)})
    (short,) = power(comparison(few, trust=trust))
    said = proposal([short], few)
    if short.proposed is None:
        assert (cases, judge, said) == (12, 0.5, f"add {short.needed - 12:,} cases for the present margin")
        return
    assert f"exact: {{margin: {short.proposed:g}}}" in said
    able = suite(few.cases, metrics={"exact": MetricRule(short.proposed)})
    (found,) = power(comparison(able, trust=trust))
    assert found.enough
    assert proposal([found], able) == ""
    (tighter,) = power(
        comparison(suite(few.cases, metrics={"exact": MetricRule(short.proposed - 0.01)}), trust=trust)
    )
    assert not tighter.enough, "no larger than need be"


def test_a_metric_without_a_floor_sees_nothing_where_nothing_is_compared() -> None:
    of = suite([case(n) for n in range(30)])
    assert power(comparison(of, alone=True)) == []
    assert power(comparison(suite(of.cases, metrics={"exact": MetricRule(0.05, floor=0.5)}), alone=True))


def test_too_few_cases_for_a_comparison_may_show_that_a_floor_is_reached() -> None:
    of = suite([case(n) for n in range(30)], metrics={"exact": MetricRule(0.1, floor=0.5)})
    assert "30 cases are too few for a margin of 0.1: a version that" in can_decide(power(comparison(of))[0])
    (alone,) = power(comparison(of, alone=True))
    assert not alone.enough
    assert can_decide(alone).startswith(
        "exact: 30 cases confirm the floor of 50 only for a score clearly above it; "
        "a score close to it takes 211 cases"
    )


def test_so_few_cases_that_no_score_shows_a_floor_are_told_so() -> None:
    rules = {"exact": MetricRule(0.1, floor=0.5)}
    told = []
    for count in (1, 6, 7):
        (alone,) = power(comparison(suite([case(n) for n in range(count)], metrics=rules), alone=True))
        told.append(can_decide(alone).partition(";")[0])
    assert told == [
        "exact: 1 case is too few to confirm the floor of 50, even if every answer is right",
        "exact: 6 cases are too few to confirm the floor of 50, even if every answer is right",
        "exact: 7 cases confirm the floor of 50 only for a score clearly above it",
    ]


def test_several_metrics_need_more_cases_together() -> None:
    specs = tuple(ScorerSpec("exact", label) for label in ("exact", "other", "third"))
    rules = {spec.label: MetricRule(0.1) for spec in specs}
    cases = [case(n) for n in range(100)]
    (alone,) = power(comparison(suite(cases, metrics={"exact": MetricRule(0.1)})))
    together = power(comparison(suite(cases, scorers=specs, metrics=rules)))
    assert [item.metrics for item in together] == [3, 3, 3]
    assert {item.needed for item in together} == {322}
    assert alone.needed < 322
    assert "for 3 tests together" in can_decide(together[0])


def test_a_rerun_needs_more_cases_and_says_at_what_error() -> None:
    of = comparison(suite([case(n) for n in range(100)]))
    (first,), (second,) = power(of), power(of.at(1))
    assert second.needed > first.needed
    assert "at 2.5% error" in can_decide(second)


def test_clusters_count_once() -> None:
    of = comparison(suite([case(n, cluster=f"doc-{n // 4}") for n in range(80)]))
    (found,) = power(of)
    assert found.cases == 20
    assert can_decide(found).startswith("exact: 20 clusters are too few for a margin of 0.05")
    assert f"{found.needed:,} clusters are enough for 0.05" in can_decide(found)
    assert "clusters of cases for the present margin" in proposal([found], of.suite)


def test_a_judge_that_blurs_differences_needs_more_cases() -> None:
    facts = Facts("key", "2026-11-01", 120, 120, 0.8, 0.7, 0.9, 0.6, 0.5)
    of = comparison(
        suite([case(n) for n in range(200)], metrics={"exact": MetricRule(0.1)}),
        trust={"exact": JudgeStanding(facts)},
    )
    (blurred,) = power(of)
    (sharp,) = power(comparison(of.suite))
    assert (blurred.margin, blurred.stated, sharp.margin, sharp.stated) == (0.05, 0.1, 0.1, None)
    assert blurred.needed > 2 * sharp.needed
    assert (
        "not 0.05 (sd 0.50 assumed: right or wrong; the suite's 0.1 minus the judge's errors)"
        in can_decide(blurred)
    )


@pytest.mark.parametrize(("failing", "told"), [(0, False), (1, False), (4, True)])
def test_protected_cases_that_production_itself_fails_are_told_before_they_fail_a_version(
    failing: int, *, told: bool
) -> None:
    cases = [case(n, tags=["critical"] if n < 10 else []) for n in range(60)]
    of = comparison(suite(cases, gate={"protected": "critical"}))
    earlier = rule(of, runs(of, 1.0, lambda item: float(int(item.id[5:]) >= failing)))
    found = protected_alarm(of, earlier)
    assert bool(found) is told
    if found:
        assert (found.cases, round(found.passed, 2), found.alarm > 0.5) == (10, 0.6, True)
    assert protected_alarm(comparison(suite(cases)), earlier) is None


def test_no_cases_are_asked_for_where_a_judge_shows_next_to_nothing() -> None:
    judged = ScorerSpec("judge", "grader/1", {"prompt": "grader/1"})
    of = suite([case(n) for n in range(40)], scorers=(judged,), metrics={"grader/1": MetricRule(0.1)})
    facts = Facts("key", "2026-11-01", 120, 120, 0.1, -0.06, 0.3, -0.05, -0.05)
    (found,) = power(comparison(of, trust={"grader/1": JudgeStanding(facts)}))
    assert "may show only 0% of a true difference: no number of cases makes up for it" in can_decide(found)
    said = proposal([found], of)
    assert "write a version of grader that agrees more" in said
    assert "add " not in said


def test_what_few_cases_can_rule_out_is_one_number_before_and_after_a_run() -> None:
    specs = (ScorerSpec("exact", "exact"), ScorerSpec("exact", "other"))
    rules = {spec.label: MetricRule(0.05, floor=0.5) for spec in specs}
    of = suite([case(n) for n in range(10)], scorers=specs, metrics=rules)
    few = too_few(of, "exact", 10, "cases")
    assert few
    told = never_passes(few)
    assert told.endswith("rule out a loss of about 0.66 on it alone")
    assert {item.needed for item in power(comparison(of))} == {few.needed}
    for found in (*power(comparison(of)), *power(comparison(of), {"exact": 0.1, "other": 0.2})):
        assert can_decide(found).startswith(f"{found.label}: {told}")


@pytest.mark.parametrize(("cases", "better"), [(4, False), (5, True), (31, True)])
def test_of_very_few_cases_it_is_said_whether_a_better_version_can_pass(cases: int, *, better: bool) -> None:
    few = too_few(suite([case(n) for n in range(cases)]), "exact", cases, "cases", margin=0.1)
    assert few
    assert few.better is better
    assert (first_rejection([1.0] * cases, -0.1, 0.05, cases) is not None) is better

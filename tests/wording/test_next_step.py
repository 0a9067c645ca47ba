from __future__ import annotations

import pytest

from cuebook.shapes.cause import Cause, Doubt, DoubtCode
from cuebook.shapes.verdict import Override, Ruling, SecondRuling, Verdict
from cuebook.wording.details import details
from cuebook.wording.next_step import next_step, next_steps
from outcomes import FAILED_AGAINST_5, JUDGE, KEPT, LOST, OPEN, OUTCOMES, of, open_because

OVERRIDE = Override(who="Ana Lima", until="2026-12-01", why="the old answers were wrong")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pass", "promote"),
        ("pass, live", "nothing"),
        ("fail, metric", "write_version"),
        ("fail, live", "roll_back"),
        ("override", "promote"),
        ("an earlier version", "nothing"),
        ("for reading only", "nothing"),
        ("undecided", "add_cases"),
        ("undecided, ceiling", "raise_ceiling"),
        ("undecided, judge void", "write_judge"),
        ("undecided, judge never measured", "label_answers"),
        ("undecided, judge advisory", "measure_judge"),
        ("undecided, answers of both cut off", "raise_tokens"),
        ("undecided, models did not answer", "run_again"),
        ("undecided, cost unknown", "give_prices"),
        ("first version, no floor", "add_rule"),
        ("after a rollback", "write_version"),
        ("something else answers now", "accept_rules"),
        ("too many former rules", "accept_rules"),
    ],
)
def test_the_next_step_fits_the_outcome(name: str, code: str) -> None:
    assert next_step(OUTCOMES[name]).code == code


@pytest.mark.parametrize(("live", "is_told"), [(5, False), (7, True)])
def test_of_an_older_version_it_is_said_that_the_comparison_is_with_another(live: int, is_told: bool) -> None:
    candidate = OUTCOMES["pass"].candidate.model_copy(update={"version": 4})
    verdict = OUTCOMES["pass"].model_copy(update={"candidate": candidate, "live_version": live})
    said = "v4 with v5. To promote v4, run cuebook promote qa-assistant/4: it says what is missing"
    assert (said in next_step(verdict).text) is is_told


def test_a_version_whose_own_model_was_not_asked_is_not_promoted() -> None:
    passed = OUTCOMES["pass"]
    other = passed.candidate.model_copy(update={"replaced_by": "openai/gpt-6-luna"})
    step = next_step(passed.model_copy(update={"candidate": other}))
    assert (step.code, step.target) == ("write_version", "editor")
    assert step.text.startswith("Write a version that names openai/gpt-6-luna")


@pytest.mark.parametrize(
    ("how", "code", "text"),
    [
        ("retired", "nothing", "take it out of 'retired' in prompts/qa-assistant/meta.yml."),
        ("rolled_back", "write_version", "as v6 was live and rolled back: cuebook new qa-assistant -m"),
    ],
)
def test_a_version_that_was_withdrawn_is_not_to_be_promoted(how: str, code: str, text: str) -> None:
    passed = OUTCOMES["pass"]
    step = next_step(passed.model_copy(update={"withdrawn": how}))
    assert (step.code, text in step.text) == (code, True)
    live = passed.model_copy(update={"withdrawn": how, "live_version": passed.candidate.version})
    assert next_step(live).text == "Nothing to do: v6 is live."
    moved = passed.model_copy(update={"withdrawn": how, "moves": ["production"]})
    assert next_step(moved).code == "merge"


def test_a_failing_version_that_is_staged_is_taken_out() -> None:
    last = next_steps(OUTCOMES["fail, metric"], staged_as=["staging"])[-1]
    assert (last.code, last.label, last.target) == ("unstage", "Take v6 out of staging…", "aliases")


def test_a_live_version_with_too_little_evidence_is_called_so() -> None:
    step = next_step(of("inconclusive", [OPEN], Cause(code="not_shown"), live_version=6))
    assert step.text.startswith(
        "v6 is live without the evidence that the suite requires. Add about 472 cases"
    )


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (of("pass", [KEPT]), "Merge the change: production then points to v6."),
        (of("fail", [LOST], override=OVERRIDE), "Merge the change: production then points to v6."),
        (of("fail", [LOST]), "Do not promote it. See what broke"),
        (of("inconclusive", [OPEN], Cause(code="not_shown")), "Add about 472 cases"),
    ],
)
def test_a_version_that_the_change_would_make_live_is_not_called_live(verdict: Verdict, text: str) -> None:
    moved = verdict.model_copy(update={"live_version": 6, "moves": ["production"]})
    step = next_step(moved)
    assert step.text.startswith(text)
    assert "is live" not in step.text


def test_a_pass_under_loosened_rules_alone_is_not_told_to_loosen_them() -> None:
    lacking = FAILED_AGAINST_5.model_copy(
        update={"outcome": "inconclusive", "causes": [Cause(code="not_shown")]}
    )
    second = SecondRuling(why="rules", version=5, date="2026-11-20", ruling=lacking)
    step = next_step(of("inconclusive", [KEPT], second=second))
    assert (step.code, "accept a larger loss" in step.text) == ("accept_rules", False)
    assert "overrides/qa-assistant-rules.yml" in step.text


@pytest.mark.parametrize("how", ["cut_off", "empty"])
def test_what_is_wrong_with_the_baseline_alone_is_no_reason_to_rewrite_the_candidate(how: str) -> None:
    found = open_because("answers_unusable", who="baseline", how=how, count=9, total=9)
    text = next_step(found).text
    assert text.startswith("Find out why v5 answers like that")
    assert "overrides/qa-assistant-v6.yml" in text
    assert "cuebook new" not in text


@pytest.mark.parametrize(("live", "code"), [(6, "nothing"), (5, "promote")])
def test_an_override_lets_a_failing_version_be_promoted(live: int, code: str) -> None:
    step = next_step(of("fail", [LOST], override=OVERRIDE, live_version=live))
    assert step.code == code
    assert not step.text.startswith("Promote it")


def test_what_a_share_of_units_gets_is_promoted_or_ended() -> None:
    assert next_step(of("pass", [KEPT], live_version=5, live_share=True)).code == "promote"
    step = next_step(of("fail", [LOST], live_version=9, live_share=True))
    assert (step.code, "v6 is on trial: end the trial in" in step.text) == ("roll_back", True)


def test_what_the_second_comparison_lacks_is_what_comes_next() -> None:
    lacking = FAILED_AGAINST_5.model_copy(
        update={"outcome": "inconclusive", "causes": [Cause(code="ceiling", limit=2.0)]}
    )
    second = SecondRuling(why="rollback", version=5, date="2026-11-20", ruling=lacking)
    assert next_step(of("inconclusive", [KEPT], second=second)).code == "raise_ceiling"


@pytest.mark.parametrize(
    ("doubt", "command"),
    [("no_labels", "evals/grader/labels.jsonl"), ("expired", "Measure the judge"), ("kappa", "disagree")],
)
def test_a_judge_that_only_advises_leads_to_its_labels(doubt: DoubtCode, command: str) -> None:
    judge = JUDGE.model_copy(update={"advisory": True, "doubt": Doubt(code=doubt, judge="grader")})
    step = next_step(open_because("judge_advisory", label="judge/1", judges=[judge]))
    assert command in step.text
    assert "cuebook judge grader" in step.text


def test_cases_that_a_metric_cannot_score_are_to_get_what_it_compares_with() -> None:
    few = OPEN.model_copy(update={"used": 3, "planned": 3})
    verdict = of("inconclusive", [few], Cause(code="stopped_early"))
    said = next_step(verdict).text
    assert "Give the other cases of evals/qa-assistant what correctness compares with" in said
    assert "or add about 629 cases that have it" in said


def test_as_many_cases_are_asked_for_as_the_metric_takes_that_takes_most() -> None:
    """The one with the widest interval may accept a larger loss, and take few."""
    wide = OPEN.model_copy(update={"label": "style", "lower": -0.2, "bound": 0.3, "needed": OPEN.planned + 9})
    more = (OPEN.needed or 0) - OPEN.planned
    assert OPEN.lower > wide.lower
    found = of("inconclusive", [wide, OPEN], Cause(code="not_shown"))
    assert f"Add about {more} cases" in next_step(found).text
    assert any(
        f"points on correctness; about {more} more cases would settle 8," in text for text in details(found)
    )


def test_a_second_comparison_that_is_open_says_how_many_it_takes() -> None:
    open_one = Ruling(outcome="inconclusive", baseline=5, metrics=[OPEN], causes=[Cause(code="not_shown")])
    second = SecondRuling(why="held_out", version=5, date="", ruling=open_one, first="pass")
    found = of("inconclusive", [KEPT], second=second)
    assert f"Add about {(OPEN.needed or 0) - OPEN.planned} cases" in next_step(found).text


def test_no_case_added_to_todays_rules_helps_under_the_former_ones() -> None:
    former = Ruling(outcome="inconclusive", baseline=5, metrics=[OPEN], causes=[Cause(code="not_shown")])
    second = SecondRuling(why="rules", version=4, date="2026-11-20", ruling=former)
    said = next_step(of("inconclusive", [KEPT], second=second))
    assert said.code == "accept_rules"
    assert said.text.startswith("Put the former rules back and add cases until it passes, or say who is")

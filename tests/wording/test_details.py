from __future__ import annotations

import pytest

from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.verdict import AnsweringApp, LimitResult
from cuebook.wording.details import (
    asked,
    counts,
    coverage_rows,
    details,
    how_sure,
    metric_lines,
    models,
    telling_lines,
)
from outcomes import ALL, KEPT, OPEN, OUTCOMES, V1, of
from verdicts import FAIL, FIRST, PASS, PASSING, UNTESTED, metric, verdict

JUDGE = JudgeState(label="judge-correctness/2", ref="judge-correctness/2", digest="x")


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("passes under today's rules only", "Under the rules of 2026-11-20, when v4 was promoted: "),
        ("after a rollback", "Against v5: "),
        ("rules loosened", ""),
    ],
)
def test_the_comparison_that_keeps_a_pass_away_is_told_in_numbers(name: str, where: str) -> None:
    """The table beside it has those of the first comparison, which passes."""
    said = "correctness −55.4 points, between −94.5 and −7.7; a pass needs all of it above −8.0."
    first = details(OUTCOMES[name])[0]
    assert first == where + said if where else said not in first


def test_evidence_over_all_tests_is_told_from_that_of_one_metric() -> None:
    alone = details(of("inconclusive", [OPEN], evidence=0.38))
    assert any("lost; evidence of a loss 38% of what a fail needs." in line for line in alone)
    both = details(of("inconclusive", [OPEN, KEPT], evidence=0.08))
    assert any("lost; evidence of a loss over all tests 8% of what a fail needs." in line for line in both)


@pytest.mark.parametrize(("attempt", "error"), [(0, "5%"), (1, "2.5%"), (2, "1.25%"), (9, "10th look")])
def test_the_error_is_that_of_the_attempt(attempt: int, error: str) -> None:
    said = how_sure(verdict("fail", attempt=attempt))
    assert error in said
    assert ("look at the same question" in said) is (attempt > 0)


def test_a_bound_is_wrong_in_about_the_error_at_most() -> None:
    """It is cut where it would contradict the outcome, which adds a little: see bench_rules."""
    for found in (of("pass", [KEPT]), OUTCOMES["pass, judged"]):
        assert how_sure(found) == "Each bound of an interval is wrong in at most about 5% of evaluations."


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (("words", 40.0, 56.92, "fail"), "An answer has 56.92 words on average, over the limit of 40 words."),
        (
            ("cost_usd", 0.01, 0.0004, "pass"),
            "An answer costs $0.0004 on average, within the limit of $0.010.",
        ),
        (("seconds", 2.0, None, "inconclusive"), "An answer takes an unknown amount; the limit is 2.00 s."),
        (
            ("words", 150, 158, "pass"),
            (
                "An answer has 158 words on average, over the limit of 150 words, "
                "but not significantly: not a fail."
            ),
        ),
    ],
)
def test_a_limit_is_compared_with_the_mean(limit: tuple[str, float, float | None, str], said: str) -> None:
    name, most, value, outcome = limit
    found = LimitResult.model_validate({"name": name, "limit": most, "value": value, "outcome": outcome})
    assert said in details(verdict("fail", limits=[found]))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "Judge judge-correctness/2: its agreement with people was not measured."),
        (
            {"kappa": 0.724, "lower": 0.641, "labels": 148, "j": 0.81, "people": 0.8},
            (
                "kappa 0.72 with people, at least 0.64, on 148 labels, people among themselves 0.80, "
                "shows 81% of a true difference"
            ),
        ),
        (
            {"kappa": 0.7, "labels": 148, "j": 0.81, "j_lower": 0.7, "slope": 0.62, "slope_lower": 0.519},
            "on 148 labels, shows 62% of a true difference (at least 52%)",
        ),
        ({"void": True}, "void, its scores count for nothing"),
        ({"advisory": True, "why": "too few labels"}, "advisory, its scores decide nothing (too few labels)"),
        ({"canaries_lost": 0, "canaries_total": 3}, "let 0 of 3 known-bad answers win"),
        ({"flips": 0.124, "ties": 0.5}, "changed the winner in 12% of pairs; 50% of pairs had no winner"),
        (
            {"passing": PASSING},
            "nswers that pass \u221210.0 points [\u221220.0, +1.0], corrected for its errors \u221216.0",
        ),
        ({"words_more": 12.0}, "the new version's answers are 12.0 words longer"),
        ({"words_more": -3.25}, "the new version's answers are 3.2 words shorter"),
        (
            {"warnings": ["it judges its own model"]},
            "Caution with judge-correctness/2: it judges its own model.",
        ),
    ],
)
def test_how_far_a_judge_can_be_trusted(known: dict[str, object], said: str) -> None:
    assert any(said in text for text in details(verdict("pass", judges=[JUDGE.model_copy(update=known)])))


def test_a_margin_made_smaller_is_said() -> None:
    shown = [metric("x", "pass", 0.1, 0.0, 0.2, bound=0.042, margin_stated=0.05)]
    said = details(verdict("pass", metrics=shown))
    assert any("The accepted loss on x is tested as 4.2 points instead of 5" in text for text in said)
    assert any(
        text.endswith(
            "A loss of 5 points then passes about 5% of the time, "
            "plus 5% as that part is estimated from labels."
        )
        for text in said
    )
    blind = JudgeState(label="x", ref="grader/1", digest="x", blind=[["5", "4"]])
    said = details(verdict("pass", metrics=shown, judges=[blind]))
    assert any("A loss of 5 points that it can detect then passes about" in text for text in said)
    assert not any("instead of" in text for text in details(PASS))


def test_an_undecided_floor_is_explained_only_where_it_stopped_nothing() -> None:
    assert any("floor can only fail" in text for text in details(PASS))
    assert not any("floor can only fail" in text for text in details(FAIL))


def test_what_is_missing_is_counted() -> None:
    said = details(PASS)
    assert "1 of 80 questions got no answer from v6; each counts as the worst score." in said
    assert "1 case left out: no score, or no answer of the version compared with." in said
    assert "4 new cases left out: they decide from the next change on." in said


def test_cases_are_counted_by_what_became_of_them() -> None:
    assert counts(FAIL).startswith("7 broken, 1 without an answer, 1 worse")
    assert counts(FIRST).startswith("3 failing")
    assert asked(FAIL) == "80 of 160 cases asked, enough to decide"
    assert asked(of("fail", [], coverage=ALL)).endswith("all there are")
    assert not asked(OUTCOMES["undecided, early stop"]).endswith("decide")


def test_a_metric_that_only_advises_has_no_line() -> None:
    advisory = metric("x", "fail", -0.5, -0.6, -0.4, advisory=True)
    assert metric_lines(of("pass", [advisory, KEPT])) == [
        "correctness +1.2 points, between \u22124.6 and +6.9"
    ]
    assert metric_lines(UNTESTED) == []


def test_beside_a_comparison_a_floor_speaks_only_when_it_fails() -> None:
    lines = {
        outcome: telling_lines(of("fail", [KEPT, metric("x", outcome, 0.0, -0.1, 0.1, kind="floor")]))
        for outcome in ("pass", "inconclusive", "fail")
    }
    assert [len(said) for said in lines.values()] == [1, 1, 2]
    alone = of("pass", [metric("x", "pass", 0.0, -0.1, 0.1, kind="floor")])
    assert telling_lines(alone) == metric_lines(alone)


def test_the_models_are_named_and_stand_ins_called_what_they_are() -> None:
    assert models(PASS) == "offline/judge and offline/rules (stand-ins, no real models)"
    toys = PASS.digests.model_copy(update={"models": ["openai/gpt-4o", "toy/judge"]})
    mixed = PASS.model_copy(update={"digests": toys, "served_models": []})
    assert models(mixed) == "openai/gpt-4o, toy/judge (a toy, not a real model)"
    digests = PASS.digests.model_copy(update={"models": ["openai/gpt-4o"]})
    served = PASS.model_copy(update={"digests": digests, "served_models": ["gpt-4o-2024-08-06"]})
    assert models(served) == "openai/gpt-4o; answers came from gpt-4o-2024-08-06"
    own = {"models": ["ollama/m", "ollama/m"]}
    same = PASS.model_copy(update={"digests": PASS.digests.model_copy(update=own), "served_models": ["m"]})
    assert models(same) == "ollama/m"


def test_version_after_version_on_the_same_cases_is_said_where_one_passes() -> None:
    old = V1.model_copy(update={"version": 3})
    said = details(of("pass", [KEPT], baseline=old))
    assert any(
        text.startswith("The third version since v3 on these same cases: if each were worse") for text in said
    )
    assert any("the chance that at least one passes would be up to 15%." in text for text in said)
    edited = of("pass", [KEPT], tried=6)
    told = next(text for text in details(edited) if "compared with" in text and "if each were" in text)
    assert told.startswith("The 7th wording compared with v5 on these same cases: if each")
    assert told.endswith("up to 35%.")
    # Five others at 5% each, and this one at 5% and then at half of that.
    again = of("pass", [KEPT], tried=5, attempt=1, error=0.025)
    assert any(text.endswith("up to 32.5%.") for text in details(again))
    for quiet in (of("pass", [KEPT]), of("fail", [KEPT], baseline=old), of("pass", [KEPT], baseline=None)):
        assert not any("since v" in text for text in details(quiet))


def test_an_app_is_named_with_the_models_that_it_asked() -> None:
    app = AnsweringApp(name="desk", fingerprint="sha256:0123456789")
    digests = PASS.digests.model_copy(update={"models": []})
    alone = PASS.model_copy(update={"app": app, "digests": digests, "served_models": []})
    assert "Answered by the app desk (0123456)." in details(alone)
    asking = alone.model_copy(update={"served_models": ["gpt-x"]})
    assert "Answered by the app desk (0123456), which asked gpt-x." in details(asking)
    assert not [text for text in details(asking) if text.startswith("Models")]


@pytest.mark.parametrize(("missing", "told"), [(1, False), (2, True), (24, True)])
def test_what_is_missing_is_said_from_one_in_a_hundred_on(missing: int, *, told: bool) -> None:
    coverage = PASS.coverage.model_copy(update={"missing": missing, "missing_of": 200})
    said = details(PASS.model_copy(update={"coverage": coverage}))
    share = f"{missing} of 200 scores ({missing / 2:.0f}%)"
    assert any(text.startswith(share) and "counted at the worst" in text for text in said) is told


def test_the_table_of_cases_says_what_the_sentences_say() -> None:
    update = {
        "candidate_failed": 3,
        "missing": 9,
        "missing_of": 90,
        "dropped": 2,
        "left_out": 4,
        "as_before": 5,
    }
    found = FAIL.model_copy(update={"coverage": FAIL.coverage.model_copy(update=update)})
    rows = dict(coverage_rows(found.coverage))
    shown = rows.values()
    assert [said.partition(" ")[0] for said in shown] == [
        f"{FAIL.coverage.cases}",
        f"{FAIL.coverage.used}",
        *"39245",
    ]
    sentences = " ".join(details(found))
    for label in ("without an answer", "left out", "new cases left out"):
        assert rows[label].partition("(")[2].removesuffix(")") in sentences

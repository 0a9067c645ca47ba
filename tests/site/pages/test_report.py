from __future__ import annotations

from typing import Any

import pytest

from cuebook.shapes.cause import Cause
from cuebook.shapes.verdict import JudgeState, LimitResult, ScoreResult, Verdict
from cuebook.site.pages import Site, _cases, report
from cuebook.wording.details import details
from cuebook.wording.headline import headline
from cuebook.wording.next_step import next_step
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog, metric, qa_cases, summary, verdict
from outcomes import OUTCOMES
from verdicts import PASSING


def page(found: Verdict) -> Element:
    made = FakeCatalog()
    made.add(found.prompt, [artifact(found.prompt, n, "m", template="x") for n in (1, 2)], [found])
    (only,) = report.pages(Site(made))
    return read(only.body)


def columns(document: Element, label: str) -> list[list[str]]:
    return [[cell.words for cell in row.find("td")] for row in document.one(aria_label=label).find("tr")[1:]]


@pytest.mark.parametrize("outcome", ["pass", "fail", "inconclusive"])
def test_the_verdict_comes_first(outcome: str) -> None:
    found = verdict("qa", 2, outcome)
    document = page(found)
    card = document.one(aria_label="Verdict")
    said = f"{outcome} offline models {headline(found)} Next: {next_step(found).text}"
    assert card.words == " ".join([said, *details(found)])
    assert document.text.index(headline(found)) < document.text.index("Metrics that decide")


def test_offline_models_are_named_only_where_they_were_used() -> None:
    assert "offline models" in page(verdict("qa", 2, "pass")).one(aria_label="Verdict").text
    real = page(verdict("qa", 2, "pass", offline=False, unpriced=2))
    assert "offline models" not in real.text
    assert "2 replies have no known price" in real.one(class_="cb-note").text


def test_an_override_stands_above_the_verdict() -> None:
    override = {"who": "Ana", "why": "Outage", "until": "2026-12-01"}
    document = page(verdict("qa", 2, "fail", override=override, attempt=2))
    said = "Let through by Ana until 2026-12-01: Outage"
    assert document.text.index(said) < document.text.index("Worse than v1")
    assert "third look at the same question" in document.text


JUDGE = {"label": "judge-a/2", "ref": "judge-a/2", "digest": "sha256:1", "model": "m"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"decides": True, "kappa": 0.71, "lower": 0.6, "upper": 0.8}, ["decides", "0.71 [0.60, 0.80]"]),
        ({"void": True, "why": "empty won", "canaries_lost": 1, "canaries_total": 6}, ["void", "1 of 6"]),
        ({"advisory": True, "why": "too few labels", "labels": 12}, ["advisory", "too few labels", "12"]),
        ({"ties": 0.25, "flips": 0.5, "words_more": -33.4}, ["25", "50", "\u221233.4"]),
        ({"warnings": ["it may favour its own kind"]}, []),
    ],
)
def test_every_judge_says_how_far_it_can_be_trusted(changes: dict[str, Any], said: list[str]) -> None:
    document = page(verdict("qa", 2, "fail", judges=[JudgeState(**JUDGE, **changes)]))
    ((row,),) = [columns(document, "Judges")]
    assert all(any(words in cell for cell in row) for words in said), row
    for warning in changes.get("warnings", []):
        assert f"judge-a/2: {warning}" in document.words


def test_how_many_more_answers_pass_is_shown_as_judged_and_corrected() -> None:
    told = page(verdict("qa", 2, "fail", judges=[JudgeState(**JUDGE, passing=PASSING)]))
    assert columns(told, "Answers that pass") == [
        ["judge-a/2", "90.0", "80.0", "\u221210.0 [\u221220.0, +1.0]", "\u221216.0 [\u221233.0, +2.0]"]
    ]
    silent = page(verdict("qa", 2, "fail", judges=[JudgeState(**JUDGE)]))
    assert not silent.find(aria_label="Answers that pass")


def test_verdicts_without_judges_say_nothing_of_them() -> None:
    assert not page(verdict("qa", 2, "pass")).find(aria_label="Judges")


def test_an_unknown_limit_and_a_run_that_was_stopped() -> None:
    limit = LimitResult(name="cost_usd", limit=0.01, value=None, outcome="inconclusive")
    ceiling = Cause(code="ceiling", limit=5, unit="cost_usd")
    document = page(verdict("qa", 2, "inconclusive", limits=[limit], causes=[ceiling]))
    assert columns(document, "Limits") == [["Cost", "$0.010", "unknown", "inconclusive"]]
    assert "Not decided: stopped at the ceiling of $5.00" in document.words


def test_metrics_that_decide_nothing_or_hold_to_a_smaller_margin_are_marked() -> None:
    found = metric("judge-a/2", -0.01, -0.05, 0.02, "inconclusive", advisory=True, margin_stated=0.08)
    document = page(verdict("qa", 2, "pass", metrics=[found]))
    ((row,),) = [columns(document, "Metrics that decide")]
    assert row[0] == "judge-a/2 advisory"
    assert row[6] == "\u22125.0 \u22128.0 stated"
    assert "decides nothing" in document.words
    plain = page(verdict("qa", 2, "pass"))
    assert "decides nothing" not in plain.words
    assert "stated" not in plain.words


def test_metrics_as_a_picture_and_as_numbers() -> None:
    document = page(verdict("qa", 2, "fail"))
    chart = document.one("svg", class_="cb-chart")
    assert chart.attributes["role"] == "img"
    assert "token_f1: \u22127.0 points, interval \u221213.2 to \u22120.1, fail" in chart.one("desc").text
    assert len(chart.find("circle")) == 3
    assert len(chart.find("line", class_="cb-bound")) == 2
    rows = columns(document, "Metrics that decide")
    assert rows[0] == [
        "token_f1",
        "fail",
        "81.0",
        "74.0",
        "\u22127.0",
        "\u221213.2 to \u22120.1",
        "\u22125.0",
        "160 of 160",
    ]
    assert [row[0] for row in rows[1:]] == ["judge-correctness/2", "token_f1, above 60.0"]
    assert rows[2][6] == "at least 60.0"


def test_the_mean_of_a_scorer_that_compares_is_a_difference() -> None:
    made = verdict("qa", 2, "pass")
    said = ScoreResult(state="measured", value=-0.4)
    cases = [
        case.model_copy(
            update={"candidate": case.candidate.model_copy(update={"scores": {"prefer/1": said}})}
        )
        for case in made.cases
    ]
    row = summary("prefer/1", -0.4, decides=False, baseline=None)
    document = page(made.model_copy(update={"cases": cases, "summaries": [row]}))
    assert columns(document, "Other scores") == [["prefer/1", "\u2013", "\u2013", "\u221240.0", "112", "1"]]


def test_models_are_named_where_there_are_several() -> None:
    rows = [metric("exact", 0.0, -0.01, 0.01, "pass", model=name) for name in ("a/b", "c/d")]
    found = columns(page(verdict("qa", 2, "pass", metrics=rows)), "Metrics that decide")
    assert [row[0] for row in found] == ["exact (a/b)", "exact (c/d)"]


def test_without_a_baseline_and_metrics() -> None:
    document = page(verdict("qa", 1, "inconclusive", baseline=None, metrics=[]))
    assert "Nothing was measured." in document.text
    assert "no baseline to compare with" in document.text
    assert not document.find("svg", class_="cb-chart")


def test_other_scores_and_spending() -> None:
    document = page(verdict("qa", 2, "pass"))
    assert columns(document, "Other scores") == [["contains", "71.0", "76.0", "+5.0", "112", "1"]]
    spent = columns(document, "Cost, speed and length")
    assert spent[0] == ["Cost", "$0.00042", "$0.000504", "+20 %"]
    assert spent[1] == ["Time", "0.81 s", "0.97 s", "+20 %"]
    assert columns(document, "Limits") == [["Words", "60.0", "37.2", "pass"]]
    assert "This evaluation cost $0.213." in document.text


def test_coverage_and_protected_cases() -> None:
    document = page(verdict("qa", 2, "fail"))
    assert "candidate gave no answer 1 (each scored 0)" in document.words
    assert "4 (only one side of a changed dataset has them)" in document.text
    assert "1 of 6 cases tagged critical broke:" in document.text
    assert [item.text for item in document.find("a", href="#case-qa-004")] == ["qa-004"]
    assert not page(verdict("qa", 2, "fail", cases=[])).find("a", href="#case-qa-004")
    assert "All 6 cases tagged critical still hold." in page(verdict("qa", 2, "pass")).text
    assert "Protected cases" not in page(verdict("qa", 2, "pass", protected=None)).text


def test_what_broke_comes_first_and_unchanged_cases_are_a_table() -> None:
    document = page(verdict("qa", 2, "fail"))
    cases = document.find("details", class_="cb-case")
    kinds = [case.attributes["data-change"] or "" for case in cases]
    assert kinds == sorted(kinds, key=_cases._ORDER.index)
    assert kinds.count("broken") == 4
    assert "same" not in kinds
    compact = document.one("table", class_="cb-compact").find("tr")[1:]
    assert len(cases) + len(compact) == 40
    assert [case.attributes["data-change"] for case in cases if "open" in case.attributes] == [
        "broken"
    ] * 4 + ["failed"]


def test_filters_count_every_case() -> None:
    document = page(verdict("qa", 2, "fail"))
    bar = document.one(class_="cb-filters")
    assert "hidden" in bar.attributes
    assert [item.text for item in bar.find("button")] == [
        "all 40",
        "broken 4",
        "fixed 4",
        "protected 2",
        "failed 2",
    ]
    assert len([item for item in document.find() if "data-protected" in item.attributes]) == 2


def test_a_case_shows_both_answers_the_difference_and_the_reasons() -> None:
    document = page(verdict("qa", 2, "fail"))
    (case,) = [item for item in document.find("details") if item.attributes.get("id") == "case-qa-014"]
    before, after = case.one(class_="cb-answers").find("section")
    assert before.one("h3").text == "v1, before"
    assert [item.text for item in before.find("del")] == [
        "removed: According to the",
        "removed: , the passage",
        "removed: , as the second sentence says.",
    ]
    assert after.one("pre").text == "added: The passage does not say."


def test_scores_that_do_not_apply_are_left_out() -> None:
    case = page(verdict("qa", 2, "fail")).find("details", class_="cb-case-broken")[0]
    rows = [[cell.words for cell in row.find("td")] for row in case.one("table").find("tr")[1:]]
    assert rows == [
        ["token_f1", "85.0", "20.0", ""],
        ["judge-correctness/2", "75.0", "25.0",
         "It adds words nobody asked for. v1: The answer names the interval and cites it."],
    ]  # fmt: skip


def test_a_missing_answer_says_why() -> None:
    case = page(verdict("qa", 2, "fail")).one("details", class_="cb-case-failed")
    assert "No answer: the answer was cut off at 300 tokens" in case.text


def test_a_thousand_changed_cases_stay_readable() -> None:
    cases = [case.model_copy(update={"change": "worse", "difference": -0.1}) for case in qa_cases(1000)]
    made = FakeCatalog()
    made.add("qa", [artifact("qa", 1, "m", template="x")], [verdict("qa", 1, "fail", cases=cases)])
    (only,) = report.pages(Site(made))
    document = read(only.body)
    assert len(document.find("details", class_="cb-case")) == _cases.FULL
    assert len(document.one("table", class_="cb-compact").find("tr")) == 1001 - _cases.FULL
    assert "200 changed cases in full, 800 more in the table below." in document.text
    assert len(only.body) < 1_500_000


def test_ids_are_unique_when_several_models_answer_one_case() -> None:
    cases = [case.model_copy(update={"model": name}) for name in ("a/b", "c/d") for case in qa_cases(12)]
    ids = [
        item.attributes["id"]
        for item in page(verdict("qa", 2, "fail", cases=cases)).find()
        if "id" in item.attributes
    ]
    assert len(set(ids)) == len(ids)
    assert "case-qa-007-model-2" in ids


def test_long_texts_are_cut_and_say_where_the_rest_is() -> None:
    (case,) = [item for item in qa_cases(8) if item.change == "broken"]
    long = case.model_copy(update={"inputs": {"context": "x" * 9000}})
    document = page(verdict("qa", 2, "fail", cases=[long]))
    given = document.find("pre", class_="cb-given")[0].text
    assert given.endswith("6,000 more characters are in the JSON")


def test_what_the_verdict_rests_on() -> None:
    document = page(verdict("qa", 2, "pass"))
    links = [item.attributes["href"] for item in document.find("a") if item.text == "All cases as JSON"]
    assert links == ["../../../api/v1/evaluations/qa/2/qa.json"]
    assert "judge judge-correctness/2" in document.text
    assert len(list(report.pages(Site(catalog())))) == 8


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_page_says_the_headline_of_every_other_report(name: str) -> None:
    card = page(OUTCOMES[name]).one(aria_label="Verdict")
    assert headline(OUTCOMES[name]) in card.words
    assert next_step(OUTCOMES[name]).text in card.words

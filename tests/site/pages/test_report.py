from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cuebook.shapes.audit import Audit, Estimate
from cuebook.shapes.case_result import ScoreResult
from cuebook.shapes.cause import Cause
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.made_by import MadeBy
from cuebook.shapes.shares import Share
from cuebook.shapes.tool_count import ToolCount
from cuebook.shapes.verdict import AnsweringApp, LimitResult, Override, Protected, Verdict
from cuebook.site.pages import Site, prompt, report
from cuebook.wording.details import details, telling_lines
from cuebook.wording.headline import headline
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog, metric, summary, verdict
from outcomes import OUTCOMES
from verdicts import FIRST, PASSING, check_golden

REPO = "https://git.example.org/team/prompts"


def page(found: Verdict, **aliases: int) -> Element:
    made = FakeCatalog()
    versions = [artifact(found.prompt, n, "m", template="x") for n in (1, 2, 3)]
    made.add(found.prompt, versions, [found], aliases=aliases)
    (only,) = report.pages(Site(made, "", REPO))
    return read(only.body)


def test_a_report_says_what_share_of_units_gets_the_version() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template="x") for n in (1, 2)], [verdict("one", 2, "pass")])
    tries = {"production": [Share(version=2, share=10)]}
    made.prompts["one"] = made.prompts["one"].model_copy(update={"tries": tries})
    (only,) = report.pages(Site(made, "", REPO))
    assert "10% of production" in read(only.body).one(aria_label="Facts").words


def columns(document: Element, label: str) -> list[list[str]]:
    return [[cell.words for cell in row.find("td")] for row in document.one(aria_label=label).find("tr")[1:]]


@pytest.mark.parametrize("outcome", ["pass", "fail", "inconclusive"])
def test_the_verdict_is_said_first_in_the_words_of_every_other_report(outcome: str) -> None:
    found = verdict("qa", 2, outcome)
    document = page(found)
    card = document.one(aria_label="Verdict")
    assert card.one("p", class_="cb-sentence").text == headline(found)
    assert [item.text for item in card.one("ul", class_="cb-lines").find("li")] == telling_lines(found)
    order = [
        headline(found),
        "What broke",
        "Metrics that decide",
        "How this",
    ]
    places = [document.words.index(words) for words in order]
    assert places == sorted(places)
    assert all(words in document.words for words in details(found))


@pytest.mark.parametrize("live", [None, 1])
def test_a_first_version_fails_and_breaks_nothing(live: int | None) -> None:
    protected = Protected(tag="critical", total=6, broken=["qa-001", "qa-002"])
    update = {"protected": protected, "causes": [Cause(code="protected_broken")], "live_version": live}
    text = page(FIRST.model_copy(update=update)).words
    assert "What failed" in text
    assert text.count("2 of 6 protected cases fail") == 2, "in the sentence, and in the bar"
    assert not re.search(r"(?i)\b(broke|broken)\b", text)


def test_next_steps_are_buttons_that_lead_somewhere_with_the_commands_beside_them() -> None:
    card = page(verdict("qa", 2, "fail"), staging=2, production=1).one(aria_label="Verdict")
    links = {item.text: item.attributes["href"] for item in card.find("a", class_="cb-button")}
    assert links == {
        "Write a better version": "../../../propose.html?prompt=qa&from=2",
        "See what broke": "#cases",
        "Take v2 out of staging\u2026": f"{REPO}/edit/main/prompts/qa/aliases.yml",
    }
    assert len(card.find("a", class_="cb-button-main")) == 1
    assert "cuebook new qa" in card.one("details", class_="cb-next-words").text


def test_what_is_live_already_needs_no_promotion() -> None:
    card = page(verdict("qa", 2, "pass"), production=2).one(aria_label="Verdict")
    assert "Nothing to do: v2 is live." in card.words
    assert not card.find("a", class_="cb-button")
    waiting = page(verdict("qa", 2, "pass"), production=1).one(aria_label="Verdict")
    assert [item.text for item in waiting.find("a", class_="cb-button")] == ["Promote\u2026"]


def test_offline_models_are_named_only_where_they_were_used() -> None:
    assert "a rehearsal" in page(verdict("qa", 2, "pass")).one(aria_label="Verdict").text
    real = page(verdict("qa", 2, "pass", offline=False, unpriced=2))
    assert "rehearsal" not in real.text
    assert "2 replies have no known price" in real.text


def test_an_override_changes_the_state_and_not_the_sentence() -> None:
    held = Override(who="@ana", why="Outage", until="2026-12-01")
    found = verdict("qa", 2, "fail", override=held, attempt=2)
    card = page(found).one(aria_label="Verdict")
    assert card.find(class_="cb-badge")[0].words == "Override"
    assert card.one("p", class_="cb-sentence").text == headline(found)
    assert "Let through by @ana until 2026-12-01: Outage" in card.words
    assert "attempt 3" in card.words


def test_evidence_that_is_out_of_date_says_so() -> None:
    made = FakeCatalog()
    found = verdict("qa", 2, "pass")
    made.add("qa", [artifact("qa", n, "m", template="x") for n in (1, 2)], [found])
    index = made.prompts["qa"]
    old = index.evaluations[0].model_copy(update={"state": "stale", "stale": ["the dataset"]})
    made.prompts["qa"] = index.model_copy(update={"evaluations": [old]})
    (only,) = report.pages(Site(made))
    card = read(only.body).one(aria_label="Verdict")
    assert card.find(class_="cb-badge")[0].words == "Out of date"
    assert "the dataset changed" in card.words


JUDGE = {"label": "judge-a/2", "ref": "judge-a/2", "digest": "sha256:1", "model": "m"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"decides": True, "kappa": 0.71, "lower": 0.6, "upper": 0.8, "people": 0.75},
            ["decides", "0.71 [0.60, 0.80]", "people 0.75"],
        ),
        ({"void": True, "fooled_by": ["empty"], "canaries_lost": 1, "canaries_total": 6}, ["void", "1 of 6"]),
        ({"advisory": True, "labels": 12}, ["advisory", "12"]),
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


def test_the_answers_of_a_judge_that_grades_can_be_labelled() -> None:
    found = verdict("qa", 2, "fail", judges=[JudgeState(**JUDGE, scale=(1, 5))])
    (link,) = [one for one in page(found).find("a") if one.words == "Label answers"]
    assert link.attributes["href"] == "../../../label.html?judge=judge-a/2&of=qa/2/qa"
    assert "Label answers" not in page(verdict("qa", 2, "fail", judges=[JudgeState(**JUDGE)])).words


def test_what_people_would_say_is_shown_for_reading() -> None:
    made = FakeCatalog()
    found = verdict("qa", 2, "pass", judges=[JudgeState(**JUDGE)])
    made.add("qa", [artifact("qa", n, "m", template="x") for n in (1, 2)], [found])
    made.add("judge-a", [artifact("judge-a", 2, "m", template="x")], used_by=["qa"], kind="judge")
    index = made.prompts["qa"]
    people = Estimate(estimate=0.026, lower=-0.019, upper=0.071, weight=0.79)
    counts: dict[str, Any] = {
        "pairs": 190,
        "graded": 40,
        "clusters": 40,
        "graders": 2,
        "asked": 90,
        "skipped": 30,
    }
    said: dict[str, Any] = {
        "label": "judge-a/2",
        "ref": "judge-a/2",
        "judge": 0.041,
        "kappa": 0.71,
        "is_draw": True,
    }
    audit = Audit(**said, **counts, people=people, alone=people)
    told = index.evaluations[0].model_copy(update={"audits": [audit]})
    made.prompts["qa"] = index.model_copy(update={"evaluations": [told]})
    (only,) = report.pages(Site(made))
    (judge,) = [one for one in prompt.pages(Site(made)) if one.path == "prompts/judge-a/index.md"]
    for document in (read(only.body), read(judge.body)):
        ((row,),) = [columns(document, "Checked by people")]
        assert row[1:3] == ["+4.1", "+2.6 [\u22121.9, +7.1]"]
        assert row[4] == "40 of 190 pairs graded by 2 people, kappa 0.71 between them"
        assert "It decides nothing" in document.words
        assert "30 of 90 answers skipped" in document.words


def test_how_many_more_answers_pass_is_shown_as_judged_and_corrected() -> None:
    told = page(verdict("qa", 2, "fail", judges=[JudgeState(**JUDGE, passing=PASSING)]))
    assert columns(told, "Answers that pass") == [
        ["judge-a/2", "90.0", "80.0", "\u221210.0 [\u221220.0, +1.0]", "\u221216.0 [\u221233.0, +2.0]"]
    ]
    silent = page(verdict("qa", 2, "fail", judges=[JudgeState(**JUDGE)]))
    assert not silent.find(aria_label="Answers that pass")


def test_an_unknown_limit_is_no_blank() -> None:
    limit = LimitResult(name="cost_usd", limit=0.01, value=None, outcome="inconclusive")
    document = page(verdict("qa", 2, "pass", limits=[limit]))
    assert columns(document, "Limits") == [["Cost", "$0.010", "unknown", "Inconclusive"]]


def test_metrics_that_decide_nothing_or_have_a_smaller_accepted_loss_are_marked() -> None:
    found = metric("judge-a/2", -0.01, -0.05, 0.02, "inconclusive", advisory=True, margin_stated=0.08)
    ((row,),) = [columns(page(verdict("qa", 2, "pass", metrics=[found])), "Metrics that decide")]
    assert row[0] == "judge-a/2 advisory"
    assert row[5] == "5 8 in the suite"
    assert "in the suite" not in page(verdict("qa", 2, "pass")).words


def test_each_compared_metric_is_picture_and_numbers_in_one_row() -> None:
    document = page(verdict("qa", 2, "fail"))
    rows = columns(document, "Metrics that decide")
    assert rows[0] == [
        "token_f1", "Fail", "", "\u22127.0", "\u221213.2 to \u22120.1", "5", "81.0", "74.0", "160 of 160",
    ]  # fmt: skip
    pictures = document.one(aria_label="Metrics that decide").find("svg", role="img")
    assert pictures[0].attributes["aria-label"] == (
        "token_f1: \u22127.0 points, between \u221213.2 and \u22120.1; a loss of 5 is accepted"
    )
    assert [row[0] for row in rows] == ["token_f1", "judge-correctness/2"]


@pytest.mark.parametrize(
    ("lower", "upper", "outcome", "word", "between"),
    [
        (0.09, 0.22, "pass", "Reached", "69.0 to 82.0"),
        (-0.04, 0.52, "pass", "Within the accepted loss", "56.0 to 100.0"),
        (-0.04, 0.52, "inconclusive", "Open", "56.0 to 100.0"),
        (-0.9, -0.1, "fail", "Below", "0.0 to 50.0"),
    ],
)
def test_floors_have_a_table_of_scores_of_their_own(
    lower: float, upper: float, outcome: str, word: str, between: str
) -> None:
    floor = metric("exact", 0.0, lower, upper, outcome, kind="floor", bound=0.6, baseline=None)
    (row,) = columns(page(verdict("qa", 2, "pass", metrics=[floor])), "Floors")
    assert row == ["exact", word, "60", "60.0", between, "160 of 160"]


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


def test_a_first_version_has_nothing_it_is_against() -> None:
    document = page(verdict("qa", 1, "inconclusive", baseline=None, metrics=[]))
    assert "Nothing was measured." in document.text
    assert "first version" in document.one("h1").words
    assert not document.find("svg", role="img")
    assert "by tag" not in document.words


def test_other_scores_and_spending() -> None:
    document = page(verdict("qa", 2, "pass"))
    assert columns(document, "Other scores") == [["contains", "71.0", "76.0", "+5.0", "112", "1"]]
    spent = columns(document, "Cost, time, length")
    assert spent[0] == ["Cost", "$0.00042", "$0.000504", "+20%"]
    assert spent[1] == ["Time", "0.81 s", "0.97 s", "+20%"]
    assert columns(document, "Limits") == [["Words", "60 words", "37.2 words", "Pass"]]
    assert "Cost of this run $0.213" in document.one(aria_label="Facts").words


def test_three_cases_stand_on_the_page_and_a_link_leads_to_all() -> None:
    document = page(verdict("qa", 2, "fail"))
    section = document.one("section", id="cases")
    assert len(section.find("article")) == 3
    assert section.find("article")[0].find(class_="cb-chip-broken")
    every = section.one("a", class_="cb-all")
    assert (every.text, every.attributes["href"]) == ("All 40 cases", "../../../reports/qa/v2/qa/cases.html")
    assert section.find("header")[0].words.startswith("What broke 4 broken, 1 without an answer")


def test_tags_that_broke_lead_to_their_cases() -> None:
    tagged = [case.model_copy(update={"tags": ["a b"]}) for case in verdict("qa", 2, "fail").cases]
    links = page(verdict("qa", 2, "fail", cases=tagged)).one(class_="cb-slices").find("a")
    assert [item.words for item in links] == ["a b 5 of 40"]
    assert links[0].attributes["href"] == "../../../reports/qa/v2/qa/cases.html?c=broken&tag=a+b"
    assert not page(verdict("qa", 2, "fail")).find(class_="cb-slices")


def test_the_facts_name_people_commit_text_place_suite_and_models() -> None:
    found = verdict("qa", 2, "pass", judges=[JudgeState(**{**JUDGE, "model": "offline/judge"})])
    facts = page(found, production=2, staging=2).one(aria_label="Facts")
    assert "Proposed by Ana Lima, 12 Jun 2026" in facts.words
    assert "Where it is production, staging" in facts.words
    assert "judged by offline/judge" in facts.words
    links = [item.attributes["href"] or "" for item in facts.find("a")]
    assert "../../../prompts/qa/v2.html#changes" in links
    assert f"{REPO}/blob/main/evals/qa" in links


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


@pytest.mark.parametrize(
    ("url", "links"),
    [
        (f"{REPO}/actions/runs/9", [f"{REPO}/commit/{'a' * 40}", f"{REPO}/pull/7", f"{REPO}/actions/runs/9"]),
        ("https://evil.example/runs/9", [f"{REPO}/commit/{'a' * 40}", f"{REPO}/pull/7"]),
    ],
)
def test_the_run_that_evaluated_it_is_named_and_links_stay_in_this_repository(
    url: str, links: list[str]
) -> None:
    ran = MadeBy(time="2026-11-22T12:00:00Z", commit="a" * 40, pull_request=7, run_url=url, by="joon")
    facts = page(verdict("qa", 2, "pass", ran=ran)).one(aria_label="Facts")
    assert "Evaluated 22 Nov 2026 commit aaaaaaaa" in facts.words
    assert "pull request #7" in facts.words
    assert "started by joon" in facts.words
    assert [a.attributes["href"] for a in facts.find("a")][: len(links)] == links


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (None, "Evaluated time and pull request are not recorded"),
        (
            MadeBy(time="2026-11-22T12:00:00Z", commit="a" * 40),
            "Evaluated 22 Nov 2026 commit aaaaaaaa, no pull request",
        ),
    ],
)
def test_what_is_not_known_of_the_run_is_said(ran: MadeBy | None, said: str) -> None:
    assert page(verdict("qa", 2, "pass", ran=ran)).one(aria_label="Facts").words.startswith(said)


INLINE = {"span", "abbr", "code", "strong", "a", "svg", "time", "em", "mark", "del", "ins"}
DRAWN = {"symbol", "path", "circle", "rect", "line", "defs", "use"}


def outline(item: Element, depth: int = 0) -> list[str]:
    """What a page is made of: a line for each element that is not a part of a line, with its words."""
    if item.name in DRAWN:
        return []
    kind = item.attributes.get("class") or ""
    name = ".".join([item.name, *kind.split()]) + (f"#{mark}" if (mark := item.attributes.get("id")) else "")
    blocks = [one for one in item.inside if one.name not in INLINE | DRAWN or one.name == "a"]
    if not blocks:
        return [f"{'  ' * depth}{name}: {item.words}".rstrip(" :")]
    return [f"{'  ' * depth}{name}", *(line for one in blocks for line in outline(one, depth + 1))]


HELD = Override(who="@ana", why="Outage", until="2026-12-31")
SHOWN = {
    "pass": verdict("qa", 2, "pass"),
    "fail": verdict("qa", 2, "fail"),
    "inconclusive": verdict("qa", 2, "inconclusive"),
    "override": verdict("qa", 2, "fail", override=HELD),
    "first version": FIRST.model_copy(update={"prompt": "qa", "suite": "qa"}),
    "out of date": verdict("qa", 2, "pass"),
}


def test_the_first_screen_of_each_kind_of_report_is_as_it_was() -> None:
    """Structure and words, read and agreed on: a change of either shows here."""
    lines = []
    for name, found in SHOWN.items():
        made = FakeCatalog()
        versions = [artifact("qa", n, "m", template="x") for n in (1, 2)]
        made.add("qa", versions, [found], aliases={"production": 1})
        if name == "out of date":
            index = made.prompts["qa"]
            (entry,) = index.evaluations
            old = entry.model_copy(update={"state": "stale", "stale": ["dataset"]})
            made.prompts["qa"] = index.model_copy(update={"evaluations": [old]})
        (only,) = report.pages(Site(made, "", REPO))
        whole = read(only.body).one(class_="cb-report")
        shown = [line for part in (whole.one("h1"), whole.one(class_="cb-card")) for line in outline(part, 1)]
        cards = [f"  {card.name}: {card.find('header')[0].words}" for card in whole.find("article")]
        lines += [f"{name} ({whole.attributes['class']})", *shown, *cards, ""]
    check_golden(Path(__file__).parent / "golden/report.txt", "\n".join(lines))


def test_what_a_reviewer_weighs_stands_at_the_top() -> None:
    document = page(verdict("qa", 2, "pass"))
    facts = document.one(aria_label="Facts").words
    assert "An answer takes $0.00042 \u2192 $0.000504, 0.81 s \u2192 0.97 s" in facts
    assert "None of 6 protected cases broke." in document.one(aria_label="Verdict").words
    header = document.one(id="cases").find("header")[0].words
    assert "fixed" in header
    assert "Ended by" not in document.one(aria_label="Cost, time, length").words, "of none it is on record"


def test_broken_cases_that_do_not_stand_on_the_page_are_a_click_away() -> None:
    (found,) = [a for a in page(verdict("qa", 2, "fail")).one(id="cases").find("a") if "other" in a.words]
    assert found.words == "The other broken case"
    assert (found.attributes["href"] or "").endswith("/cases.html?c=broken")


def test_how_answers_ended_is_counted_beside_what_they_took() -> None:
    cases = [
        case.model_copy(update={"candidate": case.candidate.model_copy(update={"finish": "length"})})
        for case in verdict("qa", 2, "fail").cases
        if case.candidate.text
    ]
    rows = columns(page(verdict("qa", 2, "fail", cases=cases)), "Cost, time, length")
    assert rows[-1][0] == "Ended by"
    assert rows[-1][2] == f"length {len(cases)}"


def test_a_list_that_is_expected_takes_a_line() -> None:
    (case,) = [one for one in verdict("qa", 2, "fail").cases if one.id == "qa-007"]
    long = case.model_copy(update={"expectations": {"must": ["the words of it"] * 9}})
    asked = page(verdict("qa", 2, "fail", cases=[long])).one(class_="cb-case-asked")
    assert "\n" not in asked.find("dd")[1].text.strip()


def test_the_app_stands_where_a_model_would() -> None:
    app = AnsweringApp(name="desk", fingerprint="sha256:0123456789")
    found = verdict("qa", 2, "pass")
    digests = found.digests.model_copy(update={"models": []})
    text = page(found.model_copy(update={"app": app, "digests": digests, "served_models": []})).words
    assert "App desk (0123456)" in text
    assert "app desk sha256:0123456789" in text
    assert "models asked" not in text


def test_a_table_says_which_tool_was_called_where_which_was_expected() -> None:
    counts = [
        ToolCount(label="tool_calls", expected="look", called="find", right=False, candidate=9, baseline=0),
        ToolCount(label="tool_calls", expected="look", called="", right=False, candidate=2, baseline=1),
        ToolCount(label="tool_calls", expected="look", called="look", right=True, candidate=3, baseline=13),
    ]
    found = verdict("qa", 2, "fail").model_copy(update={"tool_counts": counts})
    assert columns(page(found), "Tools") == [
        ["look", "find", "wrong", "0", "9"],
        ["look", "no call", "wrong", "1", "2"],
        ["look", "look", "as expected", "13", "3"],
    ]
    many = found.model_copy(update={"tool_counts": counts * 10})
    assert "10 more pairs in the JSON of the verdict." in page(many).words
    assert not page(verdict("qa", 2, "fail")).find(aria_label="Tools")

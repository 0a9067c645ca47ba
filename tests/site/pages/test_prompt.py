from __future__ import annotations

import pytest

from cuebook.shapes.verdict import MetricResult
from cuebook.site.pages import Site, prompt
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog, metric, move, verdict

FLOOR = metric("token_f1", 0.06, 0.01, 0.12, "pass", kind="floor", bound=0.6)
REPO = "https://git.example.org/team/prompts"


def pages(made: FakeCatalog) -> dict[str, Element]:
    return {page.title: read(page.body) for page in prompt.pages(Site(made, "", REPO))}


def test_every_alias_has_a_card_production_first() -> None:
    cards = pages(catalog())["qa-assistant"].find("section", class_="cb-card")
    assert [card.find("a")[0].text for card in cards] == ["v3", "v4"]
    assert "production" in cards[0].text
    assert "since 20 Jul 2026 by Joon Park" in cards[0].words
    assert cards[0].one("pre").text == 'load_prompt("prompts:/qa-assistant@production")'
    assert cards[0].find("a")[1].attributes["href"] == "../../reports/qa-assistant/v3/qa-assistant.html"


def test_a_prompt_that_is_not_live_says_how_to_promote() -> None:
    document = pages(catalog())["release-notes"]
    assert "nothing is live" in document.text
    assert document.one("pre").text == "cuebook promote release-notes 2"


def test_a_prompt_that_was_not_evaluated_says_how_to() -> None:
    made = FakeCatalog()
    made.add("new", [artifact("new", 1, "First", template="x")])
    assert "No suite evaluates this prompt yet" in pages(made)["new"].words
    assert "evals/new/suite.yml" in pages(made)["new"].words
    made.prompts["new"] = made.prompts["new"].model_copy(update={"suites": ["new"]})
    assert "cuebook gate new/1" in [item.text for item in pages(made)["new"].find("pre")]
    assert "not evaluated" in pages(made)["new"].one(aria_label="Versions").words


def test_each_suite_has_a_picture_with_its_numbers() -> None:
    document = pages(catalog())["qa-assistant"]
    chart = document.one("svg", class_="cb-chart")
    assert chart.attributes["role"] == "img"
    assert chart.one("title").text == "Scores of qa-assistant on qa-assistant, by version"
    assert (
        "token_f1: v1 66.0, v2 71.0 (from 64.4 to 76.9), v3 76.0 (from 69.4 to 81.9), v4"
        in chart.one("desc").text
    )
    numbers = document.one(aria_label="Scores on qa-assistant")
    assert [cell.words for cell in numbers.find("tr")[1].find("td")] == [
        "v4",
        "Fail",
        "81.0 \u22127.0 [\u221213.2, \u22120.1] to v3",
        "82.0 +2.1 [\u22123.1, +7.5] to v3",
        "72.0",
    ]
    assert len(pages(catalog())["ticket-triage"].find("figure")) == 2


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ([], "66.0"),
        ([FLOOR], "66.0 +6.0 [+1.0, +12.0] to the floor 60.0"),
        ([metric("token_f1", 0.1, 0.0, 0.2, "pass", model=m) for m in ("a", "b")], "66.0"),
    ],
)  # fmt: skip
def test_intervals_are_shown_only_where_one_test_is_about_the_score(
    tests: list[MetricResult], said: str
) -> None:
    made = FakeCatalog()
    found = [verdict("one", 1, "pass", metrics=tests, baseline=None)]
    made.add("one", [artifact("one", 1, "m", template="x")], found)
    (row,) = pages(made)["one"].one(aria_label="Scores on one").find("tr")[1:]
    assert row.find("td")[2].words == said


def test_tags_lead_to_the_prompts_that_have_them() -> None:
    links = pages(catalog())["qa-assistant"].one("header").find("a")
    assert "../../index.html?tag=support" in [item.attributes["href"] for item in links]


def test_versions_are_listed_newest_first_with_links_to_what_changed() -> None:
    rows = pages(catalog())["qa-assistant"].one(aria_label="Versions").find("tr")[1:]
    assert [row.find("a")[0].text for row in rows] == ["v4", "v3", "v2", "v1"]
    assert "retired" in rows[3].text
    assert "diff" not in rows[3].text
    assert rows[1].find("a")[-1].attributes["href"] == "../../prompts/qa-assistant/v2-v3.html"
    assert "Ana Lima" in rows[0].text
    assert "@example.org" not in rows[0].text


def test_the_history_says_who_when_on_what_evidence_and_how_to_undo() -> None:
    first, second, third = pages(catalog())["qa-assistant"].one(class_="cb-timeline").find("li")
    assert "moved from v3 to v4" in first.text
    assert "20 Jul 2026 Joon Park 32c0ffee" in second.words
    assert "Pass" in second.text
    assert second.one("pre").text == "cuebook rollback qa-assistant --to 2"
    assert f"{REPO}/commit/32c0ffee" in (second.find("a")[0].attributes["href"] or "")
    assert "production: 2" in second.text
    assert not third.find("pre")


def test_only_a_move_that_still_holds_can_be_undone() -> None:
    made = FakeCatalog()
    versions = [artifact("one", n, "m", template="x") for n in (1, 2, 3)]
    moves = [move("production", 2, None), move("production", 1, 2), move("staging", 1, 3)]
    made.add("one", versions, aliases={"staging": 3}, moves=moves)
    items = pages(made)["one"].one(class_="cb-timeline").find("li")
    assert "taken off v2" in items[0].text
    assert [bool(item.find("pre")) for item in items] == [True, False, True]

from __future__ import annotations

import json

from cuebook.site.pages import Site, home
from fixtures.reading import Element, read
from fixtures.site_catalog import PAYLOADS, FakeCatalog, artifact, catalog, move, verdict


def page(made: FakeCatalog) -> Element:
    (found,) = home.pages(Site(made))
    assert found.path == "index.md"
    return read(found.body)


def row(document: Element, name: str) -> list[str]:
    rows = document.one(class_="cb-prompts").find("tr")
    (found,) = [item for item in rows if item.find("a") and item.find("a")[0].text == name]
    return [cell.words for cell in found.find("td")]


def test_each_prompt_says_what_is_live_and_on_what_evidence() -> None:
    document = page(catalog())
    assert row(document, "qa-assistant") == [
        "qa-assistant Answer questions from a passage support extraction",
        "v3 staging v4",
        "Pass qa-assistant",
        "token_f1: v1 66, v2 71, v3 76, v4 8176",
        "20 Jul 2026 Joon Park",
        "@support-tools @ana",
    ]
    assert row(document, "release-notes")[1:] == [
        "not in production",
        "not evaluated",
        "\u2013",
        "never",
        "no owner",
    ]
    assert "4 prompts, 11 versions, 3 in production." in document.text


def test_two_suites_of_one_prompt_are_told_apart() -> None:
    assert row(page(catalog()), "ticket-triage")[2] == "Pass ticket-triage Inconclusive ticket-triage-german"


def test_rows_carry_what_they_can_be_filtered_by() -> None:
    document = page(catalog())
    rows = document.one(class_="cb-prompts").find("tr")[1:]
    marks = {
        item.find("a")[0].text: {
            name: json.loads(item.attributes[f"data-{name}"] or "")
            for name in ("tag", "alias", "owner", "verdict")
        }
        for item in rows
    }
    assert marks["qa-assistant"] == {
        "tag": ["support", "extraction"],
        "alias": ["production", "staging"],
        "owner": ["@support-tools", "@ana"],
        "verdict": ["pass"],
    }
    assert marks["ticket-triage"]["verdict"] == ["pass", "inconclusive"]
    assert marks["release-notes"] == {
        "tag": [], "alias": ["not in production"], "owner": [], "verdict": ["not evaluated"],
    }  # fmt: skip
    assert marks["hostile"]["tag"] == PAYLOADS


def test_filters_offer_what_there_is_and_wait_for_the_script() -> None:
    bar = page(catalog()).one(class_="cb-find")
    assert "hidden" in bar.attributes
    (verdicts,) = [item for item in bar.find("select") if item.attributes["name"] == "verdict"]
    assert [item.text for item in verdicts.find("option")] == [
        "any", "fail", "inconclusive", "not evaluated", "pass",
    ]  # fmt: skip


def test_prompts_without_moves_say_where_to_promote() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", 1, "First", template="x")])
    assert "No alias has moved yet" in page(made).words


def test_what_moved_lately_is_newest_first_over_all_prompts() -> None:
    made = FakeCatalog()
    for name, day in (("one", "2026-03-01"), ("two", "2026-03-02")):
        moves = [move("production", None, 1, time=f"{day}T00:00:00+00:00")]
        made.add(name, [artifact(name, 1, "First", template="x")], aliases={"production": 1}, moves=moves)
    items = page(made).one(class_="cb-timeline").find("li")
    assert [item.find("a", class_="cb-ref")[0].text for item in items] == ["two", "one"]
    assert "set to v1" in items[0].text


def test_the_list_of_moves_is_cut() -> None:
    made = FakeCatalog()
    moves = [move("production", 1, 1)] * 40
    made.add("one", [artifact("one", 1, "First", template="x")], moves=moves)
    assert len(page(made).one(class_="cb-timeline").find("li")) == home.SHOWN_MOVES


def test_an_empty_registry_says_what_to_do() -> None:
    document = page(FakeCatalog())
    assert document.one("a", href="propose.html").text == "the form"
    assert "0 prompts" not in document.text
    assert "There is no prompt here yet" in document.text
    assert document.one("pre").text.startswith("cuebook new my-prompt")
    assert not document.find("table")


def test_the_verdict_shown_is_that_of_the_live_version() -> None:
    made = FakeCatalog()
    versions = [artifact("one", n, "m", template="x") for n in (1, 2)]
    found = [verdict("one", 1, "pass"), verdict("one", 2, "fail")]
    made.add("one", versions, found, aliases={"production": 1})
    assert row(page(made), "one")[2] == "Pass one"
    made.add("one", versions, found)
    assert row(page(made), "one")[2] == "Fail one"

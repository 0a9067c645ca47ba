from __future__ import annotations

from cuebook.pages import Site, home
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog, move, verdict


def page(made: FakeCatalog) -> Element:
    (found,) = home.pages(Site(made))
    assert found.path == "index.md"
    return read(found.body)


def row(document: Element, name: str) -> list[str]:
    rows = document.one(class_="cb-prompts").find("tr")
    (found,) = [item for item in rows if item.find("a") and item.find("a")[0].text == name]
    return [cell.text for cell in found.find("td")]


def test_each_prompt_says_what_is_live_and_on_what_evidence() -> None:
    document = page(catalog())
    assert row(document, "qa-assistant") == [
        "qa-assistantAnswer questions from a passagesupportextraction",
        "v3staging v4",
        "passqa-assistant",
        "token_f1: v1 66, v2 71, v3 76, v4 8176",
        "20 Jul 2026Joon Park",
        "@support-tools@ana",
    ]
    assert row(document, "release-notes")[1:] == ["not in production", "not evaluated", "\u2013", "never", ""]
    assert "4 prompts, 11 versions, 3 in production." in document.text


def test_two_suites_of_one_prompt_are_told_apart() -> None:
    assert row(page(catalog()), "ticket-triage")[2] == "passticket-triageinconclusiveticket-triage-german"


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
    assert "There is no prompt here yet" in document.text
    assert document.one("pre").text.startswith("cuebook new my-prompt")
    assert not document.find("table")


def test_the_verdict_shown_is_that_of_the_live_version() -> None:
    made = FakeCatalog()
    versions = [artifact("one", n, "m", template="x") for n in (1, 2)]
    found = [verdict("one", 1, "pass"), verdict("one", 2, "fail")]
    made.add("one", versions, found, aliases={"production": 1})
    assert row(page(made), "one")[2] == "passone"
    made.add("one", versions, found)
    assert row(page(made), "one")[2] == "failone"

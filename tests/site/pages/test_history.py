from __future__ import annotations

from cuebook.site.pages import Site, history
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog, loosening, move


def page(made: FakeCatalog) -> Element:
    (found,) = history.pages(Site(made, "", "https://git.example.org/p"))
    assert found.path == "history.md"
    return read(found.body)


def test_moves_of_all_prompts_are_there_newest_first() -> None:
    made = FakeCatalog()
    for name, day in (("one", "2026-03-01"), ("two", "2026-03-02")):
        moves = [move("production", None, 1, time=f"{day}T00:00:00+00:00")]
        made.add(name, [artifact(name, 1, "First", template="x")], aliases={"production": 1}, moves=moves)
    items = page(made).one(class_="cb-timeline").find("li")
    assert [item.find("a", class_="cb-ref")[0].text for item in items] == ["two", "one"]
    assert "set to v1" in items[0].text


def test_every_move_has_its_moment_person_commit_state_and_evidence() -> None:
    items = page(catalog()).one(class_="cb-timeline").find("li")
    (found,) = [item for item in items if "moved from v3 to v4" in item.words]
    assert "20 Aug 2026, 15:02 UTC Joon Park 43c0ffee" in found.words
    assert "Fail" in found.words
    assert "Worse than v3" in found.words
    assert found.find("a")[-1].attributes["href"] == "reports/qa-assistant/v4/qa-assistant.html"


def test_a_long_history_says_that_it_is_cut() -> None:
    made = FakeCatalog()
    moves = [move("production", 1, 1)] * (history.SHOWN + 5)
    made.add("one", [artifact("one", 1, "First", template="x")], moves=moves)
    document = page(made)
    assert len(document.one(class_="cb-timeline").find("li")) == history.SHOWN
    assert f"the newest {history.SHOWN} are here" in document.words


def test_what_was_loosened_is_said_with_both_values_and_who_did_it() -> None:
    made = FakeCatalog(settings=[loosening("2026-03-01", code="ceiling", label="max_calls", old=10, new=90)])
    first = artifact("one", 1, "First", template="x")
    made.add("one", [first], loosened=[loosening("2026-03-02", holds=False)])
    items = page(made).one(class_="cb-loosened").find("li")
    assert [item.words.split("3e1a0f00 ")[1] for item in items] == [
        "one floor on exact 60 \N{RIGHTWARDS ARROW} 50 points undone since evals/one/suite.yml",
        "ceiling on max_calls 10 \N{RIGHTWARDS ARROW} 90 evals/one/suite.yml",
    ]
    assert "2 Mar 2026, 00:00 UTC Ada Tester" in items[0].words


def test_without_moves_it_says_where_to_promote() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", 1, "First", template="x")])
    assert "No alias has moved yet" in page(made).words
    assert page(made).one("a", href="prompts/one/index.html").text == "one"

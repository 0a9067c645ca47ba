from __future__ import annotations

import pytest

from cuebook.publish.events import events
from cuebook.shapes.moves import Ending, EndingKind, MoveEvidence
from cuebook.shapes.shares import SplitChange
from cuebook.site.pages import Site, history, prompt
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog, loosening, move


def page(made: FakeCatalog) -> Element:
    (found,) = history.pages(Site(made, "", "https://git.example.org/p"))
    assert found.path == "history.md"
    return read(found.body)


def rows(document: Element) -> list[Element]:
    return [row for row in document.find("table")[0].find("tr") if "data-id" in row.attributes]


def test_moves_of_all_prompts_are_there_by_day_newest_first() -> None:
    made = FakeCatalog()
    for name, day in (("one", "2026-03-01"), ("two", "2026-03-02")):
        moves = [move("production", None, 1, time=f"{day}T00:00:00+00:00")]
        made.add(name, [artifact(name, 1, "First", template="x")], aliases={"production": 1}, moves=moves)
    found = page(made)
    assert [row.find("a", class_="cb-ref")[0].text for row in rows(found)] == ["two", "one"]
    days = [item.text for item in found.find("th") if item.attributes.get("scope") == "rowgroup"]
    assert days == ["2 March 2026", "1 March 2026"]


def test_every_move_has_its_moment_person_commit_state_and_evidence() -> None:
    (found,) = [row for row in rows(page(catalog())) if "v3 \u2192 v4" in row.words]
    assert found.words.startswith("15:02 UTC qa-assistant staging")
    assert "Joon Park, as the commit says" in found.words
    assert "Fail as known today" in found.words
    assert "Worse than v3" in found.words
    assert "reports/qa-assistant/v4/qa-assistant.html" in [a.attributes["href"] for a in found.find("a")]
    assert found.attributes["data-evidence"] == "fail"


def test_a_share_of_units_that_changed_has_its_row() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template="x") for n in (1, 2)], aliases={"production": 1})
    about = {"alias": "production", "version": 1, "author": "Ada", "subject": "Try it", "previous": []}
    about |= {"tries": [{"version": 2, "share": 10}], "commit": "c" * 40, "time": "2026-07-01T00:00:00+00:00"}
    splits = [SplitChange.model_validate(about)]
    made.prompts["one"] = made.prompts["one"].model_copy(update={"splits": splits})
    (found,) = rows(page(made))
    assert "production 10% \u2192 v2 On the version's page Try it Ada, as the commit says" in found.words
    assert (found.attributes["data-kind"], found.attributes["data-alias"]) == ("split", "production")
    assert found.attributes["data-id"] == "split:one@production:ccccccc"


def test_a_move_that_was_written_down_shows_what_was_known_then() -> None:
    made = FakeCatalog()
    key = "0a1b2c3d"
    then = MoveEvidence(
        suite="one",
        outcome="pass",
        headline="Not worse than v0.",
        key=key,
        url=f"api/v1/evaluations/one/1/one.{key}.json",
    )
    told = move("production", None, 1, recorded="2026-06-20T15:05:00Z", known=[then], pull_request=12)
    told = told.model_copy(update={"merged_by": "joon", "approved_by": ["ana"], "state": "pass"})
    made.add("one", [artifact("one", 1, "First", template="x")], moves=[told])
    made.prompts["one"] = made.prompts["one"].model_copy(update={"history": [told]})
    (found,) = rows(page(made))
    assert "as known today" not in found.words
    assert "Not worse than v0." in found.words
    assert "merged by joon, approved by ana" in found.words
    links = [a.attributes["href"] for a in found.find("a")]
    assert links[-3:] == [
        f"reports/one/v1/one/as-of-{key}.html",
        links[-2],
        "https://git.example.org/p/pull/12",
    ]


def test_a_long_history_says_that_it_is_cut() -> None:
    made = FakeCatalog()
    moves = [move("production", 1, 1)] * (history.SHOWN + 5)
    made.add("one", [artifact("one", 1, "First", template="x")], moves=moves)
    document = page(made)
    assert len(rows(document)) == history.SHOWN
    assert f"The newest {history.SHOWN} of {history.SHOWN + 5} entries" in document.words


@pytest.mark.parametrize(
    ("older", "folded", "said"),
    [
        (5, 5, "5 older"),
        (history.WITHOUT_SCRIPTS + 3, history.WITHOUT_SCRIPTS, "200 older; earlier ones are in the CSV"),
    ],
)
def test_without_scripts_the_older_moves_are_there_to_open(older: int, folded: int, said: str) -> None:
    made = FakeCatalog()
    moves = [move("production", 1, 1)] * (history.SHOWN + older)
    made.add("one", [artifact("one", 1, "First", template="x")], moves=moves)
    fold = page(made).one("details", class_="cb-no-script")
    assert fold.find("summary")[0].words == said
    assert len([row for row in fold.find("tr") if "data-id" in row.attributes]) == folded


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
    assert "No alias has moved in a commit yet" in page(made).words
    assert page(made).one("a", href="prompts/one/index.html").text == "one"


def ending(version: int, kind: EndingKind, day: int) -> Ending:
    return Ending(
        version=version,
        kind=kind,
        time=f"2026-03-{day:02}T08:00:00Z",
        author="Ana <a@x>",
        commit=f"{version}c0ffee{version}",
        subject="Named a *person*",
    )


def kinds(found: Element) -> list[str | None]:
    (chosen,) = [item for item in found.find("select") if item.attributes["name"] == "kind"]
    return [option.attributes["value"] for option in chosen.find("option")]


def test_versions_that_were_retired_or_erased_stand_among_the_moves_and_are_found_by_what_happened() -> None:
    made = FakeCatalog()
    moves = [move("production", None, 1, time="2026-03-05T00:00:00+00:00")]
    made.add("one", [artifact("one", 1, "First", template="x")], moves=moves)
    ended = [ending(9, "erased", 9), ending(1, "returned", 7), ending(1, "retired", 3)]
    made.prompts["one"] = made.prompts["one"].model_copy(update={"endings": ended})
    found = page(made)
    assert [row.attributes["data-kind"] for row in rows(found)] == ["erased", "returned", "moved", "retired"]
    assert rows(found)[0].words == (
        "08:00 UTC one erased v9 Needs none Named a *person* Ana, as the commit says 9c0ffee9"
    )
    assert kinds(found) == ["", "moved", "retired", "erased", "returned"]
    assert rows(found)[3].one("a", class_="cb-version").attributes["href"] == "prompts/one/v1.html"


def test_without_endings_there_is_one_kind_only() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", 1, "First", template="x")], moves=[move("production", None, 1)])
    assert kinds(page(made)) == ["", "moved"]


def test_a_prompt_s_own_history_tells_which_versions_ended() -> None:
    made = catalog()
    ended = {"endings": [ending(8, "erased", 8)]}
    made.prompts["qa-assistant"] = made.prompts["qa-assistant"].model_copy(update=ended)
    own = next(one for one in prompt.pages(Site(made)) if one.path == "prompts/qa-assistant/v4.md")
    assert "v8 erased: its text is shown to nobody" in read(own.body).one(id="history").words


def test_a_row_and_the_event_of_the_same_change_have_one_id() -> None:
    """By these the script of the page leaves out what is there; of moves it takes the kind off."""
    made, day = FakeCatalog(), "2026-03-05T00:00:00+00:00"
    made.add("one", [artifact("one", 1, "m", template="x")], moves=[move("production", None, 1, time=day)])
    about = {
        "alias": "production",
        "version": 1,
        "author": "Ada",
        "subject": "x",
        "previous": [],
        "tries": [],
    }
    split = SplitChange.model_validate(about | {"commit": "c" * 40, "time": day})
    more = {"endings": [ending(1, "retired", 3)], "splits": [split]}
    made.prompts["one"] = made.prompts["one"].model_copy(update=more)
    told = {event.id.removeprefix("alias:") for event in events(made.prompts.values())}
    shown = {row.attributes["data-id"] for row in rows(page(made))}
    assert (len(shown), shown <= told) == (3, True)

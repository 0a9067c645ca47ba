"""Long tables: in a registry of 313 prompts, what is seen of a page before one opens anything is bounded."""

from __future__ import annotations

from functools import cache

import pytest

from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.verdict import Override
from cuebook.site.pages import Site, health, history, home
from cuebook.site.pages._parts import ROWS, filter_choice, moment, table, when
from cuebook.site.pages._terms import term
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, loosening, move, verdict

MANY = 313
MOST = 25
"""Rows of a table, or lines of a list."""


@cache
def many() -> Site:
    made = FakeCatalog()
    held = Override(who="@ana", why="Outage", until="2026-12-31")
    for at in range(MANY):
        name, judge = f"p{at:03}", f"judge{at}/1"
        asked = JudgeState(label=judge, ref=judge, digest="d", decides=True, kappa=0.6, lower=0.5, labels=40)
        made.add(
            name,
            [artifact(name, n, "m", template="x") for n in (1, 2)],
            [verdict(name, 2, "inconclusive", judges=[asked], override=held)],
            aliases={"production": 2},
            moves=[move("production", 1, 2)],
            loosened=[loosening("2026-03-02")],
        )
    return Site(made, "", "https://git.example.org/p")


def seen(document: Element, name: str) -> list[Element]:
    """What stands on the page while nothing in it is opened."""
    found: list[Element] = []
    for item in document.inside:
        closed = item.name == "details" and "open" not in item.attributes
        part = item.find("summary")[0] if closed else item
        found += [part] if part.name == name else seen(part, name)
    return found


@pytest.mark.parametrize("page", [home, health, history])
def test_what_is_seen_before_anything_is_opened_is_bounded(page: object) -> None:
    document = read(next(iter(page.pages(many()))).body)  # type: ignore[attr-defined]
    tables = seen(document, "table")
    assert tables
    for part in tables:
        assert len(part.find("tbody")[0].find("tr")) <= MOST
        assert len([row for row in part.find("tr") if row.find("td")]) <= MOST
    for part in [*seen(document, "ol"), *seen(document, "ul")]:
        assert len(seen(part, "li")) <= MOST


@pytest.mark.parametrize(("label", "each"), [("Overrides", 1), ("Judges", 1), ("Suites", 2)])
def test_the_other_rows_are_there_to_open(label: str, each: int) -> None:
    document = read(next(iter(health.pages(many()))).body)
    told = (
        document.one(aria_label=label).find("tr")[1:]
        + document.one(aria_label=f"{label}, continued").find("tr")[1:]
    )
    assert len({row.words for row in told}) == each * MANY
    assert f"{each * MANY - MOST} more" in document.words


def test_every_loosened_rule_is_in_the_history() -> None:
    document = read(next(iter(history.pages(many()))).body)
    assert sum(len(part.find("li")) for part in document.find(class_="cb-loosened")) == MANY


def test_a_row_that_becomes_a_paragraph_has_its_heads_for_labels() -> None:
    made = read(table(["Suite", term("kappa", "Kappa & more")], [["a", "1"]], "T", kind=ROWS))
    first, second = made.find("td")
    assert (first.attributes.get("data-l"), second.attributes["data-l"]) == (None, "Kappa & more")


def test_a_list_of_a_filter_asks_for_any_at_first() -> None:
    made = read(filter_choice("What", "kind", [("move", "moved <here>")])).one("label")
    assert made.one("select").attributes["name"] == "kind"
    assert [(item.attributes["value"], item.text) for item in made.find("option")] == [
        ("", "any"),
        ("move", "moved <here>"),
    ]


@pytest.mark.parametrize("text", ["2026-03-01T23:30:00-05:00", "2026-03-02T04:30:00Z", "2026-03-02T04:30:00"])
def test_a_day_and_a_moment_are_those_of_utc_wherever_it_was_written(text: str) -> None:
    assert read(when(text)).words == "2 Mar 2026"
    assert read(moment(text)).words == "2 Mar 2026, 04:30 UTC"

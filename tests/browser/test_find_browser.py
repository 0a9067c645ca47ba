"""Finding things in a real browser: filters of the front page, and the search over the whole site."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.browsing import MARKS, Watched
from fixtures.built_site import built
from fixtures.site_catalog import PAYLOADS

pytestmark = MARKS


def rows(page: Any) -> list[str]:
    return page.locator(".cb-prompts tbody tr:visible a.cb-ref").all_inner_texts()


EVERY = ["qa-assistant", "ticket-triage", "release-notes", "hostile"]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"words": "SUPPORT queues"}, ["ticket-triage"]),
        ({"words": "@ana"}, ["qa-assistant"]),
        ({"words": "no such words"}, []),
        ({"tag": "support"}, ["qa-assistant", "ticket-triage"]),
        ({"tag": "support", "owner": "@ana"}, ["qa-assistant"]),
        ({"alias": "staging"}, ["qa-assistant"]),
        ({"alias": "not in production"}, ["release-notes"]),
        ({"verdict": "Inconclusive"}, ["ticket-triage"]),
        ({"staged": "Fail"}, ["qa-assistant"]),
        ({"tag": "classification", "verdict": "Pass"}, []),
        ({"words": "friendly SENTENCE"}, ["qa-assistant"]),
        ({"tag": PAYLOADS[0]}, ["hostile"]),
        ({}, EVERY),
    ],
)
def test_filters_narrow_the_list_and_survive_going_back(
    watched: Watched, base: str, chosen: dict[str, str], found: list[str]
) -> None:
    page = watched.page
    page.goto(base)
    for name, value in chosen.items():
        if name == "words":
            page.fill(".cb-find [name=words]", value)
        else:
            page.select_option(f".cb-find [name={name}]", value)
    for _ in range(2):
        page.locator(".cb-find [role=status]").get_by_text(f"{len(found)} of 4 shown").wait_for()
        assert rows(page) == found
        assert page.locator(".cb-no-match").is_visible() == (not found)
        page.goto(f"{base}prompts/qa-assistant/v4.html")
        page.go_back()
    page.reload()
    page.locator(".cb-find [role=status]").get_by_text(f"{len(found)} of 4 shown").wait_for()
    assert rows(page) == found
    if chosen:
        page.click(".cb-clear")
    assert rows(page) == EVERY
    assert page.url == base
    assert page.evaluate("window.__fired ?? null") is None


def test_the_keyboard_alone_filters(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(base)
    page.focus(".cb-find [name=words]")
    page.keyboard.type("triage")
    assert rows(page) == ["ticket-triage"]
    for name in ("tag", "alias", "owner", "verdict", "staged"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == name
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert rows(page) == EVERY
    assert page.evaluate("document.activeElement.name") == "words"


def test_a_tag_leads_to_the_filtered_list(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}prompts/qa-assistant/index.html")
    page.click("header a:has-text('support')")
    page.wait_for_url("**/index.html?tag=support")
    assert rows(page) == ["qa-assistant", "ticket-triage"]


def test_an_address_that_asks_for_what_is_not_there_shows_everything(watched: Watched, base: str) -> None:
    watched.page.goto(f"{base}?tag=%3Cscript%3E&owner=nobody&x=y")
    assert rows(watched.page) == EVERY


def test_without_scripts_every_prompt_is_listed(browser: Any, base: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}?tag=support")
    assert rows(page) == EVERY
    assert not page.locator(".cb-find").is_visible()
    context.close()


def search(page: Any, words: str) -> list[str]:
    """The addresses that the site's search finds."""
    page.locator("input[name=query]").press_sequentially(words)
    # Characters that no key has arrive without a key going up, which is what the search waits for.
    page.keyboard.press("End")
    page.wait_for_selector(".md-search-result__link", state="attached")
    links = page.locator(".md-search-result__link").evaluate_all("all => all.map((a) => a.href)")
    return [link.partition("?")[0] for link in links]


@pytest.mark.parametrize(
    ("kind", "words", "found"),
    [
        ("name", "qa-assistant", "prompts/qa-assistant/index.html"),
        ("title", "sort tickets queues", "prompts/ticket-triage/index.html"),
        ("prompt text", "friendly sentence", "prompts/qa-assistant/v4.html"),
        ("template text", "notes about", "prompts/release-notes/index.html"),
        ("Japanese text", "\u6700\u521d\u306b\u7d50\u8ad6", "prompts/release-notes/index.html"),
        ("variable", "context", "prompts/qa-assistant/index.html"),
        ("mark in angle brackets", "subject", "prompts/ticket-triage/index.html"),
        ("message of an old version", "Ask for the answer", "prompts/qa-assistant/index.html"),
        ("author", "Ana Lima", "prompts/qa-assistant/index.html"),
        ("who promoted", "Joon Park", "prompts/qa-assistant/index.html"),
        ("tag", "extraction", "prompts/qa-assistant/index.html"),
        ("owner", "support-tools", "prompts/ticket-triage/index.html"),
        ("first word of a cell", "Answer", "prompts/qa-assistant/index.html"),
        ("guide", "pull request", "guides/propose.html"),
    ],
)
def test_search_finds(watched: Watched, base: str, kind: str, words: str, found: str) -> None:
    watched.page.goto(base)
    watched.page.click("input[name=query]")
    places = search(watched.page, words)
    assert any(place.partition("#")[0] == base + found for place in places), (kind, places)
    assert not [place for place in places if "-v" in place.rpartition("/")[2] or "/reports/" in place]


def test_words_of_neighbouring_cells_stay_apart_in_the_index() -> None:
    docs = json.loads((built().root / "search/search_index.json").read_bytes())["docs"]
    (text,) = [item["text"] for item in docs if item["location"] == "prompts/qa-assistant/index.html"]
    assert " Ask for the answer " in text
    assert " Joon Park " in text
    assert "breaks callers" not in text, "what changed is no text of the prompt"

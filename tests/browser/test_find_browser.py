"""Finding things in a real browser: filters of the front page, and the search over the whole site."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures.browsing import MARKS, Tab, Watched
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

    def is_narrowed() -> None:
        page.locator(".cb-find [role=status]").get_by_text(f"{len(found)} of 4 shown").wait_for()
        assert rows(page) == found
        assert page.locator(".cb-no-match").is_visible() == (not found)

    is_narrowed()
    page.goto(f"{base}api/v1/index.json")
    page.go_back()
    is_narrowed()
    page.reload()
    is_narrowed()
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


def test_a_phone_shows_one_button_for_the_filters_and_the_order(watched: Watched, base: str) -> None:
    page = watched.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(base)
    fields = page.locator(".cb-find .cb-field:visible")
    assert fields.count() == 1
    page.click(".cb-filters-button")
    assert page.get_attribute(".cb-filters-button", "aria-expanded") == "true"
    assert fields.count() == 7
    page.select_option(".cb-sort-field select", "Prompt, last first")
    assert rows(page) == ["ticket-triage", "release-notes", "qa-assistant", "hostile"]
    assert page.url == f"{base}?sort=-0"
    page.click(".cb-filters-button")
    assert fields.count() == 1
    page.goto(f"{base}?owner=%40ana")
    assert fields.count() == 7
    assert rows(page) == ["qa-assistant"]


def test_a_long_list_stays_short_when_it_is_sorted(watched: Watched, base: str) -> None:
    page = watched.page

    def longer(route: Any) -> None:
        found = route.fetch()
        rest = 'data-pages="index.html" data-all="8" data-rows="3"'
        text = found.text().replace('data-all="4" data-rows="20"', rest)
        route.fulfill(response=found, body=text)

    page.route("**/index.html*", longer)
    page.goto(f"{base}index.html?x=y")
    assert page.inner_text(".cb-find [role=status]") == "The first 3 of 8"
    page.click(".cb-sort >> nth=0")
    page.locator("button:text-is('Show 3 of 5 more')").click()
    assert rows(page) == sorted([*EVERY, *EVERY], reverse=True)[:6]
    assert page.inner_text(".cb-find [role=status]") == "The first 6 of 8"
    page.fill(".cb-find [name=words]", "triage")
    page.locator(".cb-find [role=status]").get_by_text("2 of 8 shown").wait_for()


MOST = """window.most = 0;
addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
    const shown = document.querySelectorAll(".cb-prompts tbody tr:not([hidden])").length;
    window.most = Math.max(window.most, shown);
}).observe(document.querySelector(".cb-prompts"), {childList: true, subtree: true}));"""


def test_rows_that_come_from_other_pages_are_not_shown_before_they_are_asked_for(
    browser: Any, base: str
) -> None:
    page = browser.new_page()  # of its own: a script that begins each page stays with it

    def longer(route: Any) -> None:
        found = route.fetch()
        rest = 'data-pages="index.html" data-all="8" data-rows="4"'
        route.fulfill(response=found, body=found.text().replace('data-all="4" data-rows="20"', rest))

    page.route(lambda url: url.endswith("?sort=-0"), longer)
    page.add_init_script(MOST)
    page.goto(f"{base}?sort=-0")
    page.locator(".cb-find [role=status]:has-text('of 8')").wait_for()
    assert page.evaluate("window.most") == 4
    page.close()


def test_a_tag_leads_to_the_filtered_list(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}prompts/qa-assistant/index.html")
    page.click("header a:has-text('support')")
    page.wait_for_url("**/index.html?tag=support")
    assert rows(page) == ["qa-assistant", "ticket-triage"]


def test_an_address_that_asks_for_what_is_not_there_shows_everything(watched: Watched, base: str) -> None:
    watched.page.goto(f"{base}?tag=%3Cscript%3E&owner=nobody&x=y")
    assert rows(watched.page) == EVERY


def test_without_scripts_every_prompt_is_listed(scriptless: Tab, base: str) -> None:
    page = scriptless.as_new()
    page.goto(f"{base}?tag=support")
    assert rows(page) == EVERY
    assert not page.locator(".cb-find").is_visible()


def search(page: Any, base: str, words: str) -> str:
    """What the search says when somebody types words into the field at the top."""
    page.goto(base)
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/find.html?words=*")
    page.locator("#cb-found:not(:empty)").wait_for()
    return " ".join(page.inner_text("#cb-find").split())


SEARCHES: list[tuple[str, str, list[str]]] = [
    ("name", "qa-assistant", ["qa-assistant"]),
    ("title", "sort tickets queues", ["ticket-triage"]),
    ("text of an old version", "one short phrase", ["qa-assistant"]),
    ("words of one version in two lines", "friendly supports", ["qa-assistant"]),
    ("words that no version has together", "friendly phrase", []),
    ("template text", "notes about", ["release-notes"]),
    ("Japanese words without spaces", "\u7d50\u8ad6\u3092\u66f8", ["release-notes"]),
    ("variable", "context passage say", ["qa-assistant"]),
    ("mark in angle brackets", "<subject>", ["ticket-triage"]),
    ("message of an old version", "Ask for the answer", ["qa-assistant"]),
    ("author", "Ana Lima extraction", ["qa-assistant"]),
    ("who promoted", "Joon Park @ana", ["qa-assistant"]),
    ("owner", "support-tools classification", ["ticket-triage"]),
    ("nothing", "zebra passage", []),
]


def test_search_finds(watched: Watched, base: str) -> None:
    page, names = watched.page, dict[str, list[str]]()
    page.goto(f"{base}find.html")
    for kind, words, _ in SEARCHES:
        page.fill(".cb-find-texts input", words)
        page.wait_for_url(lambda url, words=words: parse_qs(urlsplit(url).query).get("words") == [words])
        page.locator("#cb-found:not(:empty)").wait_for()
        names[kind] = page.locator(".cb-hit h2 a").all_inner_texts()
    assert names == {kind: found for kind, _, found in SEARCHES}


@pytest.mark.parametrize("kind", ["Japanese words without spaces", "mark in angle brackets"])
def test_search_finds_what_is_typed_on_any_page(watched: Watched, base: str, kind: str) -> None:
    words, found = next((words, found) for name, words, found in SEARCHES if name == kind)
    search(watched.page, base, words)
    assert watched.page.locator(".cb-hit h2 a").all_inner_texts() == found


def test_a_found_line_says_which_versions_have_it_and_which_are_retired(watched: Watched, base: str) -> None:
    said = search(watched.page, base, "the passage questions")
    assert "You answer questions about a passage." in said
    assert "v1 retired" in said
    assert "v3 production" in said
    marks = watched.page.locator(".cb-line mark").all_inner_texts()
    assert {word.lower() for word in marks} <= {"the", "passage", "questions"}
    named = watched.page.locator(".cb-lines-found a.cb-version").all_inner_texts()
    assert "Fail: v4" in [" ".join(name.split()) for name in named]
    looks = "getComputedStyle(document.querySelector('.cb-line mark')).textDecorationLine"
    assert watched.page.evaluate(looks) == "none", "a word that was found is no mistake"
    watched.page.click(".cb-lines-found a.cb-version:has-text('v1')")
    watched.page.wait_for_url("**/prompts/qa-assistant/v1.html#text")


def test_what_is_said_about_a_prompt_is_shown_where_it_has_the_word(watched: Watched, base: str) -> None:
    search(watched.page, base, "support-tools classification")
    about = watched.page.locator(".cb-hit > .cb-sub mark").all_inner_texts()
    assert {"support-tools", "classification"} <= set(about)


def test_search_finds_guides(watched: Watched, base: str) -> None:
    assert "of guides" in search(watched.page, base, "pull request")
    links = watched.page.locator(".cb-lines-found li > a").evaluate_all("all => all.map((a) => a.href)")
    assert any(link.startswith(f"{base}guides/") for link in links)


def test_a_search_in_the_address_is_made_at_once(watched: Watched, base: str) -> None:
    watched.page.goto(f"{base}find.html?words=friendly+sentence")
    watched.page.locator(".cb-hit h2 a:text-is('qa-assistant')").wait_for()

"""Any two versions compared in a real browser."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from cuebook.registry import diff
from cuebook.wording.differences import describe
from cuebook.wording.glossary import GLOSSARY
from cuebook.wording.headline import headline
from fixtures.browsing import MARKS, Watched
from fixtures.built_site import built
from fixtures.reading import shown
from fixtures.site_catalog import NASTY

pytestmark = MARKS


@pytest.fixture
def page(watched: Watched) -> Any:
    return watched.page


def start(page: Any, base: str, query: str) -> None:
    page.goto(f"{base}compare.html{query}")
    page.wait_for_selector("#cb-changes *")


def ends(page: Any) -> list[str]:
    return page.locator("#cb-said .cb-end .cb-version").all_inner_texts()


def sentences(page: Any) -> list[str]:
    return page.locator("#cb-changes li > span:last-child").all_inner_texts()


def test_any_pair_says_what_the_command_line_says(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=1&b=4")
    old, new = (built().catalog.version("qa-assistant", n) for n in (1, 4))
    assert sentences(page) == [describe(change) for change in diff.compare(old, new)]
    assert page.locator("#cb-changes .cb-chip-breaking").count() == 1
    assert "1 change may break apps" in page.inner_text("#cb-said")


def test_it_opens_on_a_prompt_and_lists_judges_last(page: Any, base: str) -> None:
    def with_a_judge(route: Any) -> None:
        index = route.fetch().json()
        first = index["prompts"][0]
        route.fulfill(json=index | {"prompts": [first | {"kind": "judge"}, *index["prompts"][1:]]})

    page.route("**/api/v1/index.json", with_a_judge)
    start(page, base, "")
    names = [entry.name for entry in built().catalog.index.prompts]
    listed = page.eval_on_selector_all("#cb-a-prompt option", "all => all.map((one) => one.value)")
    assert [page.input_value("#cb-a-prompt"), *listed] == [names[1], *names[1:], names[0]]


def test_choosing_changes_the_address_and_swapping_turns_it_round(page: Any, base: str) -> None:
    page.goto(f"{base}prompts/qa-assistant/index.html")
    page.click("a.cb-button:has-text('Compare')")
    page.wait_for_selector("#cb-changes li")
    assert "compare.html?prompt=qa-assistant&a=" in page.url
    page.select_option("#cb-a-version", "2")
    page.select_option("#cb-b-version", "4")
    page.wait_for_url("**/compare.html?prompt=qa-assistant&a=2&b=4")
    page.click("#cb-swap")
    page.wait_for_url("**/compare.html?prompt=qa-assistant&a=4&b=2")
    page.wait_for_selector("#cb-said .cb-end:first-child:has-text('v4')")
    assert ends(page) == ["v4", "v2"]
    assert page.get_attribute("#cb-said .cb-ends a", "href") == "prompts/qa-assistant/v4.html"
    page.reload()
    page.wait_for_selector("#cb-said .cb-end:first-child:has-text('v4')")
    assert ends(page) == ["v4", "v2"]


def test_words_of_the_glossary_are_explained_where_they_are_first_drawn(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=1&b=4")
    page.locator("#cb-both tbody tr").first.wait_for()
    titles = page.eval_on_selector_all("#cb-shown abbr", "all => all.map((one) => one.title)")
    wanted = [f"{word}: {GLOSSARY[word]}" for word in ("breaks callers", "may change answers", "protected")]
    assert [titles.count(title) for title in wanted] == [1, 1, 1]


def test_each_end_says_once_what_it_is_and_what_is_known_of_it(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=3&b=4")
    said = [" ".join(text.split()) for text in page.locator("#cb-said .cb-end").all_inner_texts()]
    index = built().catalog.prompt("qa-assistant")
    for words, number in zip(said, (3, 4), strict=True):
        entry = next(one for one in index.versions if one.version == number)
        assert words.startswith(f"v{number} ")
        assert f"against v{number - 1}" in words
        assert entry.message in words
    assert "production" in said[0]
    assert said[1].endswith("Propose a version from v4")


def test_one_prompt_is_chosen_for_both_until_another_is_asked_for(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=3&b=4")
    assert not page.locator("#cb-b-prompt").is_visible()
    page.select_option("#cb-a-prompt", "release-notes")
    page.wait_for_url("**/compare.html?prompt=release-notes&a=1&b=2")
    page.click("#cb-another")
    page.select_option("#cb-b-prompt", "qa-assistant")
    page.wait_for_url("**&with=qa-assistant")
    page.select_option("#cb-a-prompt", "ticket-triage")
    page.wait_for_url("**prompt=ticket-triage**&with=qa-assistant")


def test_versions_of_two_prompts(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=1&with=ticket-triage&b=2")
    assert ends(page) == ["qa-assistant v1", "ticket-triage v2"]
    assert page.locator("#cb-b-prompt").is_visible()
    old, new = built().catalog.version("qa-assistant", 1), built().catalog.version("ticket-triage", 2)
    assert len(sentences(page)) == len(diff.compare(old, new))
    page.click("label:has-text('Inputs and settings')")
    rows = {
        row.split("\t")[0]: row.split("\t")[1:] for row in page.locator("#cb-data tbody tr").all_inner_texts()
    }
    assert rows["inputs.subject"] == ["\u2013", '{"type": "string"}', "breaks callers"]
    assert rows["responseFormat"] == ["text", "json_schema", "breaks callers"]
    assert rows["model"] == ["offline/rules", "offline/rules", "same"]


def _answer(version: Any, route: Any) -> None:
    route.fulfill(json=version)


def test_tools_are_compared_with_their_parameters(page: Any, base: str) -> None:
    for number, kind in ((1, "string"), (2, "integer")):
        path = f"api/v1/prompts/qa-assistant/versions/{number}.json"
        version = json.loads((built().root / path).read_text("utf-8"))
        look = {"name": "look", "parameters": {"properties": {"id": {"type": kind}}, "required": ["id"]}}
        version |= {"tools": [look], "toolChoice": {"name": "look"}}
        page.route(f"**/{path}", partial(_answer, version))
    start(page, base, "?prompt=qa-assistant&a=1&b=2")
    assert "tool parameter look.id was string and is integer" in sentences(page)
    page.click("label:has-text('Inputs and settings')")
    rows = [row.split("\t") for row in page.locator("#cb-data tbody tr").all_inner_texts()]
    shown = [row for row in rows if row[0].startswith("tool")]
    assert shown == [
        ["tools.look", "not described", "not described", "same"],
        ["tools.look.id", "string, required", "integer, required", "breaks callers"],
        ["toolChoice", '{"name": "look"}', '{"name": "look"}', "same"],
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["v3", "v4"]),
        ("?prompt=nothing&a=9&b=x", ["v3", "v4"]),
        ("?prompt=release-notes", ["v1", "v2"]),
        ("?prompt=qa-assistant&a=4&b=4", ["v4", "v4"]),
    ],
)
def test_what_is_not_said_is_chosen_sensibly(page: Any, base: str, query: str, found: list[str]) -> None:
    start(page, base, query)
    assert ends(page) == found


def test_the_same_version_twice_says_so(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=4&b=4")
    assert page.inner_text("#cb-changes") == "Nothing that changes behaviour."
    assert page.inner_text("#cb-inline") == "The texts are the same."


def test_hostile_text_is_shown_to_the_last_character_and_fires_nothing(page: Any, base: str) -> None:
    start(page, base, "?prompt=hostile&a=1&with=qa-assistant&b=3")
    left = page.eval_on_selector_all(
        "#cb-sides .cb-message",
        """all => all.map((item) => [...item.querySelectorAll('td:first-child.cb-l')].map((cell) => {
            const copy = cell.cloneNode(true);
            copy.querySelectorAll('.cb-hidden, [aria-hidden]').forEach((one) => one.remove());
            return copy.textContent;
        }).join('\\n'))""",
    )
    assert shown(NASTY) in left
    start(page, base, "?prompt=hostile&a=1&b=3")
    for at in range(3):
        page.click(f"label[for=view-{at}]")
    assert page.evaluate("window.__fired ?? null") is None
    assert not page.query_selector_all(".cb script, .cb img, .cb iframe, .cb form, .cb [style]")


def test_a_phone_never_scrolls_sideways(page: Any, base: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for query in ("?prompt=qa-assistant&a=1&b=4", "?prompt=hostile&a=1&b=3"):
        start(page, base, query)
        for at in range(3):
            page.click(f"label[for=view-{at}]")
            assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_version_that_cannot_be_read_is_said(page: Any, base: str, watched: Watched) -> None:
    page.route("**/versions/4.json", lambda route: route.fulfill(body="<html>"))
    page.goto(f"{base}compare.html?prompt=qa-assistant&a=1&b=4")
    page.wait_for_selector("#cb-said [role=alert]")
    assert "versions/4.json cannot be used here" in page.inner_text("#cb-said")
    assert not page.locator("#cb-shown").is_visible()
    watched.wrong.clear()


def test_two_versions_that_were_measured_show_verdict_numbers_and_cases_of_the_report(
    page: Any, base: str
) -> None:
    start(page, base, "?prompt=qa-assistant&a=3&b=4")
    page.locator("#cb-verdict .cb-say").wait_for()
    verdict = built().catalog.verdict("qa-assistant", 4, "qa-assistant")
    assert headline(verdict) in page.inner_text("#cb-verdict")
    assert "112 of 160 cases" in page.inner_text("#cb-verdict")
    numbers = page.inner_text("#cb-results").split()
    cases = page.locator("#cb-both article.cb-case").count()
    assert cases == 3
    page.click("#cb-verdict a:text-is('Open the report')")
    page.wait_for_url("**/reports/qa-assistant/v4/qa-assistant.html")
    whole = page.inner_text("#numbers").split()
    assert {"\u22127.0", "\u221213.2"} <= set(numbers) <= set(whole)


def test_the_order_of_the_two_changes_no_number(page: Any, base: str) -> None:
    said = []
    for query in ("?prompt=qa-assistant&a=3&b=4", "?prompt=qa-assistant&a=4&b=3"):
        start(page, base, query)
        page.locator("#cb-verdict .cb-say").wait_for()
        said.append((page.inner_text("#cb-verdict"), page.inner_text("#cb-results")))
    assert said[0] == said[1]


def test_two_versions_that_were_never_measured_say_so_and_what_is_known(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=2&b=4")
    page.locator("#cb-verdict .cb-say").wait_for()
    said = page.inner_text("#cb-verdict")
    assert "v2 and v4 were never measured against each other" in said
    steps = page.locator("#cb-verdict .cb-chain a").all_inner_texts()
    assert [step.strip() for step in steps] == ["v2 against v1", "v3 against v2", "v4 against v3"]
    assert "cuebook gate qa-assistant/4 --against 2" in said
    assert "no mean is shown" in page.inner_text("#cb-results")
    assert page.locator("#cb-both tbody tr").count() == 3
    assert not page.locator("#cb-results svg").count()


def test_versions_of_two_prompts_have_no_results(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&a=1&with=ticket-triage&b=2")
    page.locator("#cb-results:has-text('not measured against each other')").wait_for()
    assert page.inner_text("#cb-verdict") == ""

"""The log of moves in a real browser: filters, what was live at a moment, moves that the page leaves out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fixtures.browsing import MARKS, Tab, Watched

pytestmark = MARKS


def shown(page: Any) -> list[str]:
    return page.locator(".cb-log tr[data-id]:visible").evaluate_all("all => all.map((row) => row.dataset.id)")


def open_log(page: Any, base: str, query: str = "") -> None:
    page.goto(f"{base}history.html{query}")
    page.locator(".cb-log ~ #cb-log-more").wait_for(state="attached")
    page.locator(".cb-find [role=status]:has-text('entr')").wait_for()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?alias=staging", ["qa-assistant@staging:43c0ffe"]),
        ("?evidence=fail", ["qa-assistant@staging:43c0ffe"]),
        (
            "?owner=%40ana&alias=production",
            ["qa-assistant@production:32c0ffe", "qa-assistant@production:20c0ffe"],
        ),
        ("?words=TICKET+joon", ["ticket-triage@production:21c0ffe"]),
        ("?kind=retired", ["retired:qa-assistant/1:51c0ffe"]),
        ("?words=nothing+of+this", []),
        ("?owner=%3Cscript%3E&words=TICKET+joon", ["ticket-triage@production:21c0ffe"]),
    ],
)
def test_a_filter_stands_in_the_address(watched: Watched, base: str, query: str, found: list[str]) -> None:
    open_log(watched.page, base, query)
    assert shown(watched.page) == found


def test_what_was_live_at_a_moment_is_told_for_each_alias(watched: Watched, base: str) -> None:
    page = watched.page
    open_log(page, base, "?at=2026-12-31T00:00")
    page.locator(".cb-was").first.wait_for()
    said = page.locator("#cb-live-then .cb-row").all_inner_texts()
    assert [" ".join(line.split()) for line in said] == [
        "production hostile v1 Not evaluated qa-assistant v3 Pass ticket-triage v2 Inconclusive",
        "staging qa-assistant v4 Fail",
    ]
    assert page.locator("#cb-live-then p").all_inner_texts() == ["retired qa-assistant v1"]
    page.fill("[name=at]", "2026-06-21T09:59")
    page.locator("#cb-live-then p").wait_for(state="detached")
    page.fill("[name=at]", "2020-01-01T00:00")
    page.locator("#cb-live-then:has-text('No alias')").wait_for()
    page.wait_for_url("**/history.html?at=2020-01-01T00%3A00")


def test_a_version_that_was_erased_since_has_no_link(watched: Watched, base: str) -> None:
    page = watched.page

    def erase(route: Any) -> None:
        found = route.fetch()
        told = found.json()
        gone = next(one for one in told["events"] if one["kind"] == "version-retired")
        gone = gone | {"kind": "version-erased", "version": 2, "time": "2026-12-01T00:00:00Z"}
        route.fulfill(response=found, json=told | {"events": [gone, *told["events"]]})

    page.route("**/api/v1/events.json*", erase)
    open_log(page, base, "?at=2026-07-01T00:00")
    page.locator("#cb-live-then .cb-was").first.wait_for()
    was = page.locator("#cb-live-then .cb-was")
    assert was.evaluate_all(
        "all => all.map((one) => [one.textContent.includes('qa-assistant v2'), one.tagName])"
    ) == [
        [False, "A"],
        [True, "SPAN"],
        [False, "A"],
    ]


def test_what_was_found_is_counted(watched: Watched, base: str) -> None:
    open_log(watched.page, base, "?owner=%40ana")
    said = watched.page.inner_text(".cb-find [role=status]")
    assert said == "4 entries: 2 pass, 1 fail, 1 retired"


def test_moves_that_the_page_leaves_out_come_from_the_events(watched: Watched, base: str) -> None:
    page = watched.page
    open_log(page, base)
    whole = {
        one: page.locator(f"[data-id='{one}']").inner_text() for one in shown(page) if "hostile" not in one
    }

    def cut(route: Any) -> None:
        found = route.fetch()
        text = re.sub(
            r'<tr [^>]*data-id="(?:retired:)?(?:qa|ticket).*?</tr>', "", found.text(), flags=re.DOTALL
        )
        route.fulfill(response=found, body=text)

    page.route("**/history.html*", cut)
    open_log(page, base)
    assert "The newest 2 of 7 entries" in page.inner_text(".cb-find [role=status]")
    open_log(page, base, "?words=passage")
    page.fill(".cb-find [name=words]", "")
    page.locator("[data-id='qa-assistant@staging:43c0ffe']").wait_for()
    for one, words in whole.items():
        assert sorted(page.locator(f"[data-id='{one}']").inner_text().split()) == sorted(words.split())


def test_without_scripts_the_moves_are_there_by_day(scriptless: Tab, base: str) -> None:
    page = scriptless.as_new()
    page.goto(f"{base}history.html?alias=staging")
    assert len(shown(page)) > 4
    assert page.locator(".cb-day").first.is_visible()
    assert not page.locator(".cb-asof").is_visible()

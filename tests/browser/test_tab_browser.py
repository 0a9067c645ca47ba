"""A page that tests take one after the other: nothing of one is left for the next."""

from __future__ import annotations

import pytest

from fixtures.browsing import MARKS, Tab

pytestmark = MARKS
STATE = """() => [localStorage.length, sessionStorage.length, innerWidth, innerHeight,
    matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('print').matches]"""
NEW = [0, 0, 1280, 720, False, False]


def test_nothing_of_a_test_is_left_for_the_next(tab: Tab, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = f"{base}api/v1/index.json"
    page = tab.as_new()
    page.goto(file)
    assert page.evaluate(STATE) == NEW
    page.evaluate("() => { localStorage.a = 1; sessionStorage.b = 2; window.open('about:blank'); }")
    page.emulate_media(color_scheme="dark", media="print")
    page.set_viewport_size({"width": 300, "height": 200})
    page.route("**/*.json", lambda route: route.fulfill(body="replaced"))
    monkeypatch.setattr(page.context, "new_cdp_session", None)  # none more is left open by each test
    again = tab.as_new()
    assert again is page
    assert page.goto(file).text() != "replaced"
    assert page.evaluate(STATE) == NEW
    assert len(page.context.pages) == 1


def test_a_page_that_is_gone_is_replaced(tab: Tab, base: str) -> None:
    page = tab.as_new()
    page.close()
    again = tab.as_new()
    assert again is not page
    again.goto(base)

"""The built site in a real browser: nothing hostile runs, nothing leaves the host, everything works."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cuebook import site
from fixtures.built_site import built
from fixtures.reading import shown
from fixtures.site_catalog import NASTY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: no browser tests"
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine: NO PAGE WAS LOOKED AT"),
]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REPORT = "reports/qa-assistant/v4/qa-assistant.html"
KINDS = [
    "index.html",
    "prompts/qa-assistant/index.html",
    "prompts/qa-assistant/v4.html",
    "prompts/qa-assistant/v3-v4.html",
    REPORT,
    "guides/propose.html",
    "404.html",
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site, served below a folder as project pages are."""
    root = tmp_path_factory.mktemp("host")
    (root / "index.html").write_text("")
    (root / "team").symlink_to(built().root)
    running = site.server(root, 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}/team/"
    running.shutdown()
    running.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Watched:
    """A page, and everything about it that must not happen."""

    page: playwright.Page
    wrong: list[str] = field(default_factory=list)


@pytest.fixture
def watched(browser: playwright.Browser, base: str) -> Iterator[Watched]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    found = Watched(page)
    page.on(
        "request", lambda call: call.url.startswith((base, "data:", "blob:")) or found.wrong.append(call.url)
    )
    page.on("console", lambda said: said.type in {"error", "warning"} and found.wrong.append(said.text))
    page.on("pageerror", lambda error: found.wrong.append(str(error)))
    page.on("dialog", lambda dialog: (found.wrong.append("dialog"), dialog.dismiss()))
    yield found
    context.close()
    assert found.wrong == []


def test_no_page_runs_foreign_code_or_asks_another_host(watched: Watched, base: str) -> None:
    attacked = built().root.glob("*/hostile/**/*.html")
    for name in [*KINDS, *(path.relative_to(built().root).as_posix() for path in attacked)]:
        watched.page.goto(base + name)
        state = watched.page.evaluate(
            """() => ({
                fired: window.__fired ?? null,
                handlers: [...document.querySelectorAll('*')]
                    .flatMap((e) => e.getAttributeNames()).filter((name) => name.startsWith('on')),
                strange: document.querySelectorAll(
                    '.cb [style], .cb script, .cb iframe, .cb img, .cb form, base').length,
            })"""
        )
        assert state == {"fired": None, "handlers": [], "strange": 0}, name


def test_hostile_text_is_shown_to_the_last_character(watched: Watched, base: str) -> None:
    watched.page.goto(f"{base}prompts/hostile/v2.html")
    texts = watched.page.eval_on_selector_all("pre.cb-text", "all => all.map((item) => item.textContent)")
    assert texts == [shown(f"2{NASTY}"), shown(NASTY)]


def test_hostile_pages_stay_quiet_under_the_hands_of_a_reader(watched: Watched, base: str) -> None:
    page = watched.page
    for name in ("prompts/hostile/v3.html", "prompts/hostile/index.html", "reports/hostile/v3/hostile.html"):
        page.goto(base + name)
        page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
        page.evaluate(
            """() => document.querySelectorAll('.cb *').forEach((item) => {
                for (const kind of ['mouseover', 'focus', 'toggle', 'load', 'error'])
                    item.dispatchEvent(new Event(kind));
            })"""
        )
        page.keyboard.press("Tab")
        assert page.evaluate("window.__fired ?? null") is None
        assert page.url == base + name


def test_search_works_and_shows_hostile_text_as_text(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(base)
    page.click("input[name=query]")
    page.keyboard.type("passage")
    page.wait_for_selector(".md-search-result__item a[href*='qa-assistant']")
    page.fill("input[name=query]", "")
    page.keyboard.type("leading")
    page.wait_for_selector(".md-search-result__item a[href*='hostile']")
    assert page.evaluate("window.__fired ?? null") is None
    assert not page.query_selector_all(".md-search-result script, .md-search-result img")


def test_light_and_dark(watched: Watched, base: str) -> None:
    page = watched.page
    page.emulate_media(color_scheme="dark")
    page.goto(base)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 28)"
    page.click("label[title='Switch to light']")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("filter_name", ["broken", "fixed", "protected", "failed"])
def test_case_filters(watched: Watched, base: str, filter_name: str) -> None:
    page = watched.page
    page.goto(base + REPORT)
    button = page.locator(f"[data-filter={filter_name}]")
    button.click()
    count = int(button.locator(".cb-count").inner_text())
    assert page.locator("[data-change]:visible").count() == count > 0
    assert page.locator("#cb-shown").inner_text() == f"{count} of 40 cases shown."
    assert button.get_attribute("aria-pressed") == "true"
    page.click("[data-filter=all]")
    assert page.locator("[data-change]:visible").count() == 40


def test_a_link_to_a_case_opens_it(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}{REPORT}#case-qa-014")
    assert page.locator("#case-qa-014 .cb-answers").is_visible()
    page.goto(base + REPORT)
    assert not page.locator("#case-qa-014 .cb-answers").is_visible()
    page.click("a[href='#case-qa-004']")
    assert page.locator("#case-qa-004 .cb-answers").is_visible()


def test_copying_gives_the_exact_text(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}prompts/hostile/v2.html")
    page.locator(".cb-copy").nth(1).click()
    page.wait_for_selector("text=Copied")
    # Some systems' clipboards rewrite line ends; nothing else may differ.
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n").replace("\r", "\n")
    assert copied == shown(NASTY).replace("\r\n", "\n").replace("\r", "\n")


def test_prompts_can_be_filtered(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(base)
    page.fill(".cb-filter", "SUPPORT queues")
    assert page.locator(".cb-prompts tbody tr:visible").count() == 1
    page.fill(".cb-filter", "")
    assert page.locator(".cb-prompts tbody tr:visible").count() == 4


def test_a_diff_side_by_side(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}prompts/qa-assistant/v3-v4.html")
    assert page.locator(".cb-diff").first.is_visible()
    page.click("text=Side by side")
    assert page.locator(".cb-sides").first.is_visible()
    assert not page.locator(".cb-diff").first.is_visible()


@pytest.mark.parametrize("name", KINDS)
def test_a_phone_never_scrolls_sideways(browser: playwright.Browser, base: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(base + name)
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.close()


def test_without_scripts_everything_can_be_read(browser: playwright.Browser, base: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + REPORT)
    assert not page.locator(".cb-filters").is_visible()
    assert page.locator("details.cb-case").count() == 18
    assert page.locator("[data-change=broken] .cb-answers").first.is_visible()
    page.goto(f"{base}prompts/qa-assistant/v4.html")
    page.click("label:has-text('curl')")
    assert page.locator("pre:has-text('curl -fsS')").is_visible()
    context.close()


def test_pages_open_from_a_folder_on_disk(browser: playwright.Browser) -> None:
    page = browser.new_page(viewport={"width": 1360, "height": 900})
    page.goto((Path(built().root) / "index.html").as_uri())
    page.click(".cb-prompts a:has-text('qa-assistant')")
    page.wait_for_selector(".cb-card")
    assert page.url.endswith("/prompts/qa-assistant/index.html")
    assert page.evaluate("getComputedStyle(document.querySelector('.cb-card')).borderTopStyle") == "solid"
    page.close()

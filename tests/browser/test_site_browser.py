"""The built site in a real browser: nothing hostile runs, nothing leaves the host, everything works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from fixtures.browsing import MARKS, Tab, Watched
from fixtures.built_site import built
from fixtures.reading import shown
from fixtures.site_catalog import NASTY

pytestmark = MARKS
REPORT = "reports/qa-assistant/v4/qa-assistant.html"
KINDS = [
    "index.html",
    "prompts/qa-assistant/index.html",
    "prompts/qa-assistant/v4.html",
    "prompts/qa-assistant/v3-v4.html",
    REPORT,
    "reports/qa-assistant/v4/qa-assistant/cases.html",
    "guides/propose.html",
    "404.html",
]


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


ENDS = """(css) => {
    const item = document.querySelector(css);
    const was = item.closest('[hidden], details:not([open]), .cb-leaf');
    if (was) { was.open = true; was.style.display = 'block'; }
    item.innerHTML = '\u0623\u062c\u0628 \u0639\u0646 <del>v2</del> <ins>v3</ins>, \u0644\u0627 24.';
    const range = document.createRange();
    const at = (node, from) => {
        range.setStart(node, from);
        range.setEnd(node, from + 1);
        return range.getBoundingClientRect().left;
    };
    return [at(item.firstChild, 0), at(item.lastChild, item.lastChild.length - 1)];
}"""


@pytest.mark.parametrize(
    ("name", "css"),
    [
        ("prompts/qa-assistant/v4.html", "pre.cb-text"),
        ("prompts/qa-assistant/v4.html#changes", "#changes .cb-l"),
        (REPORT, "pre.cb-answer"),
    ],
)
def test_a_line_that_begins_with_arabic_goes_from_right_to_left(
    watched: Watched, base: str, name: str, css: str
) -> None:
    watched.page.goto(base + name)
    first, last = watched.page.evaluate(ENDS, css)
    assert last < first - 40


def test_light_and_dark(watched: Watched, base: str) -> None:
    page = watched.page
    page.emulate_media(color_scheme="dark")
    page.goto(base)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 28)"
    page.click("label[title='Switch to light']")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


CASES = "reports/qa-assistant/v4/qa-assistant/cases.html"


def test_every_filter_shows_as_many_cases_as_it_says(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(base + CASES)
    kinds = ["broken", "fixed", "protected", "failed", "mixed", "same"]
    counts = {kind: page.locator(f".cb-case-{kind}").count() for kind in kinds}
    for kind in kinds:
        button = page.locator(f"[data-kind={kind}]")
        if not button.count():
            assert not counts[kind], kind
            continue
        button.click()
        page.wait_for_url(f"**c={kind}**")
        count = int(button.locator(".cb-count").inner_text())
        page.locator("#cb-shown").get_by_text(f"{count} of 40 cases shown.").wait_for()
        assert page.locator("details.cb-case[id]").count() == count > 0, kind


def test_what_is_asked_of_the_cases_stands_in_the_address(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(base + CASES)
    static = page.locator("details.cb-case[id]").evaluate_all("all => all.map((item) => item.id)")
    page.fill(".cb-case-controls [name=words]", "carbon filter")
    page.locator("#cb-shown").get_by_text("10 of 40 cases shown.").wait_for()
    page.select_option("[name=sort]", "id")
    page.wait_for_url("**sort=id**")
    page.reload()
    page.locator("#cb-shown").get_by_text("10 of 40 cases shown.").wait_for()
    assert page.locator("details.cb-case[id]").first.get_attribute("id") == "case-qa-000"
    page.fill(".cb-case-controls [name=words]", "")
    page.select_option("[name=sort]", "")
    page.locator("#cb-shown").get_by_text("40 of 40 cases shown.").wait_for()
    drawn = page.locator("details.cb-case[id]").evaluate_all("all => all.map((item) => item.id)")
    assert drawn == static


def test_a_filter_fetches_the_rows_alone_an_opened_case_its_part_and_a_search_the_rest(
    watched: Watched, base: str
) -> None:
    page, fetched = watched.page, list[str]()
    page.on("request", lambda call: fetched.append(call.url.rsplit("/", 1)[-1].partition("?")[0]))
    data = lambda: sorted(name for name in fetched if name.endswith(".json"))  # noqa: E731
    page.goto(base + CASES)
    page.click("[data-kind=broken]")
    page.locator("#cb-shown").get_by_text("4 of 40 cases shown.").wait_for()
    assert data() == ["cases.json"]
    assert page.locator("details.cb-case[id] abbr").all_inner_texts()[-1] == "Broken"
    page.locator("details.cb-case[id] > summary").first.click()
    page.locator(".cb-case-answers").wait_for()
    page.click("[data-kind=all]")
    cases = built().catalog.verdict("qa-assistant", 4, "qa-assistant").cases
    told = sum("eight weeks" in case.inputs["context"] for case in cases)
    page.fill(".cb-case-controls [name=words]", "eight weeks")  # of a passage, which no row shows
    page.locator("#cb-shown").get_by_text(f"{told} of 40 cases shown.").wait_for()
    assert data() == ["cases-0.json", "cases.json"]


def test_other_scores_stand_in_the_rows_when_chosen(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(base + CASES)
    page.select_option("[name=scores]", "judge-correctness/2")
    page.locator("#cb-shown").get_by_text("40 of 40 cases shown.").wait_for()
    assert "scores=judge-correctness%2F2" in page.url
    assert page.locator("#cb-case-heads .cb-num").all_inner_texts() == ["judge-correctness/2"]
    assert page.locator("details.cb-case >> nth=0").locator(".cb-num").count() == 1


def test_a_case_reads_the_same_with_and_without_the_script(watched: Watched, base: str) -> None:
    page = watched.page
    texts = r"""() => [...document.querySelectorAll('details.cb-case[id]')].map((item) => {
        item.open = true;
        const words = (one) => one.textContent.replace(/\s+/g, ' ').trim();
        return [':scope > summary', 'dt', '.cb-answer', '.cb-why', '.cb-table td'].map(
            (css) => [...item.querySelectorAll(css)].map(words));
    })"""
    page.goto(base + CASES)
    static = page.evaluate(texts)
    page.goto(f"{base}{CASES}?words=carbon")
    page.locator("#cb-shown").get_by_text("10 of 40 cases shown.").wait_for()
    page.fill(".cb-case-controls [name=words]", "")
    page.locator("#cb-shown").get_by_text("40 of 40 cases shown.").wait_for()
    page.evaluate("document.querySelectorAll('details.cb-case[id]').forEach((item) => { item.open = true; })")
    page.locator(".cb-case-asked").nth(39).wait_for()
    assert page.evaluate(texts) == static


def test_a_link_to_a_case_opens_it_wherever_cases_once_were(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}{CASES}#case-qa-014")
    page.locator("#case-qa-014 .cb-case-answers").wait_for()
    page.goto(f"{base}{REPORT}#case-qa-031")
    page.locator("#case-qa-031 .cb-case-answers").wait_for()
    assert page.url == f"{base}{CASES}#case-qa-031"


def test_copying_gives_the_exact_text(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}prompts/hostile/v2.html")
    page.locator(".cb-code:visible, .cb-text:visible").first.wait_for()
    page.locator("#text .cb-copy:visible").nth(1).click()
    page.wait_for_selector("text=Copied")
    # Some systems' clipboards rewrite line ends; nothing else may differ.
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n").replace("\r", "\n")
    assert copied == shown(NASTY).replace("\r\n", "\n").replace("\r", "\n")


def test_code_of_a_guide_is_copied(watched: Watched, base: str) -> None:
    page = watched.page
    page.goto(f"{base}guides/github.html")
    page.locator(".highlight .cb-copy").first.click()
    page.wait_for_selector("text=Copied")
    said = page.locator(".highlight pre").first.text_content().strip()
    assert page.evaluate("navigator.clipboard.readText()").strip() == said != ""


@pytest.mark.parametrize("scripts", [True, False])
def test_the_address_says_which_pane_is_open(tab: Tab, scriptless: Tab, base: str, scripts: bool) -> None:
    page = (tab if scripts else scriptless).as_new()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{base}prompts/qa-assistant/v4.html")
    assert page.locator("#text").is_visible()
    for name in ("changes", "evidence", "use", "history"):
        page.click(f".cb-leaf-menu a[href='#{name}']")
        assert page.locator(".cb-leaf:visible").count() == 1
        assert page.locator(f"#{name}").is_visible()
        assert page.url.endswith(f"#{name}")
        assert page.locator("h1").is_visible()
    page.go_back()
    assert page.locator("#use").is_visible()
    page.goto(f"{base}prompts/qa-assistant/v4.html#evidence")
    assert page.locator("#evidence").is_visible()
    if scripts:
        assert page.locator(".cb-leaf-menu [aria-current]").inner_text() == "Evidence"


@pytest.mark.parametrize("name", KINDS)
def test_a_phone_never_scrolls_sideways(watched: Watched, base: str, name: str) -> None:
    page = watched.page
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(base + name)
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_scripts_everything_can_be_read(scriptless: Tab, base: str) -> None:
    page = scriptless.as_new()
    page.goto(base + REPORT)
    assert page.locator(".cb-case-broken .cb-case-answers").first.is_visible()
    page.click("text=All 40 cases")
    page.wait_for_load_state("load")  # a click waits for the page to begin, not for its end
    assert not page.locator(".cb-filters").is_visible()
    assert page.locator("details.cb-case[id]").count() == 40
    page.locator("details.cb-case[id] > summary").first.click()
    assert page.locator(".cb-case-answers").first.is_visible()
    page.goto(f"{base}prompts/qa-assistant/v4.html#use")
    page.locator("label:has-text('curl'):visible").click()
    assert page.locator("pre:has-text('curl -fsS'):visible").count() == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("index.html", "3 of 4 are live."),
        ("prompts/qa-assistant/index.html", "You answer questions about a passage"),
        (REPORT, "Worse than v3: 1 of 6 protected cases broke"),
        (CASES, "Which form do I need for parental leave?"),
        ("history.html", "15:02 UTC"),
        ("gate-health.html", "3 pass, 3 fail, 2 inconclusive"),
        ("page/gate-method.html", "A change that is no worse is blocked in at most"),
        ("page/glossary.html", "accepted loss"),
        ("compare.html", "cuebook diff does the same"),
        ("find.html", "cuebook search does the same"),
        ("propose.html", "cuebook new does the same"),
    ],
)
def test_each_kind_of_page_reads_without_scripts_and_offers_nothing_that_needs_one(
    scriptless: Tab, base: str, name: str, said: str
) -> None:
    page = scriptless.as_new()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(base + name)
    assert page.locator("h1").is_visible()
    assert said.lower() in " ".join(page.inner_text("main").split()).lower()
    for control in page.locator("main :is(button, select, input, textarea):visible").all():
        assert control.get_attribute("type") == "radio", "what only a script answers is hidden without one"


def test_pages_open_from_a_folder_on_disk(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1360, "height": 900})
    page.goto((Path(built().root) / "index.html").as_uri())
    page.click(".cb-prompts a:has-text('qa-assistant')")
    page.wait_for_selector(".cb-rail")
    assert page.url.endswith("/prompts/qa-assistant/index.html")
    assert page.evaluate("getComputedStyle(document.querySelector('.cb-rail')).borderTopStyle") == "solid"
    # No script of ours runs there: a browser cannot check the integrity of what it reads from a file.
    assert page.locator("#text").is_visible()
    folder = Path(built().root).as_uri()
    for name, css in (("index.html", ".cb-find"), ("history.html", ".cb-asof"), (CASES, ".cb-case-controls")):
        page.goto(f"{folder}/{name}")
        assert page.evaluate("(css) => document.querySelector(css).offsetHeight", css) == 0, name
    page.goto(f"{folder}/propose.html")
    assert "cuebook new" in page.locator("#cb-propose-off").inner_text()
    page.close()


@pytest.mark.parametrize("name", ["index.html", "history.html"])
def test_no_window_makes_the_head_or_a_table_wider_than_itself(
    watched: Watched, base: str, name: str
) -> None:
    page = watched.page
    page.set_viewport_size({"width": 962, "height": 740})
    page.goto(base + name)
    for width in (962, 820, 724):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_page_of_wrong_addresses_runs_without_an_address_of_the_site(watched: Watched, base: str) -> None:
    """MkDocs then writes the top of the host for it, and the page stands anywhere below."""
    text = (built().root / "404.html").read_text("utf-8")
    made, count = re.subn(r'("base":\s*)"[^"]*"', r'\1"/"', text)
    assert count == 1
    watched.page.route("**/404.html", lambda route: route.fulfill(body=made, content_type="text/html"))
    watched.page.goto(f"{base}404.html")
    assert watched.wrong == []

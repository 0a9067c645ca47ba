"""Each reader's question, asked on the built site: few clicks, no scrolling, the answer in sight."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from cuebook.site.pages import Site, report
from cuebook.site.pages._cases import Cases
from cuebook.wording.details import telling_lines
from cuebook.wording.headline import headline
from cuebook.wording.states import STATES
from fixtures.browsing import MARKS, Tab
from fixtures.built_site import built
from fixtures.site_catalog import FakeCatalog, artifact
from outcomes import OUTCOMES

pytestmark = MARKS
REPORT = "reports/qa-assistant/v4/qa-assistant.html"
IN_SIGHT = """(item) => {
    const box = item.getBoundingClientRect();
    return box.height > 0 && box.top >= 0 && box.top < innerHeight && box.left < innerWidth;
}"""


class Reader:
    """Somebody with a mouse at 1440 by 900, whose clicks are counted and who never scrolls."""

    def __init__(self, page: Any, base: str) -> None:
        self.page = page
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(base)
        self.clicks = 0

    def click(self, css: str) -> None:
        found = self.page.locator(css).first
        assert found.evaluate(IN_SIGHT), f"{css} is out of sight"
        found.click()
        self.clicks += 1

    def sees(self, css: str) -> str:
        found = self.page.locator(f"{css} >> visible=true").first
        found.wait_for()
        assert found.evaluate(IN_SIGHT), f"{css} is out of sight"
        return str(found.inner_text())


@pytest.fixture
def reader(tab: Tab, base: str) -> Reader:
    return Reader(tab.as_new(), base)


def test_a_domain_expert_reads_the_prompt_what_changed_last_and_how_to_propose(reader: Reader) -> None:
    reader.click(".cb-prompts a:text-is('qa-assistant')")
    assert "You answer questions about a passage" in reader.sees("#text pre.cb-text")
    assert "v4" in reader.sees(".cb-rail li >> nth=0")
    assert reader.sees(".cb-button-main") == "Propose"
    assert reader.clicks == 1


def test_a_reviewer_sees_verdict_reason_and_the_first_case_that_broke(reader: Reader, base: str) -> None:
    reader.page.goto(base + REPORT)
    verdict = built().catalog.verdict("qa-assistant", 4, "qa-assistant")
    assert reader.sees(".cb-sentence") == headline(verdict)
    assert "Broken" in reader.sees("article.cb-case")
    assert reader.clicks == 0
    reader.click(".cb-bar-stays a[href='#cases']")
    assert "v4 answered" in reader.sees("article.cb-case .cb-case-new")


TOPS = """(bodies) => Object.entries(bodies).map(([name, body]) => {
    const report = new DOMParser().parseFromString(body, 'text/html').querySelector('.cb-report');
    document.querySelector('.cb-report').replaceWith(report);
    return [name, document.querySelector('article.cb-case').getBoundingClientRect().top];
})"""


@cache
def reports() -> dict[str, str]:
    """A report of each outcome that there can be, with cases that broke, under as many tags as are shown."""
    every = built().catalog.verdict("qa-assistant", 4, "qa-assistant").cases
    tags = {"tags": [f"tag-{n}" for n in range(6)]}
    cases = [case.model_copy(update=tags) for case in every if case.change == "broken"]
    found = {}
    for name, verdict in OUTCOMES.items():
        made, asked = FakeCatalog(), verdict.model_copy(update={"cases": cases})
        numbers = {arm.version for arm in (verdict.candidate, verdict.baseline) if arm}
        made.add(verdict.prompt, [artifact(verdict.prompt, n, "Why", template="x") for n in numbers], [asked])
        (found[name],) = (page.body for page in report.pages(Site(made)))
    return found


@pytest.mark.parametrize(("width", "most"), [(1440, 850), (390, 1_200)])
def test_the_first_broken_case_is_near_the_top_whatever_the_verdict(
    tab: Tab, base: str, width: int, most: int
) -> None:
    page = tab.as_new()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(base + REPORT)
    own = page.evaluate("document.querySelector('article.cb-case').getBoundingClientRect().top")
    tops = {"the site's own": own, **dict(page.evaluate(TOPS, reports()))}
    assert {name: top for name, top in tops.items() if top > most} == {}
    assert len(tops) > 40


SAY = """(words) => {
    const bar = document.querySelector('.cb-bar-stays');
    bar.querySelector('.cb-badge').lastChild.textContent = words;
    const fits = [...bar.children].every((one) => one.scrollWidth <= one.clientWidth + 1);
    return fits && bar.scrollWidth <= innerWidth;
}"""


@pytest.mark.parametrize("width", [320, 390])
def test_the_bar_cuts_no_link_whatever_the_state_is(tab: Tab, base: str, width: int) -> None:
    page = tab.as_new()
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(base + REPORT)
    assert [words for words in STATES.values() if not page.evaluate(SAY, words)] == []


def test_an_owner_sees_what_needs_somebody_and_gets_to_the_reason(reader: Reader) -> None:
    line = reader.sees(".cb-attention li")
    assert "is in staging and fails" in line
    reader.click(".cb-attention li a:text-is('Read the report')")
    assert "Worse than v3" in reader.sees(".cb-sentence")
    assert reader.clicks == 1


def test_an_auditor_reads_who_moved_what_when_on_what_evidence(reader: Reader) -> None:
    reader.click(".cb-menu a:text-is('History')")
    first = reader.sees(".cb-log tr[data-id]")
    assert "UTC" in first
    assert reader.sees(".cb-log .cb-badge")
    assert reader.clicks == 1


def test_an_auditor_reads_what_was_live_on_a_day(reader: Reader) -> None:
    reader.click(".cb-menu a:text-is('History')")
    reader.page.fill("[name=at]", "2026-07-19T12:00")
    reader.page.locator("#cb-live-then .cb-was").first.wait_for()
    assert "qa-assistant v2 Pass" in " ".join(reader.sees("#cb-live-then").split())
    assert reader.clicks == 1


def test_a_developer_gets_code_to_paste(reader: Reader) -> None:
    reader.click(".cb-prompts a:text-is('qa-assistant')")
    reader.click(".cb-leaf-menu a[href='#use']")
    assert "load_prompt(" in reader.sees("#use pre")
    assert reader.clicks == 2


def test_a_manager_sees_steps_with_their_intervals_and_what_an_answer_costs(reader: Reader) -> None:
    reader.click(".cb-prompts a:text-is('qa-assistant')")
    reader.click(".cb-leaf-menu a[href='#evidence']")
    newest = reader.sees("#evidence .cb-measured tbody tr")
    assert "\u22127.0" in newest
    assert "$0.000504" in newest
    assert "0.97 s" in newest
    assert "$0.000504" in reader.sees("#evidence .cb-measured tbody tr >> nth=2")
    assert reader.clicks == 2


def test_anyone_finds_where_a_sentence_was_in_any_version(reader: Reader) -> None:
    reader.click(".cb-search input")
    reader.page.keyboard.type("friendly sentence")
    reader.page.keyboard.press("Enter")
    found = reader.sees(".cb-hit")
    assert "qa-assistant" in found
    assert "v4" in found
    assert "friendly sentence" in reader.sees(".cb-hit .cb-line").lower()
    assert reader.clicks == 1


def test_anyone_finds_a_prompt_by_its_text_in_the_list(reader: Reader) -> None:
    reader.click(".cb-find [name=words]")
    reader.page.keyboard.type("friendly sentence")
    reader.page.locator(".cb-find [role=status]:has-text('1 of 4')").wait_for()
    assert reader.sees(".cb-prompts tbody tr >> nth=0").startswith("qa-assistant")
    assert reader.clicks == 1


@pytest.mark.parametrize("version", [2, 3, 4])
def test_numbers_of_a_verdict_are_the_same_on_every_page(tab: Tab, base: str, version: int) -> None:
    verdict = built().catalog.verdict("qa-assistant", version, "qa-assistant")
    entry = next(e for e in built().catalog.prompt("qa-assistant").evaluations if e.version == version)
    page = tab.as_new()
    page.goto(f"{base}reports/qa-assistant/v{version}/qa-assistant.html")
    assert page.inner_text(".cb-sentence") == headline(verdict) == entry.headline
    assert page.locator(".cb-lines li").all_inner_texts() == telling_lines(verdict)
    changes = page.locator("#numbers .cb-intervals >> nth=0").locator("td:nth-child(4)").all_inner_texts()
    page.goto(f"{base}reports/qa-assistant/v{version}/qa-assistant/cases.html")
    for view in Cases(verdict).views[:1]:
        assert page.locator(f"#case-{view.case.id}").count() == 1
    page.goto(f"{base}prompts/qa-assistant/v{version}.html#evidence")
    assert page.inner_text(".cb-say strong") == headline(verdict)
    rows = page.locator(".cb-current td:nth-child(5)").all_inner_texts()
    assert rows == changes

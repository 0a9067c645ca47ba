from __future__ import annotations

from typing import Any

import pytest

from cuebook.shapes.cause import RuleChange
from cuebook.shapes.moves import AliasMove, MoveEvidence
from cuebook.shapes.published import Loosening, earlier_path
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages import Site, all_pages, cases, earlier
from cuebook.site.pages._cases import Cases
from cuebook.wording.details import asked, telling_lines
from cuebook.wording.headline import headline
from fixtures.reading import Documents, Element, read
from fixtures.site_catalog import FakeCatalog, artifact, move, verdict

KEY = "0a1b2c3d"
PAGE = f"reports/one/v2/one/as-of-{KEY}.md"
CASES = f"reports/one/v2/one/as-of-{KEY}/cases.md"


def moved(then: Verdict, url: str) -> AliasMove:
    item = MoveEvidence(suite=then.suite, outcome=then.outcome, headline=headline(then), key=KEY, url=url)
    told = move("production", 1, 2, recorded="2026-06-20T15:05:00Z", known=[item])
    return told.model_copy(update={"state": then.outcome, "time": "2026-06-20T15:00:00+00:00"})


def made(then: Verdict, now: list[Verdict], url: str | None = None, **index: Any) -> FakeCatalog:
    found = FakeCatalog()
    found.add("one", [artifact("one", n, "m", template="x") for n in (1, 2)], now)
    where = earlier_path("one", 2, then.suite, KEY) if url is None else url
    history = {"history": [moved(then, where)]}
    found.prompts["one"] = found.prompts["one"].model_copy(update=history | index)
    found.former["one", 2, then.suite, KEY] = then
    return found


def pages(catalog: FakeCatalog) -> Documents:
    return Documents({page.path: page.body for page in earlier.pages(Site(catalog))})


def hrefs(page: Element) -> list[str]:
    return [item.attributes["href"] or "" for item in page.find("a")]


def test_a_superseded_verdict_reads_as_it_stood_and_leads_to_today_s() -> None:
    then, now = verdict("one", 2, "pass"), verdict("one", 2, "fail")
    found = pages(made(then, [now]))
    assert list(found) == [PAGE]
    page = found[PAGE]
    assert page.one("p", class_="cb-sentence").text == headline(then)
    assert [item.text for item in page.one("ul", class_="cb-lines").find("li")] == telling_lines(then)
    assert "This is what was known when production was moved to v2 on 2026-06-20." in page.words
    assert "../../../../reports/one/v2/one.html" in hrefs(page)
    assert f"../../../../{earlier_path('one', 2, 'one', KEY)}" in hrefs(page)
    assert len(page.find("article")) == 3
    assert page.one("a", class_="cb-all").attributes["href"] == f"../../../../{CASES}".replace(".md", ".html")


def test_all_cases_of_a_superseded_verdict_can_be_read_and_loaded() -> None:
    then = verdict("one", 2, "pass")
    (found,) = [page for page in cases.pages(Site(made(then, []))) if page.path == CASES]
    page = read(found.body)
    assert "every case, as of 2026-06-20" in page.words
    assert f"{asked(then)}. Pass " in page.words
    assert f"../../../../../{PAGE}".replace(".md", ".html") in hrefs(page)
    assert "cases.json" in found.files
    assert all(page.find(id=name) for name in Cases(then).names.values())


def test_every_page_that_names_the_move_leads_there() -> None:
    catalog = made(verdict("one", 2, "pass"), [verdict("one", 2, "fail")])
    linking = [page.path for page in all_pages(Site(catalog)) if f"as-of-{KEY}.html" in page.body]
    assert "history.md" in linking
    assert "prompts/one/index.md" in linking


def test_a_verdict_that_still_counts_has_no_page_of_its_own() -> None:
    then = verdict("one", 2, "pass")
    assert pages(made(then, [then], url="api/v1/evaluations/one/2/one.json")) == {}


def test_where_a_report_was_one_link_stays() -> None:
    then = verdict("one", 2, "pass", suite="old")
    found = pages(made(then, [], url="", suites=["one"], erased=[3]))
    said = {path: page.words for path, page in found.items()}
    assert sorted(said) == [
        "reports/one/v2/old.md", "reports/one/v2/old/cases.md",
        "reports/one/v3/one.md", "reports/one/v3/one/cases.md",
    ]  # fmt: skip
    assert "The suite of this report is gone." in said["reports/one/v2/old.md"]
    assert "v3 was erased, and its reports with it." in said["reports/one/v3/one/cases.md"]
    assert all(hrefs(page)[-1].endswith("/prompts/one/index.html") for page in found.values())


def test_a_suite_that_is_gone_leaves_a_link_for_each_version_that_it_could_be_run_on() -> None:
    away = RuleChange(code="suite", label="strict", count=12, file="evals/strict/suite.yml")
    gone = Loosening(time="2026-06-01T09:00:00Z", commit="a" * 40, change=away)
    catalog = made(verdict("one", 2, "pass"), [verdict("one", 2, "pass")], "", loosened=[gone])
    first, second = catalog.prompts["one"].versions
    times = [first.model_copy(update={"created": "2026-05-01T09:00:00Z"})]
    times += [second.model_copy(update={"created": "2026-06-02T09:00:00Z"})]
    catalog.prompts["one"] = catalog.prompts["one"].model_copy(update={"versions": times})
    found = pages(catalog)
    assert sorted(found) == ["reports/one/v1/strict.md", "reports/one/v1/strict/cases.md"]
    for path, page in found.items():
        assert "The suite of this report is gone." in page.words
        assert hrefs(page)[-1] == "../" * path.count("/") + "prompts/one/index.html"


def test_a_suite_that_came_back_leaves_none() -> None:
    away = RuleChange(code="suite", label="one", count=12, file="evals/one/suite.yml")
    gone = Loosening(time="2026-06-01T09:00:00Z", commit="a" * 40, change=away)
    there = {"loosened": [gone], "suites": ["one"]}
    assert pages(made(verdict("one", 2, "pass"), [verdict("one", 2, "pass")], "", **there)) == {}


@pytest.mark.parametrize("suite", ["../../../index", "a/b", "A", ""])
def test_a_record_that_names_no_suite_gets_no_page_and_stops_no_build(suite: str) -> None:
    found = pages(made(verdict("one", 2, "fail", suite=suite), [], url="", suites=["one"]))
    assert found == {}

"""Reports as they were: of verdicts that a past move rests on and that others took the place of since.

Where a report was and nothing can be shown any more, a page with one link stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.core.format import capital, plural
from cuebook.core.refs import name_problem
from cuebook.shapes.moves import MoveEvidence
from cuebook.shapes.published import PromptIndex
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages._base import (
    Page,
    Site,
    cases_of,
    cases_page,
    link,
    prompt_page,
    report_page,
    version_page,
)
from cuebook.site.pages._cases import Cases
from cuebook.site.pages._html import Child, Html, tag
from cuebook.site.pages._marks import badge
from cuebook.site.pages._parts import body, head, note
from cuebook.site.pages._report_how import how
from cuebook.site.pages._report_numbers import numbers
from cuebook.site.pages._superseded import Rested, rested_on, superseded
from cuebook.wording.clauses import NO_CASE
from cuebook.wording.details import asked, telling_lines
from cuebook.wording.headline import headline
from cuebook.wording.moves import as_it_stood, gone
from cuebook.wording.names import beside, called

KIND = "earlier"
SHOWN = 3
"""Cases that are on the page; all of them are on the page of its cases."""


def pages(site: Site) -> Iterator[Page]:
    """Yield a page for every verdict that was superseded, and for every report that is gone."""
    for prompt in site.prompts():
        # Of these the other kinds of pages make the report and the cases.
        there = {(entry.version, entry.suite) for entry in prompt.evaluations}
        for found in superseded(prompt):
            yield _earlier(site, found, followed=(found.version, found.item.suite) in there)
        yield from _gone(prompt, there)


def _earlier(site: Site, rested: Rested, *, followed: bool) -> Page:
    name, number, item, here = rested.prompt, rested.version, rested.item, rested.page
    verdict = site.catalog.earlier(name, number, item.suite, item.key)
    found = Cases(verdict)
    shown = found.to_read(SHOWN)
    today: Child = None
    if followed:
        where = link(here, report_page(name, number, item.suite))
        today = [" ", tag("a", "Today's report", href=where)]
    said = as_it_stood(rested.move.alias, number, rested.move.time[:10], followed=followed)
    more = f"All {plural(len(found.views), 'case')}"
    every = tag("a", more, href=link(here, cases_of(here)), class_="cb-all") if found.views else None
    cases = tag(
        "section",
        tag("header", tag("h2", "Cases to read"), every),
        [found.card(view) for view in shown] or tag("p", f"{capital(NO_CASE)}.", class_="cb-quiet"),
        id="cases",
        class_="cb-section",
    )
    whole = tag(
        "div",
        _head(here, verdict),
        note(tag("p", said, today)),
        _card(verdict, item),
        cases,
        numbers(verdict),
        how(here, verdict, item.url),
        class_=f"cb-report cb-of-{item.outcome}",
    )
    title = f"{name} v{number} on {item.suite}, as of {rested.move.time[:10]}"
    return Page(here, title, body(whole), search=False, wide=True, description=title)


def _head(here: str, verdict: Verdict) -> Html:
    name, number = verdict.prompt, verdict.candidate.version
    trail = [(name, prompt_page(name)), (f"v{number}", version_page(name, number))]
    against = f" {beside(number, called(verdict.baseline))}" if verdict.baseline else f", {beside(number)}"
    suite = f" on {verdict.suite}" if verdict.suite != name else None
    return head(
        here, trail, [tag("span", name, class_="cb-ref"), f" v{number}{against}", suite, ", as it was"]
    )


def _card(verdict: Verdict, item: MoveEvidence) -> Html:
    lines = [tag("li", line) for line in telling_lines(verdict)]
    return tag(
        "section",
        badge(item.outcome, large=True),
        tag("p", headline(verdict), class_="cb-sentence"),
        tag("ul", lines, class_="cb-lines") if lines else None,
        tag("p", f"{asked(verdict)}.", class_="cb-sub"),
        class_="cb-card cb-verdict",
        aria_label="Verdict",
    )


def _gone(prompt: PromptIndex, there: set[tuple[int, str]]) -> Iterator[Page]:
    """The addresses of reports on erased versions, and on suites that are gone, moves or none."""
    suites = sorted({suite for _, suite in there} | set(prompt.suites))
    erased = {(number, suite) for number in prompt.erased for suite in suites}
    named = {(found.version, found.item.suite) for found in rested_on(prompt)}
    for number, suite in sorted((erased | named | set(_of_suites_gone(prompt))) - there):
        said = gone(number, erased=number in prompt.erased, suite=suite in prompt.suites)
        # A report had both, and links may lead to either.
        for here in (report_page(prompt.name, number, suite), cases_page(prompt.name, number, suite)):
            where = tag("a", prompt.name, href=link(here, prompt_page(prompt.name)))
            title = f"{prompt.name} v{number} on {suite}"
            top = head(here, [], title, tag("p", said, " ", where, "."))
            yield Page(here, title, body(top), search=False, wide=True, description=title)


def _of_suites_gone(prompt: PromptIndex) -> Iterator[tuple[int, str]]:
    """Each version that a suite could be run on before somebody took it away, with that suite."""
    for item in prompt.loosened:
        suite = item.change.label
        # A suite that came back is no suite that is gone; a label of a record may be no name at all.
        if item.change.code == "suite" and suite not in prompt.suites and not name_problem(suite):
            yield from ((one.version, suite) for one in prompt.versions if (one.created or "") <= item.time)

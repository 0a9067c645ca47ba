"""One page per verdict with every case: searched, filtered and loaded by a script, the first ones without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cuebook.core.format import plural
from cuebook.core.layout import shown as shown_path
from cuebook.shapes.published import evaluation_path
from cuebook.shapes.verdict import Verdict
from cuebook.site.pages._base import (
    Page,
    Site,
    cases_page,
    edit_link,
    link,
    prompt_page,
    report_page,
    version_page,
)
from cuebook.site.pages._case_files import case_files
from cuebook.site.pages._cases import KINDS, Cases, CaseView
from cuebook.site.pages._html import Html, join, kept, tag
from cuebook.site.pages._parts import body, chip, field_of, head, note
from cuebook.site.pages._terms import term

KIND = "cases"
STATIC = 50
"""Cases that stand on the page without a script: as many as somebody reads in one go."""
SCORES = 2
"""Deciding metrics a row has room for; every score is in the opened case."""


def pages(site: Site) -> Iterator[Page]:
    """A page for every verdict that has cases."""
    for prompt in site.prompts():
        for entry in prompt.evaluations:
            verdict = site.catalog.verdict(prompt.name, entry.version, entry.suite)
            here = cases_page(prompt.name, entry.version, entry.suite)
            yield Page(
                here,
                f"Cases of {prompt.name} v{entry.version} on {entry.suite}",
                body(_page(site, here, verdict)),
                search=False,
                wide=True,
                description=f"Every case of {prompt.name} version {entry.version} on {entry.suite}",
                files=case_files(Cases(verdict)),
            )


def _page(site: Site, here: str, verdict: Verdict) -> Html:
    found = Cases(verdict)
    shown = found.views[:STATIC]
    rest = len(found.views) - len(shown)
    path = evaluation_path(verdict.prompt, verdict.candidate.version, verdict.suite)
    more = (
        note(
            tag("p", f"{plural(rest, 'more case')}: a script loads them. They are all in the "),
            tag("p", tag("a", "JSON of the verdict", href=link(here, path)), "."),
        )
        if rest
        else None
    )
    judge = next((judge.ref.partition("/")[0] for judge in verdict.judges), None)
    return tag(
        "div",
        _head(here, verdict),
        _controls(found),
        tag("p", plural(len(found.views), "case"), class_="cb-sub", id="cb-shown", role="status"),
        _columns(found),
        tag("div", [_row(found, view) for view in shown], id="cb-cases", class_="cb-case-rows"),
        tag("div", more, id="cb-more"),
        id="cb-every-case",
        data_json=link(here, path),
        data_all=not rest,
        data_judge=judge,
        data_file=shown_path(f"evals/{judge}/labels.jsonl") if judge else None,
        data_labels=edit_link(site, f"evals/{judge}/labels.jsonl") if judge else None,
    )


def _head(here: str, verdict: Verdict) -> Html:
    name, number = verdict.prompt, verdict.candidate.version
    trail = [
        (name, prompt_page(name)),
        (f"v{number}", version_page(name, number)),
        ("Report", report_page(name, number, verdict.suite)),
    ]
    against = f" against v{verdict.baseline.version}" if verdict.baseline else ""
    title = [tag("span", name, class_="cb-ref"), f" v{number}{against}: every case"]
    lead = tag("p", f"{verdict.coverage.used:,} of {plural(verdict.coverage.cases, 'case')} were asked.")
    return head(here, trail, title, lead)


def _controls(found: Cases) -> Html:
    counts = Counter(view.kind for view in found.views)
    counts["protected"] = sum(view.case.protected for view in found.views)
    buttons = [
        _button("all", "All", len(found.views), pressed=True),
        *(_button(kind, found.word(kind).capitalize(), counts[kind]) for kind in KINDS if counts[kind]),
        _button("protected", "Protected", counts["protected"]) if counts["protected"] else None,
    ]
    tags = sorted({word for view in found.views for word in view.case.tags})
    words = tag("input", type="search", name="words", placeholder="Name, input, answer or reason")
    options = [tag("option", "any", value=""), *(tag("option", word, value=word) for word in tags)]
    orders = [tag("option", said, value=value) for value, said in (("", "worst first"), ("id", "name"))]
    return tag(
        "div",
        tag("div", buttons, class_="cb-filters", role="group", aria_label="Show cases"),
        tag(
            "div",
            field_of("Search", words),
            field_of("Tag", tag("select", options, name="tag")) if tags else None,
            field_of("Order", tag("select", orders, name="sort")),
            class_="cb-find-cases",
        ),
        class_="cb-case-controls",
        hidden=True,
    )


def _button(kind: str, words: str, count: int, *, pressed: bool = False) -> Html:
    shown = tag("span", f"{count:,}", class_="cb-count")
    return tag("button", f"{words} ", shown, type="button", data_kind=kind, aria_pressed=str(pressed).lower())


def _columns(found: Cases) -> Html:
    heads = ["Became", "Case", "Question", *found.labels[:SCORES]]
    return tag("div", [tag("span", words) for words in heads], class_="cb-case-heads", aria_hidden="true")


def _row(found: Cases, view: CaseView) -> Html:
    case = view.case
    scores = [
        join(
            " ",
            tag(
                "span",
                tag("span", f"{label} ", class_="cb-narrow"),
                found.scored(case, label),
                class_="cb-num",
            ),
        )
        for label in found.labels[:SCORES]
    ]
    protected = chip(term("protected"), "protected") if case.protected else None
    top = [
        tag(
            "span",
            found.chip_of(view),
            protected,
            class_="cb-case-kind",
        ),
        " ",
        tag("code", case.id),
        " ",
        tag("span", kept(found.title(case)), class_="cb-case-title", dir="auto"),
        scores,
    ]
    return tag(
        "details",
        tag("summary", top),
        tag("div", tag("div", found.labels_of(case), class_="cb-row"), found.inside(view)),
        class_=f"cb-case cb-case-{view.kind}",
        id=found.names[case.id, case.model],
    )

"""The page that compares any two versions, of one prompt or of two, in the browser."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cuebook.site.pages._base import COMPARE, Page, Site
from cuebook.site.pages._form import button, field, needs_scripts, program
from cuebook.site.pages._html import Html, join, tag
from cuebook.site.pages._marks import SHEET
from cuebook.site.pages._parts import body, head, tabs
from cuebook.site.pages._terms import meaning
from cuebook.wording.states import STATES

KIND = "compare"
EXPLAINED = ("protected", "may change answers", "breaks callers", "broken", "fixed", "mixed", "both wrong")
"""Words of the glossary that the script draws on chips."""
LEAD = "Every word that differs between two versions, how they were measured, and what both answered."


def pages(site: Site) -> Iterator[Page]:  # noqa: ARG001  a page kind takes the site
    """Yield the one page, for all pairs."""
    top = head(COMPARE, [], "Compare two versions", tag("p", LEAD, class_="cb-lead"))
    said = tag("div", id="cb-said", role="status")
    # Words, their meanings and marks come with the page, so that the script has none of its own.
    terms = json.dumps({word: meaning(word) for word in EXPLAINED})
    off = needs_scripts("This page", "cuebook diff")
    parts = program("compare", off, _choose(), said, _shown(), data_terms=terms)
    about = "Compare any two versions of prompts word by word"
    yield Page(COMPARE, "Compare", body(join(SHEET, top, parts)), search=False, wide=True, description=about)


def _choose() -> Html:
    """One prompt and two of its versions; a second prompt only for those who ask for it."""
    return tag(
        "div",
        field("Prompt", "select#a-prompt"),
        field("From", "select#a-version"),
        button("\u21c4", "swap", aria_label="Swap the two versions", title="Swap the two versions"),
        field("To", "select#b-version"),
        tag("div", field("To, of the prompt", "select#b-prompt"), id="cb-other", hidden=True),
        button("Another prompt\u2026", "another", kind="quiet"),
        class_="cb-pair",
    )


def _shown() -> Html:
    views = [
        ("Inline", tag("div", id="cb-inline")),
        ("Side by side", tag("div", id="cb-sides")),
        ("Inputs and settings", tag("div", id="cb-data")),
    ]
    words = tag(
        "section",
        tag("h2", "Words"),
        tag("div", id="cb-changes"),
        tabs("view", views),
    )
    numbers = tag("section", tag("h2", "Results"), tag("div", id="cb-results"))
    return tag(
        "div",
        tag("div", id="cb-verdict", data_words=json.dumps(dict(STATES))),
        tag("div", words, numbers, class_="cb-compared"),
        tag("section", id="cb-both", class_="cb-section"),
        id="cb-shown",
    )

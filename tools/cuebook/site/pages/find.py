"""The page that finds words in any version of any prompt, and in the guides."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cuebook.site.pages._base import FIND, Page, Site
from cuebook.site.pages._form import needs_scripts, program
from cuebook.site.pages._html import tag
from cuebook.site.pages._marks import SHEET
from cuebook.site.pages._parts import body, field_of, head
from cuebook.wording.states import STATES

KIND = "find"


def pages(site: Site) -> Iterator[Page]:  # noqa: ARG001  a page kind takes the site
    """Yield the one page."""
    lead = "Finds all words, in any order: in a version's text, its message, or what describes the prompt."
    top = head(FIND, [], "Search", tag("p", lead, class_="cb-lead"))
    words = tag("input", type="search", name="words", placeholder="Words of a text, a name, a person")
    shown = [
        tag("div", field_of("Search texts and guides", words), class_="cb-find cb-find-texts"),
        tag("p", id="cb-found", class_="cb-sub", role="status"),
        tag("div", id="cb-hits"),
        tag("div", id="cb-hits-more"),
    ]
    off = needs_scripts("Search", "cuebook search")
    about = "Which versions of any prompt say these words, and which guides do"
    # Words and marks of states come with the page, so that the script has none of its own.
    parts = [tag("div", SHEET, top), program("find", off, *shown, data_words=json.dumps(dict(STATES)))]
    yield Page(FIND, "Search", body(*parts), search=False, wide=True, description=about)

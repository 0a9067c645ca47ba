"""What a share of units tries: now, and how that was changed."""

from __future__ import annotations

from cuebook.shapes.published import PromptIndex
from cuebook.shapes.shares import Share
from cuebook.site.pages._base import Site
from cuebook.site.pages._html import Html, join, tag
from cuebook.site.pages._parts import moment
from cuebook.site.pages._timeline import commit_link, version
from cuebook.wording.moves import as_the_commit_says
from cuebook.wording.shares import split_change

SECTION = "What a share of units tried"
SHOWN = 50
"""Changes; all of them are in ``events.json``."""


def share_link(here: str, prompt: PromptIndex, alias: str, item: Share) -> Html:
    """Return ``10% of production -> v7``, the version as a link."""
    return join(f"{item.share}% of {alias} \u2192 ", version(here, prompt, item.version))


def splits(site: Site, prompt: PromptIndex) -> Html:
    """Return the changes, newest first."""
    items = []
    for item in prompt.splits[:SHOWN]:
        who = [moment(item.time), " ", as_the_commit_says(item.author), " ", commit_link(item.commit, site)]
        what = tag("div", tag("span", split_change(item)), class_="cb-row")
        why = tag("div", item.subject, class_="cb-sub", dir="auto")
        items.append(tag("li", tag("div", who, class_="cb-when"), what, why))
    return join(tag("h3", SECTION), tag("ol", items, class_="cb-timeline cb-loosened"))

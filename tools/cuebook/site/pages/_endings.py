"""Versions that were retired or erased: which, by whom, when, and in what words."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.shapes.moves import Ending
from cuebook.shapes.published import PromptIndex
from cuebook.site.pages._base import Site, link, prompt_page
from cuebook.site.pages._html import Html, tag
from cuebook.site.pages._parts import fold, moment
from cuebook.site.pages._timeline import commit_link, version
from cuebook.wording.moves import ENDED, as_the_commit_says

SECTION = "Versions retired or erased"
SHOWN = 5
"""Those beside the moves before one opens the others."""


def endings(
    here: str, site: Site, items: Sequence[tuple[PromptIndex, Ending]], *, named: bool
) -> list[Html | None]:
    """Return a list, newest first, of which the older ones are folded; ``named`` shows the prompts' names."""
    made = []
    for prompt, item in items:
        name = tag("a", prompt.name, href=link(here, prompt_page(prompt.name)), class_="cb-ref")
        who = [moment(item.time), " ", as_the_commit_says(item.author), " ", commit_link(item.commit, site)]
        said = tag("span", version(here, prompt, item.version), f" {ENDED[item.kind]}")
        what = tag("div", [name, " "] if named else None, said, class_="cb-row")
        # What a commit says may be in any language, from right to left, too.
        why = tag("div", item.subject, class_="cb-sub", dir="auto")
        made.append(tag("li", tag("div", who, class_="cb-when"), what, why))
    rest = made[SHOWN:]
    older = fold(f"{len(rest):,} older", tag("ol", rest, class_="cb-timeline cb-loosened")) if rest else None
    return [tag("ol", made[:SHOWN], class_="cb-timeline cb-loosened"), older]

"""List loosened rules: which one, from which value to which, by whom and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cuebook.core.layout import shown
from cuebook.core.refs import PRODUCTION
from cuebook.shapes.published import Loosening, PromptIndex
from cuebook.site.pages._base import Site, link, prompt_page
from cuebook.site.pages._html import Html, tag
from cuebook.site.pages._parts import moment
from cuebook.site.pages._timeline import commit_link
from cuebook.wording.loosening import UNDONE, loosened
from cuebook.wording.names import person


def open_ones(prompt: PromptIndex) -> Iterator[Loosening]:
    """Return the loosened rules that hold now and that the live version was not promoted under."""
    found = prompt.states.get(PRODUCTION)
    for item in prompt.loosened:
        # Whoever promoted since then did so under the rules as they are now.
        if item.holds and (found is None or (found.since or "") < item.time):
            yield item


def loosening_list(
    here: str, site: Site, items: Iterable[tuple[PromptIndex | None, Loosening]], *, named: bool
) -> Html:
    """Return a list in the order given; ``named`` shows the prompt's name, where it is about one."""
    return tag(
        "ol",
        [tag("li", _one(here, site, prompt if named else None, item)) for prompt, item in items],
        class_="cb-timeline cb-loosened",
    )


def _one(here: str, site: Site, prompt: PromptIndex | None, item: Loosening) -> list[Html | str | None]:
    change, where = item.change, commit_link(item.commit, site)
    name = (
        tag("a", prompt.name, href=link(here, prompt_page(prompt.name)), class_="cb-ref") if prompt else None
    )
    undone = tag("span", UNDONE, class_="cb-quiet") if not item.holds else None
    return [
        tag("div", moment(item.time), " ", person(change.by), " ", where, class_="cb-when"),
        tag("div", name, " ", loosened(change), " ", undone, class_="cb-row"),
        tag("div", tag("code", shown(change.file)), class_="cb-sub"),
    ]

"""What was moved, over all prompts: when, by whom, on what evidence as it is known of that day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from cuebook.core.format import plural
from cuebook.shapes.published import Loosening, PromptIndex
from cuebook.site.pages._base import HISTORY, HOME, Page, Site, link, prompt_page
from cuebook.site.pages._html import Html, tag
from cuebook.site.pages._loosened import loosenings
from cuebook.site.pages._parts import body
from cuebook.site.pages._timeline import timeline
from cuebook.wording.loosening import SECTION

KIND = "history"
SHOWN = 100
"""Moves on the page; a prompt's own page has all of its own."""


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    moves = sorted(
        ((move, prompt) for prompt in site.prompts() for move in prompt.history),
        # A moment that cannot be read is no reason to hide those that can.
        key=lambda pair: (pair[0].time[:4].isdigit(), pair[0].time),
        reverse=True,
    )
    top = tag("header", tag("h1", "History"), tag("p", _said(len(moves)), class_="cb-lead"), class_="cb-head")
    shown = timeline(HISTORY, moves[:SHOWN], site, named=True, undo=False) if moves else _unmoved(site)
    less = [(prompt, item) for prompt in site.prompts() for item in prompt.loosened]
    items = sorted([*less, *((None, item) for item in site.catalog.index.loosened)], key=_time, reverse=True)
    rules = _rules(site, items[:SHOWN]) if items else None
    about = "Who moved which alias when, and on what evidence"
    yield Page(
        HISTORY,
        "History",
        body(top, shown, *([rules] if rules else [])),
        search=False,
        wide=True,
        description=about,
    )


_Item: TypeAlias = tuple[PromptIndex | None, Loosening]


def _time(item: _Item) -> str:
    return item[1].time


def _rules(site: Site, items: Sequence[_Item]) -> Html:
    return tag("section", tag("h2", SECTION), loosenings(HISTORY, site, items, named=True))


def _said(count: int) -> str:
    newest = f"; the newest {SHOWN} are here, all of a prompt on its own page" if count > SHOWN else ""
    return f"{plural(count, 'move')} of aliases, each with what was known of the version{newest}."


def _unmoved(site: Site) -> Html:
    first = next(iter(site.prompts()), None)
    where = link(HISTORY, prompt_page(first.name) if first else HOME)
    name = first.name if first else "the list"
    said = [
        "No alias has moved yet. The page of a prompt, such as ",
        tag("a", name, href=where),
        ", says how to promote.",
    ]
    return tag("div", tag("p", said), class_="cb-empty")

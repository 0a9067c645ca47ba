"""Show a dialogue: who said what, each message by itself, and always as text."""

from __future__ import annotations

from collections.abc import Sequence

from cuebook.core.format import plural
from cuebook.site.pages._html import Html, kept, pre, tag
from cuebook.site.pages._parts import fold
from cuebook.wording.dialogue import SpokenLine

MOST_SHOWN = 4
"""Messages that are open above both sides; those before them are folded away."""
LONGEST = 3_000
"""Characters of a message, or of an input, that are shown; the verdict's JSON has all of it."""


def together(lines: Sequence[SpokenLine]) -> Html | None:
    """Return what both sides have in common, the last of it in sight."""
    if not lines:
        return None
    before = lines[:-MOST_SHOWN]
    folded = fold(tag("span", f"{plural(len(before), 'message')} before"), talk(before)) if before else None
    return tag("div", folded, talk(lines[-MOST_SHOWN:]), class_="cb-talk-before")


def talk(lines: Sequence[SpokenLine]) -> Html:
    """Return messages one below the other."""
    made = []
    for who, text in lines:
        said = kept(beginning(text) or "nothing")
        # Names come from the record of a run, so they are text like what was said.
        parts = tag("p", kept(who), class_="cb-who"), pre(said, class_="cb-answer", tabindex="0", dir="auto")
        made.append(tag("div", parts, class_="cb-said cb-said-user" if who == "user" else "cb-said"))
    return tag("div", made, class_="cb-talk")


def beginning(text: str, limit: int = LONGEST) -> str:
    """Return a text, or its first ``limit`` characters and how many more there are."""
    rest = len(text) - limit
    return text if rest <= 0 else f"{text[:limit]}\u2026 ({rest:,} more characters)"

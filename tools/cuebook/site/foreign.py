"""Check the markup of a repository's own guides and site name: they bring text and pictures.

Markdown lets HTML through. It is read by a parser, and once more with everything that a browser might not
take for a comment, so that nothing hides between two ways to read one text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

FORBIDDEN = frozenset(
    (
        *("iframe", "frame", "frameset", "fencedframe", "portal", "object", "embed", "applet", "base"),
        # What noembed, plaintext and their like hold is text to one reader and markup to another.
        *("audio", "video", "style", "noembed", "noframes", "plaintext", "xmp", "template"),
    )
)
"""Elements that load something, lead elsewhere, or make browsers parse their content by other rules."""

PALETTE = {"class": "md-header__option", "data-md-component": "palette"}
SEARCH = {"class": "cb-search", "role": "search"}
"""The forms of the theme, which are on every page; that of the search leads to the page of this site."""

_SEARCH_PAGE = re.compile(r"(?:\./|(?:\.\./)*|/(?:[\w.-]+/)*)find\.html")

_LINKS = frozenset(("canonical", "icon", "stylesheet", "next", "prev", "alternate feed"))
# Not referrer, which would send this site's addresses to others.
_NAMES = frozenset(("generator", "viewport", "description", "author"))


class _Reader(HTMLParser):
    """Collects what is wrong, each once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not _is_allowed(tag, {name: value or "" for name, value in attrs}):
            self.found[f"the page has a <{tag}> that is not the theme's: it brings text and pictures"] = None


def foreign_problems(text: str) -> list[str]:
    """Return what a page with markup of the repository's own may not hold; empty where all is well."""
    found: dict[str, None] = {}
    # Browsers end a comment, CDATA or <? earlier than html.parser does in some cases: "<!-->", "--!>".
    for version in (text, text.replace("<!", "").replace("<?", "")):
        reader = _Reader()
        reader.feed(version)
        reader.close()
        found |= reader.found
    return list(found)


def _is_allowed(tag: str, given: dict[str, str]) -> bool:
    match tag:
        case "form":
            # An address of this site only, and no method or other attribute: words typed there stay here.
            found = _SEARCH_PAGE.fullmatch(given.get("action", ""))
            return given == PALETTE or (
                given == {**SEARCH, "action": given.get("action", "")} and bool(found)
            )
        case "link":
            return given.get("rel", "").casefold() in _LINKS
        case "meta":
            named = set(given) == {"charset"} or given.get("name") in _NAMES
            return given.get("http-equiv", "") == "Content-Security-Policy" or (
                named and "http-equiv" not in given
            )
    return tag not in FORBIDDEN and "formaction" not in given

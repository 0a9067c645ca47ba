"""Explain words of the glossary in a tooltip, where a page uses one for the first time."""

from __future__ import annotations

import re

from cuebook.site.pages._html import Html, tag
from cuebook.wording.glossary import GLOSSARY

# Every abbr is ours: what others wrote is encoded where it enters the markup.
_TERM = re.compile(r'<abbr title="([^"]*)">(.*?)</abbr>')


def term(word: str, shown: str = "") -> Html:
    """Return a word of the glossary with a tooltip of its meaning."""
    return tag("abbr", shown or word, title=meaning(word))


def meaning(word: str) -> str:
    """Return the tooltip of a word, for a page that a script draws; empty where the glossary has none."""
    return f"{word}: {GLOSSARY[word]}" if word in GLOSSARY else ""


def known(word: str, shown: str = "") -> Html | str:
    """Return ``term`` for a word of the glossary; any other word as it is."""
    return term(word, shown) if word in GLOSSARY else shown or word


def first_only(markup: str) -> str:
    """Return markup in which each term is explained once."""
    seen: set[str] = set()

    def once(found: re.Match[str]) -> str:
        if found[1] in seen:
            return found[2]
        seen.add(found[1])
        return found[0]

    return _TERM.sub(once, markup) if "<abbr" in markup else markup

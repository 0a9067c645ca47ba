"""Raw HTML built so that escaping cannot be forgotten: text goes in as ``str`` and comes out encoded.

Only ``Html`` passes through as it is, and only this module makes it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias, Union

from cuebook.core import escape

# Most values are of these characters alone, and need not be looked at one by one.
_PLAIN_ATTRIBUTE = re.compile(r"[A-Za-z0-9 .,/#:;%=?()+_-]*")
_BLANK_LINE = re.compile(r"^ +$", re.MULTILINE)
_UNSEEN = re.compile(
    "([\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f])"
)
_MARKUP = re.compile(r"<[^<>]*>")
_VOID = frozenset({"br", "col", "hr", "input", "wbr"})
# Elements that stand apart on a page, so that a space behind them is not seen.
_APART = frozenset(
    {"td", "th", "dt", "dd", "li", "p", "div", "section", "summary", "label", "option", "h2", "h3"}
)


class Html(str):
    """Markup that is safe to write into a page."""

    __slots__ = ()


Child: TypeAlias = Union[Html, str, int, Iterable["Child"], None]  # noqa: UP007  the name in quotes forbids |
"""What may be inside an element; every ``str`` that is not ``Html`` is encoded."""


def tag(name: str, /, *children: Child, **attributes: str | int | None) -> Html:
    """Return an element. ``class_`` is written ``class``, ``data_x`` ``data-x``; None and False leave out."""
    head = "".join([_attribute(key, value) for key, value in attributes.items()])
    if name in _VOID:
        return Html(f"<{name}{head}>")
    # A search index drops tags: without the space, the words of neighbours would become one.
    made = f"<{name}{head}>{_joined(children)}</{name}>"
    if name in _APART:
        return Html(f"{made} ")
    return Html(f" {made} " if attributes.get("class_") == "cb-sub" else made)


def join(*children: Child) -> Html:
    """Return children one after the other, without an element around them."""
    return Html(_joined(children))


def _joined(children: Iterable[Child]) -> str:
    texts: list[str] = []
    for child in children:
        # Html first: it is a str, too.
        if isinstance(child, Html):
            texts.append(child)
        elif isinstance(child, str):
            texts.append(escape.html(child))
        elif isinstance(child, int):
            texts.append(str(child))
        elif child is not None:
            texts.append(_joined(child))
    return "".join(texts)


# Typed: True writes the name alone, and 1, which is equal to it, writes a value.
@lru_cache(maxsize=1 << 14, typed=True)
def _attribute(key: str, value: str | int | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = str(value)
    if not _PLAIN_ATTRIBUTE.fullmatch(text):
        # Markdown throws away what is on a blank line, and an attribute may not have any either.
        text = escape.html(text).replace("\n", "&#10;")
    return f' {name}="{text}"'


def words_in(made: Html) -> str:
    """Return the text of an element without its markup."""
    return html.unescape(_MARKUP.sub("", made)).strip()


def kept(text: str) -> Html:
    """Return text for inside ``pre``, with every line and space as it was.

    Markdown throws away what is on a blank line, so spaces there are encoded too. Characters that
    nobody can see are named beside their place: hidden words and turned-round lines are old tricks.
    """
    if not _UNSEEN.search(text):
        return _kept(text)
    # The pattern is a group, so that what it finds is kept: every second part.
    parts = _UNSEEN.split(text)
    named = [
        tag("span", _kept(part), class_="cb-unseen", data_name=f"U+{ord(part):04X}") for part in parts[1::2]
    ]
    return join(
        *(both for pair in zip(map(_kept, parts[::2]), [*named, Html()], strict=True) for both in pair)
    )


def _kept(text: str) -> Html:
    return Html(_BLANK_LINE.sub(lambda found: "&#32;" * len(found[0]), escape.html(text)))


def pre(*children: Html, **attributes: str | int | None) -> Html:
    """Return a ``pre`` element. The line feed that browsers drop after the tag is there to be dropped."""
    inner = join(children)
    return Html(tag("pre", Html("\n" + inner), **attributes))

"""Raw HTML built so that escaping cannot be forgotten: text goes in as ``str`` and comes out encoded.

Only ``Html`` passes through as it is, and only this module makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias, Union

from cuebook import escape

_PLAIN_ATTRIBUTE = re.compile(r"[A-Za-z0-9 .,/#:;%=?()+_-]*")
_BLANK_LINE = re.compile(r"^ +$", re.MULTILINE)
_VOID = frozenset({"br", "hr", "input", "wbr"})


class Html(str):
    """Markup that is safe to write into a page."""

    __slots__ = ()


Child: TypeAlias = Union[Html, str, int, Iterable["Child"], None]  # noqa: UP007  the name in quotes forbids |
"""What may stand inside an element; every ``str`` that is not ``Html`` is encoded."""


def tag(name: str, /, *children: Child, **attributes: str | int | None) -> Html:
    """An element. ``class_`` is written ``class``, ``data_x`` ``data-x``; None and False leave out."""
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{head}>")
    return Html(f"<{name}{head}>{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """Children one after the other, without an element around them."""
    return Html("".join(_flat(children)))


def _flat(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, Html):
            yield child
        elif isinstance(child, str):
            yield escape.html(child)
        elif isinstance(child, int):
            yield str(child)
        elif child is not None:
            yield from _flat(child)


def _attribute(key: str, value: str | int | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = str(value)
    return f' {name}="{text if _PLAIN_ATTRIBUTE.fullmatch(text) else escape.html(text)}"'


def kept(text: str) -> Html:
    """Text for inside ``pre``, with every line and space as it was.

    Markdown throws away what stands on a blank line, so spaces there are encoded too.
    """
    return Html(_BLANK_LINE.sub(lambda found: "&#32;" * len(found[0]), escape.html(text)))


def pre(*children: Html, **attributes: str | int | None) -> Html:
    """A ``pre`` element. The line feed that browsers drop after the tag is there to be dropped."""
    inner = join(children)
    return Html(tag("pre", Html("\n" + inner), **attributes))

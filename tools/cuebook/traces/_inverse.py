"""Reading back what a version's variables were filled with, from the text that was sent. Pure, linear.

A version never changes, so its literal text is known. It is looked for from the left and from the right;
only where both placements agree, and filling again gives the same text, the values are certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cuebook.core.messages import texts
from cuebook.core.templating import pieces
from cuebook.shapes.run import Version


def read_back(version: Version, sent: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return the values of a version's variables, given the messages that were sent; None where in doubt.

    Texts only, and of the template format ``simple``: a program cannot be read backwards.
    """
    said = texts({"messages": version.messages, "template": version.template})
    given = [message.get("content") for message in sent]
    # More or fewer messages were sent, so it is not known which is which.
    if version.template_format != "simple" or len(said) != len(given):
        return None
    found: dict[str, str] = {}
    for template, text in zip(said, given, strict=True):
        values = inverse(template, text) if isinstance(text, str) else None
        if values is None or any(found.setdefault(name, value) != value for name, value in values.items()):
            return None
    return found


def inverse(template: str, text: str) -> dict[str, str] | None:
    """Return the values with which a template gives this text; None without any, or where others might."""
    literals, names = pieces(template)
    if not names:
        return {} if text == literals[0] else None
    if any("." in name for name in names) or "" in literals[1:-1]:
        return None  # a part of an object, or two variables with nothing between them
    if not text.startswith(literals[0]) or not text.endswith(literals[-1]):
        return None
    start, stop = len(literals[0]), len(text) - len(literals[-1])
    if start > stop:
        return None
    # Where a literal is in a value as well, the two placements differ.
    left, right = _from_left(literals, text, start, stop), _from_right(literals, text, start, stop)
    if left is None or left != right:
        return None
    found: dict[str, str] = {}
    for name, value in zip(names, left, strict=True):
        # One variable in two places has one value.
        if found.setdefault(name, value) != value:
            return None
    return found


def _from_left(literals: Sequence[str], text: str, start: int, stop: int) -> list[str] | None:
    values = []
    for literal in literals[1:-1]:
        at = text.find(literal, start, stop)
        if at < 0:
            return None
        values.append(text[start:at])
        start = at + len(literal)
    return [*values, text[start:stop]]


def _from_right(literals: Sequence[str], text: str, start: int, stop: int) -> list[str] | None:
    values = []
    for literal in reversed(literals[1:-1]):
        at = text.rfind(literal, start, stop)
        if at < 0:
            return None
        values.append(text[at + len(literal) : stop])
        stop = at
    return [text[start:stop], *reversed(values)]

"""Make text of others fit to print: nothing in it steers a terminal or a workflow's log.

A workflow reads every line printed: one that begins with two colons, after blanks, is a command to the
runner, and so is a number sign, a number sign and a bracket anywhere in a line.
"""

from __future__ import annotations

import re

from cuebook.core.escape import HIDDEN, shorten

CONTROL = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff"
BIDI = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
"""Characters that reorder the text around them, and so can make a line read as what it is not."""

_COMMAND = re.compile(r"^(\s*:)(?=:)", re.MULTILINE)


def plain(text: str) -> str:
    """Return text with nothing but visible characters, blanks and line feeds; the rest becomes U+FFFD."""
    if text.isascii() and text.isprintable():  # a quick look; beyond ASCII some printable ones are hidden
        return text
    # A lone carriage return would let what follows write over the line.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    return HIDDEN.sub(lambda found: "\n" if found[0] == "\n" else "\ufffd", lines)


def line(text: str, limit: int | None = None) -> str:
    """Return text on one line, cut to ``limit`` characters."""
    joined = " ".join(plain(text).split())
    return joined if limit is None else shorten(joined, limit)


def no_commands(text: str) -> str:
    """Return text that looks the same and in which a workflow's log finds no command."""
    # A space that nobody sees, between the signs that make a command.
    return _COMMAND.sub("\\1\u200b", text).replace("##[", "##\u200b[")

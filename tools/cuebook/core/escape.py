"""Untrusted text made safe for HTML, JSON in HTML, Markdown and GitHub's log: one function for each place.

Prompts, answers, reasons, names, titles and messages are other people's text. Everything written
into a page or comment passes through here.
"""

from __future__ import annotations

import re

# What is safe is listed, not what is dangerous: Markdown, HTML and templates each have other signs.
_UNSAFE = re.compile(r"[^A-Za-z0-9 .,\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_STEERING = re.compile(_CONTROL.pattern[:-1] + r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that steer a terminal, turn the direction of a line or cannot be seen."""
_BACKTICKS = re.compile(r"`+")


def html(text: str) -> str:
    """Text for the body or a quoted attribute of raw HTML inside Markdown.

    Every character that HTML, Markdown or a template language could give a meaning is written as
    a numeric entity. Control characters, which HTML cannot hold, become U+FFFD.
    """
    return _UNSAFE.sub(lambda found: f"&#{ord(found[0])};", _CONTROL.sub("\ufffd", text))


def fence(text: str, language: str = "text") -> str:
    """A Markdown code block that the text cannot end, and in which it pings nobody."""
    # CommonMark ends a block at a run of at least as many backticks as opened it.
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{defuse(_CONTROL.sub(chr(0xFFFD), text))}\n{ticks}"


def defuse(text: str) -> str:
    """Text in which ``@name``, ``#12``, ``GH-12`` and ``www.`` no longer ping or link.

    A zero-width space goes in between.
    """
    return re.sub(r"([@#]|\bgh-|\bwww)(?=[\w.])", "\\1\u200b", text, flags=re.I)


def inert(text: str) -> str:
    """Text for a title or a commit message: nothing in it pings, links, closes an issue or stops a workflow.

    GitHub and other systems look there for ``[skip ci]``, ``***NO_CI***``, ``skip-checks:`` and the like.
    """
    line = " ".join(_STEERING.sub("\ufffd", text).split())
    return re.sub(r"(\[|\*(?=\*)|:(?=//)|\bskip-checks)", "\\1\u200b", defuse(line), flags=re.I)


def markdown(text: str) -> str:
    """One line of text for a Markdown table cell or sentence; nothing in it is taken as markup."""
    line = " ".join(_CONTROL.sub("\ufffd", text).split())
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&$:-])", r"\\\1", defuse(line)).replace("\\<", "&lt;")


def command(kind: str, text: str, **properties: str) -> str:
    """A workflow command, such as ``::error file=a.yml,line=3::text``; no value ends it or begins another."""
    # GitHub decodes a property's value alone: a colon or comma in it would end it.
    listed = ",".join(
        f"{name}={_data(value).replace(':', '%3A').replace(',', '%2C')}" for name, value in properties.items()
    )
    return f"::{kind}{listed and ' '}{listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def line(text: str) -> str:
    """Text of others on one line of a terminal or log: what is hidden is written out."""
    return HIDDEN.sub(lambda found: _written(found[0]), text)


def block(text: str) -> str:
    """As ``line`` for a text of several: line feeds and tabs stay."""
    return HIDDEN.sub(lambda found: found[0] if found[0] in "\n\t" else _written(found[0]), text)


def _written(char: str) -> str:
    code = ord(char)
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    return known or (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def one_line(text: str, limit: int) -> str:
    """Text on one line, at most ``limit`` characters of it, none of which steers a terminal."""
    return shorten(" ".join(_STEERING.sub("\ufffd", text).split()), limit)


def shorten(text: str, limit: int) -> str:
    """Text cut to at most ``limit`` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "\u2026"

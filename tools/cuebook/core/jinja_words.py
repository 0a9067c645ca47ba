"""What is wrong with a jinja2 template, all of it, in words for somebody who writes a prompt.

The parser stops at the first slip and names its own tokens. So what stops it in ``{{ ... }}`` is blanked and
the rest is read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from jinja2 import TemplateAssertionError, TemplateRuntimeError, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from cuebook.core.errors import did_you_mean
from cuebook.core.limited_jinja import OverLimit, TooLong

_MOST = 20
"""Slips of one template; each takes another reading of it."""
_LONGEST = 20_000
"""Characters of a template that is read more than once: what is longer shows its first slip only."""
_RAW = "write braces that are meant as text between {% raw %} and {% endraw %}"
_OPENS = re.compile(r"\{[{%#]")
_CLOSES = {"{{": "}}", "{%": "%}", "{#": "#}"}
_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_ENDS = {
    name: f"end{name}" for name in ("autoescape", "block", "call", "filter", "for", "if", "macro", "with")
}
_TAGS = ("do", "elif", "else", "extends", "from", "import", "include", "raw", "set", *_ENDS, *_ENDS.values())

TemplateSlip = tuple[int, str, str]
"""The line from 1, what is wrong, and what to do."""


class _Mark(NamedTuple):
    """One ``{{ ... }}``, ``{% ... %}`` or ``{# ... #}`` of a template, and where it is."""

    text: str
    start: int
    end: int
    line: int


def _marks(text: str) -> Iterator[_Mark]:
    """The marks of a template, in linear time: a pattern would look for an end from each beginning."""
    place, line, counted = 0, 1, 0
    while opened := _OPENS.search(text, place):
        start = opened.start()
        end = text.find(_CLOSES[opened[0]], start + 2) + 2
        if end < 2:
            return
        line, counted = line + text.count("\n", counted, start), start
        yield _Mark(text[start:end], start, end, line)
        place = end


def slips(environment: Any, text: str) -> list[TemplateSlip]:
    """Return everything that keeps a template from being compiled; none where it can be."""
    found: list[TemplateSlip] = []
    while len(found) < _MOST:
        tree = nodes.Template([])
        try:
            tree = environment.parse(text)
            # Only compiling finds blocks nested deeper than Python allows.
            environment.compile(text)
        except TemplateSyntaxError as error:
            if isinstance(error, TemplateAssertionError) and (unknown := list(unknown_names(tree))):
                return [*found, *unknown]
            slip, mark = _slip(environment, error, text)
            found.append(slip)
            if mark is None or not mark.text.startswith("{{"):
                return found
            # As many characters and lines as before, so that later slips are told at their own lines.
            text = text[: mark.start] + re.sub(r"[^\n]", " ", mark.text) + text[mark.end :]
        except (SyntaxError, RecursionError, ValueError, MemoryError):
            return [
                *found,
                (1, "jinja2: the template cannot be compiled: it is nested too deep", "make it simpler"),
            ]
        else:
            return found
    return found


def fill_error(error: Exception) -> str:
    """Why filling a template with these values stopped; a template is a program, and may raise anything."""
    said = str(error)
    if isinstance(error, OverLimit):
        return said
    if isinstance(error, UndefinedError):
        part = re.search(r"has no (?:attribute|element) '?([^']+)'?", said)
        name = re.match(r"'([^']+)' is undefined", said)
        return (
            f"no value has {part[1]!r}"
            if part
            else f"{name[1]!r} has no value"
            if name
            else "a value is missing"
        )
    if isinstance(error, SecurityError):
        return "it uses an attribute that templates may not use"
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    if isinstance(error, TemplateRuntimeError) and (
        unknown := re.match(r"No (filter|test) named '([^']+)'", said)
    ):
        return f"jinja2 has no {unknown[1]} {unknown[2]!r}"
    if isinstance(error, TypeError | ValueError | ArithmeticError | LookupError | AttributeError):
        return "it uses an operation that the type of a value does not support"
    return "it fails for these values"


def unknown_names(tree: Any) -> Iterator[TemplateSlip]:
    """Yield the filters and tests that jinja2 does not have; in a branch it would say so only when filled."""
    kinds: tuple[tuple[type[nodes.Node], str, Mapping[str, Any]], ...] = (
        (nodes.Filter, "filter", FILTERS),
        (nodes.Test, "test", TESTS),
    )
    for kind, word, known in kinds:
        for node in tree.find_all(kind):
            if node.name not in known:
                yield (
                    node.lineno,
                    f"jinja2 has no {word} {node.name!r}",
                    did_you_mean(node.name, sorted(known)),
                )


def _slip(environment: Any, error: TemplateSyntaxError, text: str) -> tuple[TemplateSlip, _Mark | None]:
    """The slip behind an error, and the mark of the template that it is in."""
    said = error.message or ""
    if isinstance(error, TooLong):
        return (error.lineno, f"jinja2: the template is too long: {said}", "make it shorter"), None
    if said.startswith("Missing end of"):
        word = "raw" if "raw" in said else "comment"
        return (error.lineno, *_unclosed("{% raw %}" if word == "raw" else "{#", word)), None
    if "end of template" in said.lower():
        return _open_at_the_end(error.lineno, text), None
    if named := re.match(r"Encountered unknown tag '(\w+)'", said):
        return (error.lineno, *_unknown_tag(named[1], said)), None
    mark = _culprit(environment, error.lineno, text)
    shown = f"{_short(mark.text)} cannot be read" if mark else "this line cannot be read"
    line = mark.line if mark else error.lineno
    return (line, f"jinja2: {shown}", f"correct it, or {_RAW}"), mark


def _unclosed(opened: str, word: str) -> tuple[str, str]:
    close = {"raw": "{% endraw %}", "comment": "#}"}.get(word, f"{{% {_ENDS.get(word, 'end' + word)} %}}")
    return f"{opened} is opened and not closed", f"write {close} where it ends"


def _open_at_the_end(line: int, text: str) -> TemplateSlip:
    """The innermost block that is open where the template ends, or braces that are."""
    opened: list[tuple[int, str, str]] = []
    end = 0
    for mark in _marks(text):
        end = mark.end
        word = _WORD.match(mark.text)
        if word and word[1] in _ENDS:
            opened.append((mark.line, _short(mark.text), word[1]))
        elif word and word[1].startswith("end") and opened:
            opened.pop()
    if (braces := max(text.find("{{", end), text.find("{%", end))) >= 0:
        start = text[braces:].split("\n", 1)[0]
        return (
            text.count("\n", 0, braces) + 1,
            f"{start[:40]} has no closing braces",
            f"close them, or {_RAW}",
        )
    if not opened:
        return line, "jinja2: a block is opened and not closed", f"close it, or {_RAW}"
    at, shown, word_ = opened[-1]
    return at, *_unclosed(shown, word_)


def _unknown_tag(name: str, said: str) -> tuple[str, str]:
    inner = re.search(r"innermost block that needs to be closed is '(\w+)'", said)
    if name not in _TAGS:
        return f"jinja2 has no {{% {name} %}}", did_you_mean(name, _TAGS, shown=20)
    if inner is None:
        return (
            f"{{% {name} %}} closes nothing: no block is open here",
            "take it out, or open the block before it",
        )
    return (
        f"{{% {name} %}} comes where {{% {inner[1]} %}} is open",
        f"write {{% {_ENDS.get(inner[1], '')} %}} before it",
    )


def _culprit(environment: Any, line: int, text: str) -> _Mark | None:
    """The mark on this line that cannot be read by itself; the first where each can, none in a long text."""
    if len(text) > _LONGEST:
        return None
    here = [
        mark
        for mark in _marks(text)
        if mark.line <= line <= mark.line + mark.text.count("\n") and not mark.text.startswith("{#")
    ]
    for mark in here[:_TRIED]:
        word = _WORD.match(mark.text)
        if word and word[1] not in _ENDS:
            continue
        try:
            # With its end, as a block that is only opened could not be read by itself.
            environment.parse(mark.text + (f"{{% {_ENDS[word[1]]} %}}" if word else ""))
        except TemplateSyntaxError:
            return mark
    return here[0] if here else None


_TRIED = 200
"""Marks of one line that are read by themselves."""


def _short(mark: str) -> str:
    line = " ".join(mark.split())
    return line if len(line) <= 60 else f"{line[:56]}...{mark[-2:]}"

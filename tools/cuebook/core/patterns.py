"""Contributed regular expressions: RE2 tries them in time linear in the text.

What RE2 cannot compile but Python can (look-around, back references) is refused in new files; in files
from before this rule it runs in a child process with a limit.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cuebook.core import limited
from cuebook.core.errors import MissingExtra

LONGEST_PATTERN = 1000
"""Characters; a pattern that somebody can review is far shorter."""

_REWRITES = (
    ("(?!", "drop the look-ahead, and write a second pattern, for what must not occur, with {absent}"),
    ("(?<!", "drop the look-behind, and write a second pattern, for what must not occur, with {absent}"),
    ("(?=", "write two patterns: RE2 does not look ahead"),
    ("(?<=", "match what comes before it, too: RE2 does not look behind"),
    (r"\Z", r"write \z for the end of the text"),
    (r"\u", r"write \x{{...}} for a character by its number"),
    ("(?>", "write (?:...): RE2 needs no atomic groups"),
    ("(?P=", "RE2 has no back references; write the alternatives out"),
    ("++", "drop the second +: RE2 needs no possessive repetition"),
    ("*+", "drop the +: RE2 needs no possessive repetition"),
    ("?+", "drop the +: RE2 needs no possessive repetition"),
    ("(?#", "drop the comment"),
    ("(?x", "write it without white space and comments"),
)


def pattern_problem(pattern: str) -> str | None:
    """Return why a pattern can never be used: wrong, or too long."""
    if len(pattern) > LONGEST_PATTERN:
        return f"the pattern has {len(pattern):,} characters; the limit is {LONGEST_PATTERN:,}"
    linear = _linear(pattern)
    if not isinstance(linear, str):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return f"not a regular expression: {linear}"
    return None


def rewrite(pattern: str, absent: str = "'absent: true'") -> tuple[str, str] | None:
    """Return why RE2 does not take a pattern and what to write; None when it does.

    ``absent`` is what the file's format has for "must not match".
    """
    linear = _linear(pattern)
    if not isinstance(linear, str):
        return None
    plain = pattern.replace("\\\\", "")
    found = next((cure for mark, cure in _REWRITES if mark in plain), "write it in RE2's syntax")
    if re.search(r"\\[1-9]", plain):
        found = "RE2 has no back references; write the alternatives out"
    return f"RE2 cannot compile it ({linear})", found.format(absent=absent)


def cost(pattern: str, text: str) -> int:
    """Return the steps of a search; 100,000 take at most 4 seconds (7 ns for a state and a character)."""
    linear = _linear(pattern)
    return 1 + (0 if isinstance(linear, str) else linear.programsize * len(text) // 5_000)


def search(pattern: str, text: str, *, full: bool = False) -> str | None:
    """Return the first part of a text that a pattern matches (all of it if ``full``), else None.

    Raises OverBudget when a pattern that RE2 cannot compile takes too long.
    """
    linear = _linear(pattern)
    if isinstance(linear, str):
        look = search_backtracking if limited.inside else _search_apart
        return look(pattern, text, full=full)
    # Half a character, which JSON can write, has no UTF-8 form.
    whole = text.encode(errors="replace").decode()
    match = linear.fullmatch(whole) if full else linear.search(whole)
    return None if match is None else str(match[0])


def spans(pattern: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where in a text a pattern matches, one after the other. Raises ValueError where RE2 cannot."""
    linear = _linear(pattern)
    if isinstance(linear, str):
        raise ValueError(linear)
    yield from (found.span() for found in linear.finditer(text) if found[0])


def search_backtracking(pattern: str, text: str, *, full: bool) -> str | None:
    """As ``search``, by Python's engine, which nothing stops: for a child process only."""
    match = (re.fullmatch if full else re.search)(pattern, text)
    return match[0] if match else None


def _search_apart(pattern: str, text: str, *, full: bool) -> str | None:
    with limited.patience(pattern):
        found = limited.call_limited(f"{__name__}:search_backtracking", pattern=pattern, text=text, full=full)
    return None if found is None else str(found)


_SAID = {
    "missing ]": "a [ is not closed",
    "missing )": "a ( is not closed",
    "unexpected )": "a ) closes nothing",
    "missing argument to repetition operator": "{} repeats nothing",
    "no argument for repetition operator": "{} repeats nothing",
    "bad repetition operator": "{} repeats what is repeated already",
    "invalid repetition size": "{} is not a number of repeats from 0 to 1,000",
    "invalid escape sequence": "{} is not a known escape sequence",
    "invalid character class range": "{} is not a range of characters",
    "invalid character class": "{} is not a class of characters",
    "invalid perl operator": "{} is not supported",
    "invalid named capture group": "{} is not a name of a group",
    "duplicate capture group name": "{} names two groups",
    "trailing \\": "it ends with a single \\",
    "pattern too large": "it takes too much memory",
}
"""How RE2 begins each of its refusals, in plain words; ``{}`` is the part that it names."""


def _words(said: str) -> str:
    head, _, part = said.partition(": ")
    found = next((words for start, words in _SAID.items() if head.startswith(start)), "it cannot be read")
    return found.format(part)


@lru_cache(maxsize=512)
def _linear(pattern: str) -> Any:
    """The pattern as RE2 compiled it, or why it cannot."""
    try:
        import re2
    except ImportError:
        raise MissingExtra("google-re2 (it tries regular expressions)", "cli") from None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        return _words(said.decode(errors="replace") if isinstance(said, bytes) else str(said))
    except UnicodeEncodeError:
        return "half a character"

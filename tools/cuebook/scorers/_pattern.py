"""Regular expressions that are safe to try on a hostile answer.

Python cannot stop a match half-way, and some patterns take time exponential in the length of the text:
those that can split a text into the rounds of a loop in many ways. They are told by their parse tree.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from typing import Any

LONGEST_PATTERN = 1000
LONGEST_ANSWER = 20_000
"""Characters of an answer that a pattern is tried on."""

MANY = 10
"""A loop of at most so many rounds is not counted as one."""

_CURE = "make the inner repetition possessive, as in (?:[a-z]++ ?+)*"
_ASCII = frozenset(map(chr, range(128)))
_DIGIT, _SPACE, _LETTER, _SIGN = "\u0663", "\u2003", "\u00e9", "\u2014"
_ALL = _ASCII | {_DIGIT, _SPACE, _LETTER, _SIGN}
"""The ASCII characters, and one for all others of each kind that a pattern can tell apart."""
_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern is not used: wrong, too long, or able to take for ever."""
    if len(pattern) > LONGEST_PATTERN:
        return f"the pattern has {len(pattern):,} characters; the limit is {LONGEST_PATTERN:,}"
    try:
        re.compile(pattern)
        # The parse tree has no public name; a pattern that compiles also parses.
        tree = importlib.import_module("re._parser").parse(pattern)
    except re.error as error:
        return f"not a regular expression: {error}"
    except (RecursionError, OverflowError):
        return "not a regular expression: nested too deep"
    ignore_case = bool(re.search(r"\(\?[a-zA-Z]*i", pattern))
    if _ambiguous(tree, looped=False, ignore_case=ignore_case):
        return f"a repetition within a repetition can take for ever; {_CURE}"
    return None


def _ambiguous(items: Any, *, looped: bool, ignore_case: bool) -> bool:
    """Whether one text can be split into the rounds of a loop in several ways, as far as can be told."""
    for operation, argument in items:
        name = str(operation)
        inner = looped
        if name in _REPEATS:
            least, most, body = argument
            if looped and least != most:
                return True
            if most > MANY:
                if _separated(body, ignore_case=ignore_case):
                    continue
                inner = True
        elif name in {"POSSESSIVE_REPEAT", "ATOMIC_GROUP"}:
            # What these took they never give back, so what is around them cannot multiply their work.
            inner = False
        elif name == "BRANCH" and looped and not _told_apart(argument[1], ignore_case=ignore_case):
            return True
        if any(_ambiguous(body, looped=inner, ignore_case=ignore_case) for body in _bodies(name, argument)):
            return True
    return False


def _bodies(name: str, argument: Any) -> Sequence[Any]:
    """The parts of a pattern within one of its items."""
    if name in _REPEATS or name == "POSSESSIVE_REPEAT":
        return [argument[2]]
    if name == "SUBPATTERN":
        return [argument[3]]
    if name in {"ASSERT", "ASSERT_NOT"}:
        return [argument[1]]
    if name == "BRANCH":
        return list(argument[1])
    if name == "ATOMIC_GROUP":
        return [argument]
    if name == "GROUPREF_EXISTS":
        return [body for body in argument[1:] if body is not None]
    return []


def _told_apart(branches: Sequence[Any], *, ignore_case: bool) -> bool:
    """Whether the first character of a text says which of the branches it can be."""
    seen: frozenset[str] = frozenset()
    for branch in branches:
        first = _characters(*branch[0], ignore_case=ignore_case) if len(branch) else None
        if first is None or first & seen:
            return False
        seen |= first
    return True


def _separated(body: Any, *, ignore_case: bool) -> bool:
    """Whether each round begins or ends with a character that its repetitions cannot take, as (-[a-z]+)*."""
    items = list(body)
    while len(items) == 1 and str(items[0][0]) == "SUBPATTERN":
        items = list(items[0][1][3])
    taken: frozenset[str] = frozenset()
    plain: list[frozenset[str] | None] = []
    for operation, argument in items:
        if str(operation) in _REPEATS:
            repeated = list(argument[2])
            some = _characters(*repeated[0], ignore_case=ignore_case) if len(repeated) == 1 else None
            if some is None:
                return False
            taken |= some
            plain.append(None)
        else:
            plain.append(_characters(operation, argument, ignore_case=ignore_case))
            if plain[-1] is None:
                return False
    return any(edge is not None and not edge & taken for edge in (plain[0], plain[-1])) if plain else False


def _characters(operation: Any, argument: Any, *, ignore_case: bool) -> frozenset[str] | None:
    """The characters that an item can be, if it always takes exactly one."""
    name = str(operation)
    if name == "ANY":
        return _ALL
    if name in {"LITERAL", "NOT_LITERAL"}:
        parts = [("LITERAL", argument)]
    elif name == "IN":
        parts = [(str(kind), value) for kind, value in argument]
    else:
        return None
    negated = name == "NOT_LITERAL" or parts[0][0] == "NEGATE"
    found: frozenset[str] = frozenset()
    for kind, value in parts:
        some = _members(kind, value)
        # A character that stands for its kind is left out only when the whole kind is.
        found |= some if kind == "CATEGORY" or not negated else some & _ASCII
    if ignore_case:
        found |= frozenset(char.swapcase() for char in found & _ASCII)
    return _ALL - found if negated else found


def _kind(code: int) -> str:
    """The character of this code, or the one that stands for its kind."""
    char = chr(code)
    if char.isascii():
        return char
    kinds = ((r"\d", _DIGIT), (r"\s", _SPACE), (r"\w", _LETTER))
    return next((kind for escape, kind in kinds if re.match(escape, char)), _SIGN)


def _members(kind: str, value: Any) -> frozenset[str]:
    if kind == "LITERAL":
        return frozenset([_kind(value)])
    if kind == "RANGE":
        first, last = value
        inside = frozenset(char for char in _ASCII if first <= ord(char) <= last)
        return inside | (_ALL - _ASCII if last >= len(_ASCII) else frozenset())
    if kind == "CATEGORY":
        _, _, word = str(value).partition("CATEGORY_")
        escape = _CATEGORIES[word.removeprefix("NOT_")]
        negated = word.startswith("NOT_")
        return frozenset(char for char in _ALL if bool(re.match(escape, char)) != negated)
    return frozenset()

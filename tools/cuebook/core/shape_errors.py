"""What pydantic refuses of a file, in the words of somebody who writes that file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from cuebook.core.errors import Problem, did_you_mean

_QUOTED = re.compile("'([^']*)'")

_RULE = "rule_of_the_file"


def broken_rule(key: str, what: str, cure: str) -> PydanticCustomError:
    """What a shape raises of several keys together; ``key`` is the one whose line is shown."""
    return PydanticCustomError(_RULE, "{what}", {"key": key, "what": what, "cure": cure})


_MEANT: dict[str, tuple[str, str]] = {}
"""Each pattern of a file format: what it asks for, and an example that fits."""


def meant(pattern: str, what: str, example: str) -> str:
    """The pattern, after keeping for its refusal what it asks for and an example."""
    _MEANT[pattern] = (what, example)
    return pattern


def shape_problems(
    error: Any,
    path: str,
    line_of: Callable[[Sequence[str | int]], int],
    known: Callable[[Sequence[str | int]], Sequence[str]],
) -> list[Problem]:
    """Every complaint of a pydantic ValidationError as a problem with its line.

    ``known`` gives the keys allowed at a place, for the nearest one to be named.
    """
    # Each member of a union refuses the same value in its own way: one cause, one error.
    refused: dict[tuple[str | int, ...], list[Mapping[str, Any]]] = {}
    for item in error.errors():
        loc = item["loc"]
        place = tuple(step for index, step in enumerate(loc) if not _is_union_label(loc, index))
        refused.setdefault(place, []).append(item)
    return [_problem(place, items, path, line_of, known) for place, items in refused.items()]


def _problem(
    place: tuple[str | int, ...],
    items: Sequence[Mapping[str, Any]],
    path: str,
    line_of: Callable[[Sequence[str | int]], int],
    known: Callable[[Sequence[str | int]], Sequence[str]],
) -> Problem:
    dotted, first = ".".join(str(step) for step in place), items[0]
    line = line_of([*place, first["ctx"]["key"]] if first["type"] == _RULE else place)
    if first["type"] == "extra_forbidden":
        cure = _key_cure(str(place[-1]), place[:-1], known)
        return Problem(path, line, f"unknown key {dotted!r}", cure, key=dotted)
    if first["type"] == "missing":
        return Problem(path, line, f"{dotted!r} is missing", f"add '{place[-1]}:'")
    what, hint = _refusal(items)
    return Problem(path, line, f"{dotted}: {what}" if dotted else what, hint)


def _key_cure(
    key: str, place: Sequence[str | int], known: Callable[[Sequence[str | int]], Sequence[str]]
) -> str:
    if key.startswith("\xa0"):
        return (
            "it begins with a no-break space (U+00A0), copied with the text: delete it and indent with spaces"
        )
    top = known([])  # also what is told of a place that has no keys of its own
    for other in known(place):
        if key in (there := known([*place, other])) and there != top:
            return f"write it under '{other}:'"
    return did_you_mean(key, known(place))


_WANTED = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write it without quotes"),
    "int_from_float": ("a whole number", "write it without a point"),
    "int_parsing": ("a whole number", "write it without quotes"),
    "float_type": ("a number", "write it without quotes"),
    "bool_type": ("true or false", "write it without quotes"),
    "list_type": ("a list", "write one item a line, each after '- '"),
    "dict_type": ("a block of keys", "write one 'key: value' a line, indented below it"),
    "model_type": ("a block of keys", "write one 'key: value' a line, indented below it"),
    "finite_number": ("a number", "write a number that is not infinite"),
}


def _refusal(items: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """What is refused of a value, and what to do: the nearest right one, or what is there."""
    item = items[0]
    kind, given, limits = str(item["type"]), item["input"], item.get("ctx", {})
    if kind in _WANTED:
        wanted = " or ".join(_WANTED[one["type"]][0] for one in items if one["type"] in _WANTED)
        cure = _WANTED[kind][1]
        found, shown = _kind_of(given)
        if kind == "string_type" and isinstance(given, (list, dict)):
            cure = "only text is possible here; a text that begins with [ or { needs quotes"
        return (
            f"{wanted} is wanted, and this is {found}{shown}",
            cure if given is not None else "write it, or take the key out",
        )
    if kind in {"string_too_short", "too_short"}:
        return "it is empty", "write at least one " + ("character" if kind[0] == "s" else "item")
    if kind in {"string_too_long", "too_long"}:
        unit = "characters" if kind[0] == "s" else "items"
        return f"it has {len(given):,} {unit}; at most {limits['max_length']:,} are possible", "shorten it"
    if kind == "string_pattern_mismatch":
        return _MEANT.get(limits["pattern"], ("it has a form that is not possible here", ""))
    if kind == "literal_error":
        known = _QUOTED.findall(limits["expected"])
        if isinstance(given, str):
            return f"{given[:60]!r} is not known here", did_you_mean(given, known)
        return f"it is not one of {', '.join(known)}", f"this is {_kind_of(given)[0]}{_kind_of(given)[1]}"
    if kind in _BOUNDS:
        bound, name = _BOUNDS[kind]
        return f"it is {given}; {bound} {limits[name]:g} is possible", ""
    if kind == _RULE:
        return str(limits["what"]), str(limits["cure"])
    return str(item["msg"]).removeprefix("Value error, "), ""


_BOUNDS = {
    "greater_than": ("only more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("only less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def _kind_of(given: object) -> tuple[str, str]:
    """What a value is, and the value itself where it is short."""
    if given is None:
        return "empty", ""
    if isinstance(given, bool):
        return "true or false", f": {str(given).lower()}"
    if isinstance(given, (int, float)):
        return "a number", f": {given!r}"[:62]
    if isinstance(given, str):
        return "text", f": {given if len(given) <= 60 else given[:59] + '…'!r}"
    return ("a list" if isinstance(given, list) else "a block of keys"), ""


def _is_union_label(place: Sequence[str | int], index: int) -> bool:
    """Pydantic names the member of a union it tried; a key of the file may have the same name."""
    step = place[index]
    if not isinstance(step, str) or index == 0:
        return False
    last = index == len(place) - 1
    return bool(re.fullmatch(r"(list|dict)\[.*\]|\[key\]", step)) or (
        last and step in {"str", "int", "constrained-str"}
    )

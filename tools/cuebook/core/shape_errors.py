"""What pydantic says is wrong with a file, as problems with line, key and cure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cuebook.core.errors import Problem, did_you_mean

_QUOTED = re.compile("'([^']*)'")


def shape_problems(
    error: Any,
    path: str,
    line_of: Callable[[Sequence[str | int]], int],
    known: Callable[[Sequence[str | int]], Sequence[str]],
) -> list[Problem]:
    """Every complaint of a pydantic ValidationError as a problem with its line.

    ``known`` gives the keys allowed at a place, for the nearest one to be named.
    """
    problems = []
    for item in error.errors():
        loc = item["loc"]
        place = [step for index, step in enumerate(loc) if not _is_union_label(loc, index)]
        dotted = ".".join(str(step) for step in place)
        if item["type"] == "extra_forbidden":
            key = str(place[-1])
            hint = did_you_mean(key, known(place[:-1]))
            problems.append(Problem(path, line_of(place), f"unknown key {dotted!r}", hint, key=dotted))
        elif item["type"] == "missing":
            problems.append(Problem(path, line_of(place), f"{dotted!r} is missing", f"add '{place[-1]}:'"))
        else:
            what, hint = _refusal(item)
            problems.append(Problem(path, line_of(place), f"{dotted}: {what}" if dotted else what, hint))
    return problems


def _refusal(item: Mapping[str, Any]) -> tuple[str, str]:
    """What pydantic refuses of a value, and what to do: the nearest right one, or what stands there."""
    kind, given = item["type"], item["input"]
    if kind == "string_too_short":
        return "it is empty", "write at least one character"
    if kind == "value_error":
        return item["msg"].removeprefix("Value error, "), ""
    if kind == "literal_error" and isinstance(given, str):
        return f"{given[:60]!r} is not known here", did_you_mean(
            given, _QUOTED.findall(item["ctx"]["expected"])
        )
    # A text in the wrong place may be a key, and logs are public.
    hidden = isinstance(given, dict | list) or kind in {"string_pattern_mismatch", "string_too_long"}
    shown = "" if hidden else f"got {_shown(given)}"
    return item["msg"].replace("Input should", "it should").replace("String should", "it should"), shown


def _shown(given: object) -> str:
    return repr(given) if len(repr(given)) <= 60 else f"{repr(given)[:59]}\u2026"


def _is_union_label(place: Sequence[str | int], index: int) -> bool:
    """Pydantic names the member of a union it tried; a key of the file may have the same name."""
    step = place[index]
    if not isinstance(step, str) or index == 0:
        return False
    last = index == len(place) - 1
    return bool(re.fullmatch(r"(list|dict)\[.*\]|\[key\]", step)) or (
        last and step in {"str", "int", "constrained-str"}
    )

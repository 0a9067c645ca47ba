"""Read the valid parts of a document of which something is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from pydantic import ValidationError

from cuebook.core.errors import Problem
from cuebook.core.json_schema import PlaceKey
from cuebook.core.shape_errors import meant_key, rule_key, shape_problems
from cuebook.core.yaml_files import Document
from cuebook.registry._shaped import Model, known_keys, needed_keys


class Doubts(frozenset[PlaceKey]):
    """Places of a document whose value is not known, so that no problem may be concluded from them."""

    def touch(self, *place: str | int) -> bool:
        """Whether the value at a place, something around it or something in it is not known."""
        return any(item[: len(place)] == place[: len(item)] for item in self)

    def cover(self, *place: str | int) -> bool:
        """Whether the value at a place, or something around it, is not known."""
        return any(item == place[: len(item)] for item in self)


class _Refused(NamedTuple):
    """What pydantic says of some places only."""

    items: Sequence[Mapping[str, Any]]

    def errors(self) -> Sequence[Mapping[str, Any]]:
        return self.items


_ROUNDS = 6
"""Rounds of validation: rules about several keys show only when each of these is valid by itself."""


def partly(
    document: Document, shape: type[Model], stand_ins: Mapping[PlaceKey, Any]
) -> tuple[Model | None, Doubts, list[Problem]]:
    """A document in a shape as far as that goes, the places that it is not known at, and what is refused.

    A key that is written wrong counts by its right name. ``stand_ins`` take the place of what may not be
    left out, with ``"*"`` for any index. None where nothing can be concluded from the rest.
    """
    known, needed = known_keys(shape), needed_keys(shape)
    data, doubts, problems = deepcopy(document.data), Doubts(), list[Problem]()
    written: dict[PlaceKey, str] = {}  # keys by their right name, as the file has them

    def line_of(place: Sequence[str | int]) -> int:
        as_written = [written.get(tuple(place[: at + 1]), step) for at, step in enumerate(place)]
        return document.line(as_written)

    for _ in range(_ROUNDS):
        try:
            return shape.model_validate(data), doubts, problems
        except ValidationError as error:
            found = [(item, _place(data, item)) for item in error.errors()]
        # What several keys must be together says nothing where one of them was left out.
        gaps = any(len(place) == 1 and place[0] not in data for place in doubts)
        told = [item for item, place in found if not (doubts.touch(*place) or (gaps and rule_key(item)))]
        problems += shape_problems(_Refused(told), document.path, line_of, known, needed)
        renamed: dict[PlaceKey, str] = {}
        for item, place in found:
            if item["type"] == "extra_forbidden":
                if not str(place[-1]).isidentifier():
                    return None, doubts, problems  # the indentation is not what it seems
                renamed |= _renamed(data, place, known)
        written |= renamed
        for item, place in found:
            if item["type"] == "extra_forbidden" or place in renamed or doubts.touch(*place):
                continue
            # Of keys that do not go together one is too much, or one is missing.
            is_too_much = rule_key(item) and place[-1] in _at(data, place[:-1])
            left_out = _left_out(data, place, needed, {} if is_too_much else stand_ins)
            doubts = Doubts(doubts | {left_out})
    return None, doubts, problems


def _place(data: Any, item: Mapping[str, Any]) -> PlaceKey:
    """Where a refusal is in the data, without pydantic's names for members of a union."""
    place: list[str | int] = []
    for step in item["loc"]:
        inside = range(len(data)) if isinstance(data, list) else data if isinstance(data, dict) else ()
        if step in inside:
            place.append(step)
            data = data[step]
    last = rule_key(item) or (item["loc"][-1] if item["type"] == "missing" else None)
    return (*place, *([last] if last is not None else []))


def _renamed(
    data: Any, place: PlaceKey, known: Callable[[Sequence[str | int]], Sequence[str]]
) -> dict[PlaceKey, str]:
    """Give a key its right name where it is near one that is not there, else take it out; place and key.

    One that belongs into a block that is there counts in it.
    """
    *around, key = place
    there = _at(data, around)
    value = there.pop(key)
    blocks, meant = meant_key(str(key), around, known)
    if blocks:
        if len(blocks) == 1 and isinstance(inside := there.get(blocks[0]), dict):
            inside.setdefault(meant, value)
        return {}  # it is no slip of a key of this place
    if not meant or meant in there:
        return {}
    there[meant] = value
    return {(*around, meant): str(key)}


def _left_out(
    data: Any,
    place: PlaceKey,
    needed: Callable[[Sequence[str | int]], bool],
    stand_ins: Mapping[PlaceKey, Any],
) -> PlaceKey:
    """Take out what is refused at a place, or put a stand-in there or around it; where that was."""
    for length in range(len(place), 0, -1):
        here = place[:length]
        there = _at(data, here[:-1])
        pattern = tuple("*" if isinstance(step, int) else step for step in here)
        if pattern in stand_ins:
            there[here[-1]] = deepcopy(stand_ins[pattern])
            return here
        if isinstance(there, dict) and not needed(here):
            there.pop(here[-1], None)
            return here
    return ()


def _at(data: Any, place: Sequence[str | int]) -> Any:
    for step in place:
        data = data[step]
    return data

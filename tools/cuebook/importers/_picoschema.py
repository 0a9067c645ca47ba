"""Picoschema, in which dotprompt writes what goes in and comes out, as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cuebook.core.errors import did_you_mean
from cuebook.importers._notes import Place

SCALARS = {"string", "number", "integer", "boolean", "null", "any"}
_KEY = re.compile(r"([^()?]+)(\?)?(?:\(([a-z]+)(?:,\s*(.*))?\)|\((\*)\))?", re.DOTALL)


class NoSchema(Exception):
    """What is no Picoschema: ``faults`` are all of it, each with its place."""

    def __init__(self, what: str, place: Place) -> None:
        super().__init__(what)
        self.faults: list[tuple[str, Place]] = [(what, place)]


def schema_of(given: Any, place: Place) -> dict[str, Any]:
    """Return the JSON Schema of a Picoschema, or of a JSON Schema itself. Raises NoSchema."""
    if isinstance(given, str):
        kind, _, words = (part.strip() for part in given.partition(","))
        if kind not in SCALARS:
            near = did_you_mean(kind, sorted(SCALARS))
            raise NoSchema(f"{kind[:40]!r} is not a type; {near}", place)
        described = {"description": words} if words else {}
        return {**({} if kind == "any" else {"type": kind}), **described}
    if not isinstance(given, Mapping):
        raise NoSchema("a schema is a type or a mapping of names to types", place)
    # Dotprompt asks the same: a field called type whose value is a type makes it a JSON Schema.
    if given.get("type") in {*SCALARS, "object", "array"}:
        return dict(given)
    if "properties" in given and isinstance(given["properties"], Mapping):
        return {"type": "object", **given}
    return _object(given, place)


def _object(given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    more: Any = False
    wrong: NoSchema | None = None
    for key, value in given.items():
        at: Place = [*place, key]
        found = _KEY.fullmatch(key)
        try:
            if key == "(*)":
                more = schema_of(value, at)
                continue
            if found is None:
                raise NoSchema(f"{key[:60]}: write name, name? or name(array)", at)
            made = _of_kind(key, found[3], value, at)
        except NoSchema as error:
            # The other keys are read as well, so that a file has all its faults told at once.
            error.faults = (wrong.faults if wrong else []) + error.faults
            wrong = error
            continue
        name, optional, words = found[1].strip(), found[2], found[4]
        # As in dotprompt, what the brackets say counts before what the value says.
        made |= {"description": words.strip()} if words else {}
        # Picoschema lets an optional field be null as well.
        if optional and "enum" in made:
            made["enum"] = [*made["enum"], None]
        elif optional and isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        elif not optional:
            required.append(name)
        properties[name] = made
    if wrong:
        raise wrong
    made = {"type": "object", "properties": properties}
    made |= {"required": required} if required else {}
    # Picoschema closes every object unless (*) opens it.
    return {**made, "additionalProperties": more}


def _of_kind(key: str, kind: str | None, value: Any, place: Place) -> dict[str, Any]:
    if kind is None:
        return schema_of(value, place)
    if kind == "array":
        return {"type": "array", "items": schema_of(value, place)}
    if kind == "object":
        return _object(value, place) if isinstance(value, Mapping) else schema_of(value, place)
    if kind == "enum" and isinstance(value, list):
        return {"enum": list(value)}
    raise NoSchema(f"{key[:60]}: only object, array or enum may be in brackets", place)

"""Inputs of a prompt by the JSON Schema of its values; what an input cannot say is noted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cuebook.core.format import joined
from cuebook.importers._base import mapping_of
from cuebook.importers._notes import Notes, Place

_KINDS = {"string", "number", "integer", "boolean", "array", "object"}
# What templates take for nothing; a number or an object has no such value, so it has to be given.
_EMPTY: dict[str, Any] = {"string": "", "array": []}
_SAID = {"type", "description", "default", "title"}


def inputs_of_schema(
    schema: Mapping[str, Any], written: Any, defaults: Mapping[str, Any], notes: Notes
) -> dict[str, dict[str, Any]]:
    """Return the inputs of the schema of an object, by name: type, description and default.

    ``written`` is the schema as the file has it, at ``input.schema``, where lines are looked up; ``defaults``
    are values that the file gives beside it.
    """
    made: dict[str, dict[str, Any]] = {}
    at: Place = ["input", "schema"]
    # False and a schema that says nothing of it ask for no name that is not written here.
    if schema.get("additionalProperties"):
        notes.left(at, "values of any other name: every input here needs a name")
    for name, item in mapping_of(schema.get("properties")).items():
        spec = mapping_of(item)
        line = notes.line([*at, _written_key(name, written)])
        made[name] = _input(spec, [*at, name], notes, line)
        if name in defaults:
            # Dotprompt fills in what is beside the schema, so it counts before the schema's own.
            made[name]["default"] = defaults[name]
        kind = made[name]["type"]
        if name in schema.get("required", ()) or "default" in made[name]:
            continue
        if kind in _EMPTY:
            made[name]["default"] = _EMPTY[kind]
        else:
            notes.changed([*at, name], f"optional there: a {kind} has to be given here", line=line)
    return made


def _input(spec: Mapping[str, Any], place: Place, notes: Notes, line: int) -> dict[str, Any]:
    kinds = spec.get("type", [])
    known = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind in _KINDS]
    made: dict[str, Any] = {"type": known[0] if known else _of_values(spec.get("enum"))}
    if len(known) > 1 or not (known or "enum" in spec):
        told = joined(known, "or") or "anything"
        notes.changed(place, f"{told} there: {made['type']} here", line=line)
    made |= {key: spec[key] for key in ("description", "default") if spec.get(key) not in (None, "")}
    for key, value in spec.items():
        if key not in _SAID and value not in (None, False, [], {}):
            shown = json.dumps(value, ensure_ascii=False, default=str)[:80]
            notes.left([*place, key], f"{shown}: an input has only a type here", line=line, key=key)
    return made


def _of_values(values: Any) -> str:
    """The type that all allowed values have, else text."""
    given = [item for item in values if item is not None] if isinstance(values, list) else []
    kinds = {type(item) for item in given}
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number")):
        if kinds == {kind}:
            return name
    return "number" if kinds == {int, float} else "string"


def _written_key(name: str, written: Any) -> str:
    """The key that the file has for a name: ``kind?(enum, the kind)`` for ``kind``."""
    keys = list(written) if isinstance(written, Mapping) else []
    # A JSON Schema has its names one level deeper; the line of properties is the nearest that is known.
    if name not in keys and isinstance(written, Mapping) and isinstance(written.get("properties"), Mapping):
        return "properties"
    return next((key for key in keys if re.split(r"[?(]", str(key))[0].strip() == name), name)

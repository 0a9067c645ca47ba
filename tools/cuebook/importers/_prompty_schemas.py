"""Inputs, outputs and tools of a prompty file, in the spellings of all its editions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.core.errors import InvalidFiles
from cuebook.importers._base import Request
from cuebook.importers._notes import Notes, Place, read_source

# JSON Schema's words, which the first edition has, and the later editions' float.
_KINDS = {
    "string": "string",
    "number": "number",
    "float": "number",
    "integer": "integer",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}
_SPEC = {"type", "kind", "default", "description"}
"""Keys of which one shows that a mapping describes an input and is not its value."""
_FILE = re.compile(r"\$\{file:(.*)\}")
_DEEPEST = 16
"""Objects within objects; what is inside of more is left out."""


def from_file(given: Any, request: Request, notes: Notes, place: Place) -> Any:
    """Return the value, or what the file holds that ``${file:...}`` names; None where there is none."""
    named = _FILE.fullmatch(given.strip()) if isinstance(given, str) else None
    if named is None:
        return given
    path = named[1].strip().removeprefix("./")
    data = request.read_beside(path)
    if data is None:
        notes.left(place, f"{path[:60]} is not there, or not below this folder")
        return None
    try:
        return read_source(data, path).data
    except InvalidFiles as error:
        notes.left(place, f"{path[:60]} cannot be read: {error.problems[0].message}")
        return None


def listed(given: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Named properties, from a list of them, a mapping by name, or either under ``properties``."""
    # Later editions have them one level deeper.
    if isinstance(given, Mapping) and isinstance(given.get("properties"), list):
        given = given["properties"]
    if isinstance(given, list):
        for item in given:
            if isinstance(item, Mapping) and isinstance(item.get("name"), str):
                yield item["name"], item
    elif isinstance(given, Mapping):
        for name, item in given.items():
            # The first edition has inputs by name: what describes one, or just its value.
            is_spec = isinstance(item, Mapping) and bool(_SPEC & item.keys())
            yield str(name), item if is_spec else {"default": item}


def kind_of(item: Mapping[str, Any]) -> str:
    """Return what a property is, as the file writes it."""
    return str(item.get("kind") or item.get("type") or "string")


def input_type(kind: str) -> str:
    """Return the type of an input of this kind."""
    # Kinds such as image or file are said where they are read; as text they can still be filled.
    return _KINDS.get(kind, "string")


def schema_of(given: Any, depth: int = 0) -> dict[str, Any]:
    """Return the JSON Schema of an object with these properties; empty where there are none."""
    pairs = list(listed(given)) if depth < _DEEPEST else []
    if not pairs:
        return {}
    schema = {"type": "object", "properties": {name: _property(item, depth) for name, item in pairs}}
    required = [name for name, item in pairs if item.get("required") is True]
    return schema | ({"required": required} if required else {})


def _property(item: Mapping[str, Any], depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {"type": input_type(kind_of(item))}
    if isinstance(item.get("description"), str):
        made["description"] = item["description"]
    if isinstance(item.get("enumValues"), list):
        made["enum"] = item["enumValues"]
    if made["type"] == "array" and isinstance(item.get("items"), Mapping) and depth < _DEEPEST:
        made["items"] = _property(item["items"], depth + 1)
    if made["type"] == "object" and (inner := schema_of(item.get("properties"), depth + 1)):
        made = {**inner, **made}
    return made


def tools_of(given: list[Any]) -> list[Any]:
    """Functions with their parameters as a JSON Schema; all else by its kind alone."""
    made: list[Any] = []
    for tool in given:
        if not isinstance(tool, Mapping) or "function" in tool:
            made.append(tool)
        # What is not a function is not described: its kind is what the note on it shows.
        elif (kind := str(tool.get("kind") or tool.get("type") or "function")) != "function":
            made.append({"type": kind})
        elif _is_json_schema(tool.get("parameters")):
            made.append({key: value for key, value in tool.items() if key != "kind"})
        else:
            kept = {key: tool[key] for key in ("name", "description") if isinstance(tool.get(key), str)}
            schema = schema_of(tool.get("parameters"))
            made.append({**kept, "parameters": schema} if schema else kept)
    return made


def _is_json_schema(parameters: Any) -> bool:
    return isinstance(parameters, Mapping) and (
        isinstance(parameters.get("type"), str) or isinstance(parameters.get("properties"), Mapping)
    )

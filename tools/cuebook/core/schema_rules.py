"""What schemas of a version keep to beyond JSON Schema itself, so that providers and readers agree on them.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.core.canonical import LARGEST_WHOLE, MAX_DEPTH
from cuebook.core.errors import did_you_mean
from cuebook.core.format import some
from cuebook.core.json_schema import PlaceKey, SchemaProblem, new_schema_problems, schema_problems

LARGEST_BYTES = 64 * 1024
"""Of the JSON of one schema, without spaces; it is sent with every call."""
MOST_LEVELS, MOST_PROPERTIES, MOST_CHOICES = 5, 5_000, 1_000
"""Objects within each other, properties and values of ``enum`` that every provider with ``strict`` takes."""
_FEW = 8
"""Names that an error lists."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_ONE = (
    *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_NOT_STRICT = ("oneOf", "allOf", "not", "if", "patternProperties")


def tool_schema_problems(schema: Mapping[str, Any], *, strict: bool) -> list[SchemaProblem]:
    """Return why a schema cannot be the parameters of a tool; quick whatever the schema is."""
    if depth_of(schema) > MAX_DEPTH:
        return [SchemaProblem((), f"the schema is nested more than {MAX_DEPTH} deep", "make it flatter")]
    text = json.dumps(schema, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if (size := len(text.encode())) > LARGEST_BYTES:
        what = f"the schema takes {size:,} bytes; the limit is {LARGEST_BYTES:,}"
        return [SchemaProblem((), what, "keep what a call needs")]
    if refused := schema_problems(text):
        return list(refused)
    found = [*_far_references(schema), *_foreign(schema)]
    found = found or [SchemaProblem((), what, cure) for what, cure in new_schema_problems(schema)]
    for number in numbers(schema):
        if isinstance(number, int) and abs(number) >= LARGEST_WHOLE:
            found.append(SchemaProblem((), *too_large(number)))
    if schema.get("type") != "object":
        cure = "write 'type: object' at the schema's top"
        found.append(SchemaProblem((), "the parameters of a tool are an object", cure))
    elif strict:
        found += strict_problems(schema)
    return found


def depth_of(value: Any) -> int:
    """How many objects and lists are within each other; counted without recursion."""
    deepest, left = 0, [(value, 1)]
    while left:
        part, depth = left.pop()
        if isinstance(part, (Mapping, list)):
            deepest = max(deepest, depth)
            inner = part.values() if isinstance(part, Mapping) else part
            left += [(item, depth + 1) for item in inner]
    return deepest


def numbers(value: Any) -> Iterator[int | float]:
    """Yield every number anywhere in a JSON value."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from numbers(part)


def too_large(number: float) -> tuple[str, str]:
    """The problem of a number that is digested to something else elsewhere."""
    return f"{number} is beyond 2^53, where JSON's numbers lose digits", "write it in quotes, or round it"


def _far_references(schema: Mapping[str, Any]) -> Iterator[SchemaProblem]:
    """References by address or name: only those within the schema are the same for every reader."""
    for place, part in _parts(schema):
        for key in ("$ref", "$dynamicRef"):
            named = part.get(key)
            if isinstance(named, str) and named != "#" and not named.startswith("#/"):
                shown = named if len(named) <= 80 else f"{named[:79]}…"
                what = f"{key!r} names {shown!r} at {pointer(place)}: only '#/...' is allowed"
                cure = "write that schema below '$defs': nothing is fetched"
                yield SchemaProblem((*place, key), what, cure)


def _foreign(schema: Mapping[str, Any]) -> Iterator[SchemaProblem]:
    """Words of another draft, which the one that is meant here passes over in silence."""
    for place, part in _parts(schema):
        named = part.get("$schema")
        if isinstance(named, str) and named.rstrip("#") != DIALECT:
            shown = named if len(named) <= 80 else f"{named[:79]}…"
            what = f"'$schema' names {shown!r} at {pointer(place)}: tools are in JSON Schema 2020-12"
            yield SchemaProblem((*place, "$schema"), what, f"leave it out, or write {DIALECT}")
        for key, other in (("$recursiveRef", "$ref: '#'"), ("$recursiveAnchor", "nothing: '#' is the top")):
            if key in part:
                what = f"{key!r} at {pointer(place)} is from an earlier draft, and means nothing in 2020-12"
                yield SchemaProblem((*place, key), what, f"write {other}")


def strict_problems(schema: Mapping[str, Any]) -> Iterator[SchemaProblem]:
    """Yield what providers refuse in a schema that must be followed exactly."""
    if schema.get("type") != "object":
        what = "strict needs an object at the schema's top"
        yield SchemaProblem((), what, "write 'type: object' at its top")
    for place, part in _parts(schema):
        properties = part.get("properties")
        if "object" not in part.get("type", ()) and not isinstance(properties, Mapping):
            continue
        if part.get("additionalProperties") is not False:
            where = f"(missing at {pointer(place)})"
            what = f"strict needs additionalProperties: false in each object {where}"
            yield SchemaProblem(place, what, "add it, or drop strict")
        if absent := [key for key in properties or () if key not in part.get("required", ())]:
            named = some([*map(repr, absent)], _FEW)
            what = f"strict needs each property in required (missing at {pointer(place)}: {named})"
            cure = "list every property; a property that may be missing gets 'type: [..., \"null\"]'"
            yield SchemaProblem(place, what, cure)


def strict_warnings(schema: Mapping[str, Any]) -> Iterator[SchemaProblem]:
    """Yield what some providers refuse or ignore in a schema that must be followed exactly."""
    parts = list(_parts(schema))
    for place, part in parts:
        for key in _NOT_STRICT:
            if key in part:
                what = f"strict: providers refuse or ignore {key!r} (at {pointer(place)})"
                yield SchemaProblem((*place, key), what, "write it with anyOf, or in the description")
    objects = {place for place, part in parts if "properties" in part}
    levels = [sum(place[:end] in objects for end in range(len(place) + 1)) for place in objects]
    counts = (
        (max(levels, default=0), MOST_LEVELS, "levels of objects"),
        (sum(len(part.get("properties", ())) for _, part in parts), MOST_PROPERTIES, "properties"),
        (sum(len(part.get("enum", ())) for _, part in parts), MOST_CHOICES, "values of enum"),
    )
    for count, most, what in counts:
        if count > most:
            said = f"strict: the schema has {count:,} {what}; not every provider takes over {most:,}"
            yield SchemaProblem((), said, "make it smaller")


def unknown_required(schema: Mapping[str, Any]) -> Iterator[tuple[PlaceKey, str, str]]:
    """Yield each name in ``required`` that no property has, with its place and the nearest of those there."""
    for place, part in _parts(schema):
        properties, names = part.get("properties"), part.get("required")
        # Where it also has other words, a property may be told by one of them.
        if not isinstance(properties, Mapping) or not isinstance(names, list) or part.keys() & _ELSEWHERE:
            continue
        for name in names:
            if isinstance(name, str) and name not in properties:
                yield (*place, "required"), name, did_you_mean(name, list(properties))


def closed_names(schema: Any) -> set[str] | None:
    """Return the names that an object of this schema may have; None where it may have others."""
    if not isinstance(schema, Mapping) or schema.keys() & _ELSEWHERE:
        return None
    properties, more = schema.get("properties"), schema.get("additionalProperties", False)
    # Left out, others are let through; but whoever lists names means these.
    return set(properties) if isinstance(properties, Mapping) and more is False else None


_ELSEWHERE = {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "patternProperties"}


def pointer(place: PlaceKey) -> str:
    """A place in a schema as a JSON pointer, its top in words."""
    if not place:
        return "its top"
    return "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in place)


def _parts(schema: Any, place: PlaceKey = ()) -> Iterator[tuple[PlaceKey, Mapping[str, Any]]]:
    """The schema and each schema within it, with its place."""
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for key in _MAPS:
        for name, part in schema[key].items() if isinstance(schema.get(key), Mapping) else ():
            yield from _parts(part, (*place, key, name))
    for key in _ONE:
        yield from _parts(schema.get(key), (*place, key))
    for key in _LISTS:
        for index, part in enumerate(schema[key] if isinstance(schema.get(key), list) else ()):
            yield from _parts(part, (*place, key, index))

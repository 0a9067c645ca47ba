"""What a value breaks of a JSON Schema, in the words of the other refusals of a file.

The library's sentences name its own types and its own operators; readers know neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cuebook.core.escape import shorten
from cuebook.core.format import joined, plural

_SHOWN = 60
"""Characters of a value in a sentence."""
_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}


def words_of(error: Any) -> str:
    """A jsonschema ValidationError as one sentence, without its place."""
    rule, wanted, value = error.validator, error.validator_value, error.instance
    if rule is None:
        return "nothing is allowed here"
    if rule in _SENTENCES:
        return _SENTENCES[rule](wanted, value)
    return str(error.message) if rule in OWN else f"it does not follow {rule!r} of the schema"


def kind_of(value: Any) -> str:
    """What a value of JSON is, and the value itself where it says more."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"true or false: {short_json(value)}"
    if isinstance(value, int | float):
        return f"a number: {short_json(value)}"
    if isinstance(value, str):
        return f"text: {short_json(value)}"
    return "an object" if isinstance(value, Mapping) else "a list"


def short_json(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    return shorten(json.dumps(value, ensure_ascii=False), _SHOWN)


def type_names(wanted: str | list[str]) -> str:
    """Types of JSON Schema in words."""
    names = [wanted] if isinstance(wanted, str) else wanted
    return joined([_TYPES.get(name, name) for name in names], "or")


def _type(wanted: Any, value: Any) -> str:
    return f"expected {type_names(wanted)}, got {kind_of(value)}"


def _one_of(wanted: Any, value: Any) -> str:
    return f"{short_json(value)} is not one of {shorten(', '.join(map(short_json, wanted)), 3 * _SHOWN)}"


def _bound(words: str) -> Callable[[Any, Any], str]:
    return lambda wanted, value: f"it is {short_json(value)}; {words} {short_json(wanted)} is allowed"


def _most(unit: str) -> Callable[[Any, Any], str]:
    return lambda wanted, value: f"it has {plural(len(value), unit)}; at most {wanted:,} may be there"


def _least(unit: str) -> Callable[[Any, Any], str]:
    return lambda wanted, value: f"it has {plural(len(value), unit)}; at least {wanted:,} must be there"


def _several(words: str) -> Callable[[Any, Any], str]:
    return lambda wanted, value: (
        f"{words} of the {len(wanted)} forms that are possible here: {short_json(value)}"
    )


_SENTENCES: dict[str, Callable[[Any, Any], str]] = {
    "additionalItems": lambda _, value: f"it has {plural(len(value), 'item')}, which is too many",
    "anyOf": _several("it has none"),
    "const": lambda wanted, value: f"it is {short_json(value)}; only {short_json(wanted)} is allowed",
    "contains": lambda wanted, _: f"too few or too many of its items follow {short_json(wanted)}",
    "enum": _one_of,
    "exclusiveMaximum": _bound("only less than"),
    "exclusiveMinimum": _bound("only more than"),
    "format": lambda wanted, value: f"{short_json(value)} is not a valid {wanted}",
    "items": lambda _, value: f"it has {plural(len(value), 'item')}, which is too many",
    "maxItems": _most("item"),
    "maxLength": _most("character"),
    "maxProperties": _most("key"),
    "maximum": _bound("at most"),
    "minItems": _least("item"),
    "minLength": _least("character"),
    "minProperties": _least("key"),
    "minimum": _bound("at least"),
    "multipleOf": lambda wanted, value: f"{short_json(value)} is not a multiple of {short_json(wanted)}",
    "not": lambda wanted, value: f"{short_json(value)} follows what is forbidden here: {short_json(wanted)}",
    "oneOf": _several("it has none, or more than one,"),
    "pattern": lambda wanted, value: f"{short_json(value)} does not match the pattern {wanted}",
    "type": _type,
    "unevaluatedItems": lambda _, value: f"it has items that nothing allows: {short_json(value)}",
    "unevaluatedProperties": lambda _, value: f"it has keys that nothing allows: {short_json(list(value))}",
    "uniqueItems": lambda _, value: f"two items are the same: {short_json(value)}",
}
OWN = ("additionalProperties", "dependentRequired", "required")
"""Rules that several sentences may come of, one for each key: whoever checks them writes the sentence."""


def missing(name: str) -> str:
    """What is said of a key that is not there."""
    return f"{name!r} is missing"


def required(validator: Any, names: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    """The keyword ``required``, one error for each key."""
    from jsonschema import ValidationError

    if validator.is_type(instance, "object"):
        yield from (ValidationError(missing(name)) for name in names if name not in instance)


def dependent_required(validator: Any, given: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    """The keyword ``dependentRequired``, one error for each key."""
    from jsonschema import ValidationError

    if validator.is_type(instance, "object"):
        for key in (key for key in given if key in instance):
            lacks = [name for name in given[key] if name not in instance]
            yield from (ValidationError(f"{missing(name)}, which {key!r} needs") for name in lacks)

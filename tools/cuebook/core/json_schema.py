"""JSON Schema (draft 2020-12) of strangers: nothing is fetched, and a check ends after so many steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from cuebook.core.canonical import canonical, is_number
from cuebook.core.errors import MissingExtra, did_you_mean
from cuebook.core.escape import shorten
from cuebook.core.limited import OverBudget, call_limited, patience
from cuebook.core.patterns import cost, pattern_problem, rewrite, search
from cuebook.core.schema_words import dependent_required, required, short_json, words_of

STEPS = 100_000
"""Keywords of a schema looked at for one answer; a wide schema and a long answer take a few hundred."""
LARGEST_SCHEMA = 10_000
"""Objects and lists in a schema; providers that follow schemas stop at a few hundred."""
_QUOTED = 160
"""Characters of a message: it repeats the value, which is an answer of a model."""

_left: ContextVar[list[int]] = ContextVar("steps left of one check")


class UnusableSchema(Exception):
    """A schema that no answer can be checked against; the text says why."""


def violations(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a value, each ``place: what`` on one line; empty when it follows the schema.

    Raises UnusableSchema, and OverBudget when the check does not end within its steps.
    """
    text = json.dumps(schema, sort_keys=True)
    for problem in schema_problems(text):
        raise UnusableSchema(problem.what)
    with patience(text):
        if _in_steps(text):
            answer = violations_unlimited(value, text)
        else:
            answer = call_limited(f"{__name__}:violations_unlimited", value=value, text=text)
    if isinstance(answer, str):
        raise UnusableSchema(answer)
    return list(answer)


def violations_unlimited(value: Any, text: str) -> list[str] | str:
    """As ``violations`` for the JSON text of a schema; a text is why it cannot be used.

    Only a child process calls it for a schema whose steps cannot all be counted.
    """
    from referencing.exceptions import Unresolvable

    # A list, so that keywords deep in the library's recursion spend from the same number.
    _left.set([STEPS])
    try:
        found = _validator(text).iter_errors(value)
        # A fault of the whole value has no path.
        return [
            f"{'.'.join(map(str, error.absolute_path)) or 'the answer'}: {_line(words_of(error))}"
            for error in found
        ]
    except Unresolvable as error:
        return f"the schema refers to {_line(repr(error.ref))}, which it does not hold"
    except RecursionError:
        return "the schema refers to itself without end"


PlaceKey: TypeAlias = tuple[str | int, ...]
"""Keys and indices on the way to a place in a document, as a key of dictionaries."""


class SchemaProblem(NamedTuple):
    """Where in a schema, what is wrong, and how to fix it."""

    place: PlaceKey
    what: str
    cure: str


@lru_cache(maxsize=64)
def schema_problems(text: str) -> tuple[SchemaProblem, ...]:
    """Return everything for which the JSON text of a schema cannot be used; checking one costs 1 to 5 ms."""
    schema = json.loads(text)
    if (size := sum(1 for _ in _parts(schema))) > LARGEST_SCHEMA:
        what = f"the schema has {size:,} objects and lists; the limit is {LARGEST_SCHEMA:,}"
        return (SchemaProblem((), what, "write a smaller one"),)
    if not _is_plain(schema) and (refused := _refused(schema)):
        return refused
    return tuple(
        SchemaProblem(
            (),
            f"the schema cannot be used: the pattern {_line(json.dumps(pattern))} is {problem}",
            "correct the pattern",
        )
        for pattern in patterns(schema)
        if (problem := pattern_problem(pattern))
    )


def _refused(schema: Any) -> tuple[SchemaProblem, ...]:
    """What the library finds in a schema that is none, at each place the first."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        raise MissingExtra("jsonschema (the scorer json_schema needs it)", "cli") from None
    found: dict[PlaceKey, SchemaProblem] = {}
    # Without formats: "regex" asks Python's engine, which is not the one that tries the patterns.
    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
        place = tuple(error.absolute_path)
        at = ".".join(map(str, place))
        what, cure = _fault(error)
        what = f"not a JSON Schema: {at}: {what}" if at else f"not a JSON Schema: {what}"
        found.setdefault(place, SchemaProblem(place, _line(what), cure))
    return tuple(found.values())


_DRAFT = "see https://json-schema.org/draft/2020-12"


def _fault(error: Any) -> tuple[str, str]:
    """What a schema says that none can say, and how to write it."""
    if error.validator == "anyOf" and list(error.absolute_path)[-1:] == ["type"]:
        names = error.instance if isinstance(error.instance, list) else [error.instance]
        wrong = next((name for name in names if not (isinstance(name, str) and name in _TYPES)), names)
        cure = (
            did_you_mean(wrong, sorted(_TYPES))
            if isinstance(wrong, str)
            else f"write one of {', '.join(sorted(_TYPES))}"
        )
        return f"{short_json(wrong)} is not a JSON Schema type", cure
    if error.validator == "type" and error.validator_value == "array":
        return words_of(error), f"write a list: [{short_json(error.instance)}]" if isinstance(
            error.instance, str
        ) else _DRAFT
    if error.validator == "pattern":
        return f"invalid value {short_json(error.instance)}", _DRAFT
    return words_of(error), _DRAFT


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return is_number(value) and isinstance(value, int) and value >= 0


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_type(value: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    return _are_names(names) and bool(names) and set(names) <= _TYPES


def _is_plain(schema: Any) -> bool:
    """Whether a schema has only keywords of ``_PLAIN``, each with what belongs to it."""
    return isinstance(schema, dict) and all(
        name in _PLAIN and _PLAIN[name](value) for name, value in schema.items()
    )


def _are_plain(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_plain, value.values()))


_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
_PLAIN: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("$ref", "$schema", "description", "format", "pattern", "title"), _is_text),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), is_number),
    **dict.fromkeys(("maxItems", "maxLength", "minItems", "minLength"), _is_count),
    **dict.fromkeys(("$defs", "properties"), _are_plain),
    **dict.fromkeys(("const", "default"), lambda _: True),
    "additionalProperties": lambda value: isinstance(value, bool) or _is_plain(value),
    "anyOf": lambda value: isinstance(value, list) and bool(value) and all(map(_is_plain, value)),
    "enum": lambda value: isinstance(value, list),
    "items": _is_plain,
    "required": _are_names,
    "type": _is_type,
}
"""What most schemas are made of. The library would say nothing of them, and to import it takes 30 ms."""


def new_schema_problems(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, how to fix it) for what only schemas from before these rules may have."""
    for pattern in patterns(schema):
        if wanted := rewrite(pattern, absent="'not': {'pattern': ...}"):
            yield f"pattern {_line(json.dumps(pattern))}: {wanted[0]}", wanted[1]
    for part in _parts(schema):
        if isinstance(part, Mapping):
            for keyword in sorted(_UNCOUNTED & set(part)):
                yield f"{keyword!r} is not checked within a limit", "write additionalProperties or items"
    yield from _references(schema)


def patterns(schema: Any) -> Iterator[str]:
    """Yield the regular expressions anywhere in a schema."""
    for part in _parts(schema):
        if isinstance(part, Mapping):
            keyed = part.get("patternProperties")
            found = [part.get("pattern"), *(keyed if isinstance(keyed, Mapping) else ())]
            yield from (pattern for pattern in found if isinstance(pattern, str))


def _parts(schema: Any) -> Iterator[Any]:
    """The schema and every object and list within it that can be a schema."""
    yield schema
    for name, part in schema.items() if isinstance(schema, Mapping) else enumerate(schema):
        # A list under these names holds data, whatever its keys are called.
        is_data = isinstance(part, list) and name in {"enum", "examples"}
        if isinstance(part, (Mapping, list)) and not is_data:
            yield from _parts(part)


def _references(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not any(isinstance(part, Mapping) and "$ref" in part for part in _parts(schema)):
        return
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    registry: Registry[Any] = Registry()
    resolver = registry.with_resource("", DRAFT202012.create_resource(schema)).crawl().resolver()
    for part in _parts(schema):
        named = part.get("$ref") if isinstance(part, Mapping) else None
        # A part with a name of its own begins its own pointers; it is resolved when it is used.
        if not isinstance(named, str) or "$id" in part:
            continue
        try:
            resolver.lookup(named)
        except Unresolvable:
            yield (
                f"'$ref' names {_line(repr(named))}, which the schema does not hold",
                ("write that schema below '$defs': nothing is fetched"),
            )


_UNCOUNTED = {"unevaluatedItems", "unevaluatedProperties"}
"""Keywords whose work the library does out of sight, with Python's own engine for patterns."""


@lru_cache(maxsize=64)
def _in_steps(text: str) -> bool:
    """Whether all that a check does is counted."""
    schema = json.loads(text)
    counted = not any(isinstance(part, Mapping) and _UNCOUNTED & set(part) for part in _parts(schema))
    return counted and not any(rewrite(pattern) for pattern in patterns(schema))


def _spend(steps: int) -> None:
    left = _left.get()
    left[0] -= steps
    if left[0] < 0:
        raise OverBudget(f"stopped after {STEPS:,} steps")


_Keyword = Callable[[Any, Any, Any, Any], Iterable[Any] | None]


def _counted(keyword: _Keyword) -> _Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        _spend(1 + (len(value) // 10 if isinstance(value, (list, Mapping)) else 0))
        for error in keyword(validator, value, instance, schema) or ():
            # Messages repeat the value, which can be long.
            _spend(1 + len(error.message) // 1000)
            yield error

    return check


def _found(pattern: str, text: str) -> bool:
    _spend(cost(pattern, text))
    return search(pattern, text) is not None


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(instance, "string") and not _found(pattern, instance):
        yield ValidationError("it does not match")


def _pattern_properties(
    validator: Any, given: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, part in given.items():
            for name, value in instance.items():
                if _found(pattern, name):
                    yield from validator.descend(value, part, path=name, schema_path=pattern)


def _additional(validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    from jsonschema import ValidationError

    if not validator.is_type(instance, "object"):
        return
    known, keyed = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [
        name for name in instance if name not in known and not any(_found(pattern, name) for pattern in keyed)
    ]
    if allowed is False and extra:
        named = ", ".join(map(repr, extra))
        yield ValidationError(f"not allowed: {named}")
    elif allowed is not False:
        for name in extra:
            yield from validator.descend(instance[name], allowed, path=name)


def _unique(validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    """By their canonical JSON: the library compares each item with each other where they cannot be sorted."""
    from jsonschema import ValidationError

    if wanted and validator.is_type(instance, "array"):
        forms = [canonical(item) for item in instance]
        _spend(sum(map(len, forms)) // 100)
        if len(set(forms)) < len(forms):
            yield ValidationError("two items are the same")


@lru_cache(maxsize=1)
def _counting() -> Any:
    from jsonschema import Draft202012Validator, validators

    own: dict[str, _Keyword] = {
        **Draft202012Validator.VALIDATORS,
        "additionalProperties": _additional,
        "dependentRequired": dependent_required,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "required": required,
        "uniqueItems": _unique,
    }
    extend: Any = validators.extend
    return extend(Draft202012Validator, {name: _counted(keyword) for name, keyword in own.items()})


@lru_cache(maxsize=64)
def _validator(text: str) -> Any:
    from referencing import Registry

    # An empty registry fetches nothing; the default one asks the network for an unknown $ref.
    registry: Registry[Any] = Registry()
    return _counting()(json.loads(text), registry=registry)


def _line(message: str) -> str:
    return shorten(" ".join(message.split()), _QUOTED)

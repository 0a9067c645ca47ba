"""Whether the answer is one JSON value that follows a JSON Schema (draft 2020-12)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from cuebook.core.errors import MissingExtra
from cuebook.core.escape import shorten
from cuebook.core.files import read_json
from cuebook.scorers._base import Context, NoParameters, failed, measured, not_applicable, scorer
from cuebook.scorers._json import AllowFence, value_of
from cuebook.scorers._pattern import pattern_problem
from cuebook.scorers._text import QUOTED, quoted
from cuebook.shapes.run import Score

_SHOWN = 5
_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.json$")]


class Parameters(NoParameters):
    """Settings of ``json_schema``."""

    schema_: _FileName | dict[str, Any] | None = Field(
        default=None,
        alias="schema",
        description="The schema, or the name of a .json file beside the suite. Default: the version's own.",
    )
    allow_fence: AllowFence = True

    model_config = ConfigDict(populate_by_name=True)


@scorer(Parameters)
def score(context: Context, parameters: Parameters) -> Score:
    """1 when it follows the schema, else 0 with the first things wrong. Nothing is fetched for a ``$ref``."""
    schema = _schema(context, parameters.schema_)
    if schema is None:
        return not_applicable(f"{context.version.ref} has no jsonSchema, and the suite names none")
    if isinstance(schema, str):
        return failed(schema)
    value = value_of(context, allow_fence=parameters.allow_fence)
    if isinstance(value, Score):
        return value
    return _checked(value, schema)


def _schema(context: Context, given: str | Mapping[str, Any] | None) -> Any:
    """The schema, None when there is none, or why there is none in words."""
    if given is None:
        own = context.version.json_schema
        return own["schema"] if own else None
    if isinstance(given, Mapping):
        return given
    data = context.files.get(given)
    if data is None:
        return f"the suite has no file {given!r}"
    try:
        schema = read_json(data.decode())
    except ValueError as error:
        return f"{given} is not JSON: {error}"
    return schema if isinstance(schema, dict) else f"{given} does not hold a JSON Schema"


def _checked(value: Any, schema: Mapping[str, Any]) -> Score:
    validator = _validator(json.dumps(schema, sort_keys=True))
    if isinstance(validator, str):
        return failed(validator)
    from referencing.exceptions import Unresolvable

    try:
        found = validator.iter_errors(value)
        wrong = [f"{_place(error.absolute_path)}: {_line(error.message)}" for error in found]
    except Unresolvable as error:
        return failed(f"the schema refers to {quoted(error.ref)}, which it does not hold")
    except OverflowError:
        return measured(0, "a number of the answer is too large to be checked")
    except RecursionError:
        return failed("the schema refers to itself without end")
    if not wrong:
        return measured(1, "follows the schema")
    more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    return measured(0, "; ".join(sorted(wrong)[:_SHOWN]) + more, errors=len(wrong))


@lru_cache(maxsize=64)
def _validator(schema_text: str) -> Any:
    """A validator for the JSON text of a schema, or why there is none; checking a schema costs 1 to 5 ms."""
    try:
        from jsonschema import Draft202012Validator, SchemaError
        from referencing import Registry
    except ImportError:
        raise MissingExtra("jsonschema (the scorer json_schema needs it)", "cli") from None
    schema = json.loads(schema_text)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"not a JSON Schema: {_line(error.message)}"
    if problem := next(_pattern_problems(schema), None):
        return f"the schema cannot be used: {problem}"
    # An empty registry fetches nothing; the default one asks the network for an unknown $ref.
    registry: Registry[Any] = Registry()
    return Draft202012Validator(schema, registry=registry)


def _line(message: str) -> str:
    return shorten(" ".join(message.split()), 2 * QUOTED)


def _place(path: Iterable[str | int]) -> str:
    return ".".join(str(step) for step in path) or "the answer"


def _pattern_problems(schema: Any) -> Iterator[str]:
    """What is wrong with the regular expressions anywhere in a schema, which may be a stranger's."""
    if isinstance(schema, Mapping):
        patterns = [schema.get("pattern"), *_keys(schema.get("patternProperties"))]
        for pattern in patterns:
            if isinstance(pattern, str) and (problem := pattern_problem(pattern)):
                yield f"pattern {quoted(pattern)}: {problem}"
    parts = schema.items() if isinstance(schema, Mapping) else enumerate(schema)
    for name, part in parts:
        # A list under these names holds data, whatever its keys are called.
        is_data = isinstance(part, list) and name in {"enum", "examples"}
        if isinstance(part, (Mapping, list)) and not is_data:
            yield from _pattern_problems(part)


def _keys(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Mapping) else []

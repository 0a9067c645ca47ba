"""Whether the answer is one JSON value that follows a JSON Schema (draft 2020-12)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from cuebook.core.canonical import read_json
from cuebook.core.json_schema import UnusableSchema, new_schema_problems, schema_problems, violations
from cuebook.core.limited import OverBudget
from cuebook.core.shape_errors import meant
from cuebook.scorers._base import Context, NoParameters, Outdated, failed, measured, not_applicable, scorer
from cuebook.scorers._json import AllowFence, value_of
from cuebook.shapes.run import Score, Version
from cuebook.shapes.suite import Suite

_SHOWN = 5
"""Things wrong that a reason tells; the others are counted."""
_FileName = Annotated[
    str,
    Field(
        pattern=meant(
            r"^[A-Za-z0-9][A-Za-z0-9._-]*\.json$",
            "is not a file beside the suite",
            "write its name only, such as schema.json",
        )
    ),
]


class Parameters(NoParameters):
    """Settings of ``json_schema``."""

    schema_: _FileName | dict[str, Any] | None = Field(
        default=None,
        alias="schema",
        description="The schema, or the name of a .json file beside the suite. Default: that of "
        "the live version, for both versions; that of a first version itself.",
    )
    allow_fence: AllowFence = True

    model_config = ConfigDict(populate_by_name=True)

    def outdated(
        self,
        suite: Suite,
        versions: Sequence[Version] = (),  # noqa: ARG002  none matters
    ) -> Iterator[Outdated]:
        """What is wrong with the suite's own schema."""
        if self.schema_ is None:
            return
        file = self.schema_ if isinstance(self.schema_, str) else ""
        schema = _given(self.schema_, suite.files)
        if isinstance(schema, str):
            is_there = file in suite.files
            cure = "correct that file" if is_there else f"write a JSON Schema as {suite.path}/{file}"
            yield Outdated(schema, cure, file if is_there else "")
        elif refused := schema_problems(json.dumps(schema, sort_keys=True)):
            yield from (Outdated(item.what, item.cure, file) for item in refused)
        else:
            yield from (Outdated(what, cure, file) for what, cure in new_schema_problems(schema))

    def unset(self, versions: Iterable[Version]) -> tuple[str, str] | None:
        """Without a schema of the suite, some version has to have one."""
        if self.schema_ is not None or any(version.json_schema for version in versions):
            return None
        cure = "put a JSON Schema beside the suite and write '- json_schema: {schema: schema.json}'"
        return "no version has a jsonSchema, and the scorer names no schema", cure


@scorer(Parameters, version=3, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """1 when it follows the schema, else 0 with the first things wrong. Nothing is fetched for a ``$ref``.

    Patterns are tried by RE2. A check that does not end within 100,000 steps gives no score.
    """
    if parameters.schema_ is not None:
        schema = _given(parameters.schema_, context.files)
    elif own := context.json_schema or context.version.json_schema:
        # In this order: with a rule of its own a candidate could ask less of itself than the live version.
        schema = own["schema"]
    else:
        return not_applicable(f"{context.version.ref} has no jsonSchema, and the suite names none")
    if isinstance(schema, str):
        return failed(schema)
    value = value_of(context, allow_fence=parameters.allow_fence)
    if isinstance(value, Score):
        return value
    return _checked(value, schema)


def _given(given: str | Mapping[str, Any], files: Mapping[str, bytes]) -> Any:
    """The schema of the settings, or in words why there is none."""
    if isinstance(given, Mapping):
        return given
    data = files.get(given)
    if data is None:
        return f"the suite has no file {given!r}"
    try:
        schema = read_json(data.decode())
    except ValueError as error:
        return f"{given} is not JSON: {error}"
    return schema if isinstance(schema, dict) else f"{given} does not hold a JSON Schema"


def _checked(value: Any, schema: Mapping[str, Any]) -> Score:
    try:
        wrong = violations(value, schema)
    except UnusableSchema as error:
        return failed(str(error))
    except OverBudget as error:
        return failed(f"checking the answer against the schema was {error}")
    except OverflowError:
        return measured(0, "a number of the answer is too large to be checked")
    if not wrong:
        return measured(1, "follows the schema")
    more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    # Sorted, so that the reason is the same in whatever order they were found.
    return measured(0, "; ".join(sorted(wrong)[:_SHOWN]) + more, errors=len(wrong))

"""Values for a prompt's variables, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from cuebook.core.canonical import read_json
from cuebook.core.errors import InvalidFiles, UsageError, nearest
from cuebook.core.files import Broken, decode
from cuebook.core.format import plural
from cuebook.registry.reader import Registry
from cuebook.shapes.run import Case, Version
from cuebook.shapes.suite import Suite

_F = TypeVar("_F", bound=Callable[..., Any])


def values_options(function: _F) -> _F:
    """``-v name=value``, ``--inputs FILE`` and ``--case SUITE/ID``."""
    for option in (
        click.option(
            "-v", "--value", "pairs", multiple=True, metavar="NAME=VALUE", help="One variable's value."
        ),
        click.option(
            "--inputs", "file", metavar="FILE", help="A JSON object of values; - for standard input."
        ),
        click.option("--case", metavar="SUITE/ID", help="Take the values from a case of a suite."),
    ):
        function = option(function)
    return function


def collect(
    registry: Registry, version: Version, pairs: Sequence[str], file: str | None, case: str | None
) -> dict[str, Any]:
    """Return the values given; later kinds win: case, file, single values. Raises UsageError."""
    values: dict[str, Any] = {}
    if case:
        # A case may have values for other versions, too.
        inputs = case_of(registry, case)[1].opening
        values |= {name: value for name, value in inputs.items() if name in version.inputs}
    if file:
        values |= _from_file(file)
    for pair in pairs:
        name, mark, text = pair.partition("=")
        if not mark:
            raise UsageError(f"{pair!r} is not NAME=VALUE", "for example -v question='Who?'")
        # An unknown name is taken as text here, and refused with the nearest one when the prompt is filled.
        values[name] = _typed(text, version.inputs.get(name, {}).get("type", "string"))
    needed = (name for name, spec in version.inputs.items() if "default" not in spec)
    lacking = [name for name in needed if name not in values]
    # Where a name is unknown, it may be a slip of one that is missing: filling the prompt says both.
    if lacking and values.keys() <= version.inputs.keys():
        options = " ".join(f"-v {name}=..." for name in lacking)
        word = "more value" if values else "value"
        what = f"{version.ref} needs {plural(len(lacking), word)}: {', '.join(lacking)}"
        raise UsageError(what, f"add {options}, or take those of a test case: --case SUITE/ID")
    return values


def _typed(text: str, kind: str) -> Any:
    # Not read as JSON: 007 and true are texts where a text is asked for.
    if kind == "string":
        return text
    try:
        return read_json(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a value of type {kind}", "write it as JSON") from None


def case_of(registry: Registry, case: str) -> tuple[Suite, Case]:
    """Return the suite and the case that ``SUITE/ID`` names. Raises UsageError, InvalidFiles."""
    suite_name, mark, wanted = case.partition("/")
    if not mark and suite_name not in (names := registry.suite_names()):
        having = [name for name in names if any(item.id == case for item in registry.suite(name).cases)]
        if having:
            raise UsageError(f"{case!r} is a case without its suite", f"write {having[0]}/{case}")
    suite = registry.suite(suite_name)
    for item in suite.cases:
        if item.id == wanted:
            return suite, item
    if not wanted:
        cure = f"write {suite_name}/{suite.cases[0].id}, or the ID of another case"
        raise UsageError(f"{case!r} names a suite but no case of it", cure)
    near = nearest(wanted, [item.id for item in suite.cases], cutoff=0.7)
    cure = f"did you mean {near!r}?" if near else f"its first is {suite.cases[0].id!r}"
    raise UsageError(f"suite {suite_name!r} has no case {wanted!r}", cure)


def _from_file(file: str) -> dict[str, Any]:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        values = read_json(decode(data, file))
    except OSError:
        raise UsageError(
            f"there is no file {file!r} that can be read", "name another, or - for what is piped"
        ) from None
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None
    except ValueError as error:
        raise UsageError(f"{file} is not JSON: {error}", '{"question": "..."}') from None
    if not isinstance(values, dict):
        raise UsageError(f"{file}: the inputs must be a JSON object", '{"question": "..."}')
    return values

"""Records with every field and every code of today's shapes, to be frozen: see ``compat/README.md``.

``python tests/freezing.py`` adds a file for what no frozen one says yet, and changes none.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from cuebook.cli.steps._parts import Part
from cuebook.core.files import dump_json
from cuebook.github.run_report import Claim
from cuebook.jobs.nightly import Record
from cuebook.judging.calibration import CalibrationFile
from cuebook.publish.data_branch import Live, MoveRecord, Published, TriedRecord
from cuebook.shapes._base import encode
from cuebook.shapes.published import PUBLISHED_SHAPES, Tombstone
from cuebook.shapes.trail import Trail

NUMBERS = Path(__file__).parent / "compat" / "numbers"
NAME = "greeter"
"""The one key of a mapping whose keys are names of the user's."""

SHAPES: dict[str, type[BaseModel]] = {
    str(shape.model_fields["schema_"].default): shape
    for shape in (
        *PUBLISHED_SHAPES.values(),
        Tombstone,
        Trail,
        CalibrationFile,
        Live,
        TriedRecord,
        MoveRecord,
        Published,
        Record,
        Claim,
        Part,
    )
}
"""The shape of each record that one Cuebook writes and another reads, by today's schema."""

_WORDS = (
    "some words",
    NAME,
    "sha256:" + "3f" * 32,
    "3f" * 20,
    "3f2c9a7d",
    "2026-11-06",
    "2026-11-06T08:30:00Z",
    "https://example.org/1",
)
"""What a text may be: of those that a field takes, the first is taken."""


def record(shape: type[BaseModel]) -> BaseModel:
    """A record in which each field says something, and a list has one of each code."""
    return shape.model_validate(_filled(shape, 0, set()))


def shape_of(path: Path) -> type[BaseModel]:
    """The shape that reads a frozen record: of its number, or of the one that took its place."""
    schema = json.loads(path.read_bytes())["schema"]
    name = schema.rpartition("/")[0]
    return SHAPES.get(schema) or next(found for key, found in SHAPES.items() if key.startswith(f"{name}/"))


def unfrozen(schema: str) -> set[str]:
    """What today's records of this schema can say, and no frozen one of it says: keys and codes."""
    shape = SHAPES[schema]
    now = set(_places(shape, json.loads(encode(record(shape)))))
    for path in NUMBERS.glob("*.json"):
        told = json.loads(path.read_bytes())
        now -= set(_places(shape, told)) if told["schema"] == schema else set()
    return now


def _places(shape: type[BaseModel], value: Any) -> Iterator[str]:
    for key, field in _keys(shape):
        said = value.get(key)
        if said is None or said in ([], {}, ""):
            continue
        yield f"{shape.__name__}.{key}" + (f" {said}" if _codes(field) else "")
        yield from _below(field.annotation, said)


def _below(kind: Any, said: Any) -> Iterator[tuple[str, str, str]]:
    for one in _kinds(kind):
        if isinstance(one, type) and issubclass(one, BaseModel) and isinstance(said, dict):
            yield from _places(one, said)
        elif get_origin(one) is list and isinstance(said, list):
            for item in said:
                yield from _below(get_args(one)[0], item)
        elif get_origin(one) is dict and isinstance(said, dict):
            for item in said.values():
                yield from _below(get_args(one)[1], item)


def _keys(shape: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """The fields that are written, by their key."""
    fields = shape.model_fields.items()
    return [(field.alias or name, field) for name, field in fields if not field.exclude]


def _kinds(kind: Any) -> list[Any]:
    """The types that a value may have, None apart."""
    if get_origin(kind) in (Union, types.UnionType):
        return [one for item in get_args(kind) for one in _kinds(item) if one is not type(None)]
    return _kinds(get_args(kind)[0]) if get_origin(kind) is Annotated else [kind]


def _codes(field: FieldInfo) -> tuple[Any, ...]:
    found = [get_args(kind) for kind in _kinds(field.annotation) if get_origin(kind) is Literal]
    return found[0] if found and len(found[0]) > 1 else ()


def _variants(shape: type[BaseModel]) -> int:
    """How many records have each code of it, and of shapes that it holds one of."""
    own = [len(_codes(field)) for _, field in _keys(shape)]
    return max(1, *own, *(_variants(held) for _, field in _keys(shape) for held in _held(field)))


def _held(field: FieldInfo) -> list[type[BaseModel]]:
    """The shapes of which it holds one."""
    return [
        kind for kind in _kinds(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]


def _filled(shape: type[BaseModel], variant: int, seen: set[type]) -> dict[str, Any]:
    """Every field; of a further variant only what it has to have, and what leads to a code."""
    found = {}
    for key, field in _keys(shape):
        leads = _codes(field) or any(_variants(held) > 1 for held in _held(field))
        if variant == 0 or leads or field.is_required():
            kind = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
            found[key] = _value(kind, key, variant, seen)
    return found


def _value(kind: Any, name: str, variant: int, seen: set[type]) -> Any:
    metadata: tuple[Any, ...] = ()
    whole = kind
    while get_origin(kind) is Annotated:
        kind, *metadata = get_args(kind)  # type: ignore[assignment]
    if get_origin(kind) in (Union, types.UnionType):
        inner = next(item for item in get_args(kind) if item is not type(None))
        return _value(Annotated[(inner, *metadata)] if metadata else inner, name, variant, seen)
    if get_origin(kind) is Literal:
        values = get_args(kind)
        return values[variant % len(values)]
    if get_origin(kind) is list:
        return _items(get_args(kind)[0], name, seen)
    if get_origin(kind) is tuple:
        inners = [item for item in get_args(kind) if item is not Ellipsis]
        return [_value(item, name, variant, seen) for item in inners]
    if get_origin(kind) is dict:
        return {NAME: _value(get_args(kind)[1], name, variant, seen)}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _filled(kind, variant, seen)
    if isinstance(kind, type) and hasattr(kind, "_fields"):
        return [_value(item, name, variant, seen) for item in get_type_hints(kind).values()]
    return {bool: True, int: 2, float: 0.25, Any: "anything"}.get(kind) or _text(whole)


def _items(kind: Any, name: str, seen: set[type]) -> list[Any]:
    shape = next((one for one in _kinds(kind) if isinstance(one, type) and issubclass(one, BaseModel)), None)
    count = _variants(shape) if shape and shape not in seen else 1
    if shape:
        seen.add(shape)
    # A record inside another one is frozen in a file of its own: here what it has to have is enough.
    first = int(shape is not None and "schema_" in shape.model_fields)
    return [_value(kind, name, variant, seen) for variant in range(first, max(first + 1, count))]


def _text(kind: Any) -> str:
    adapter = TypeAdapter(kind)
    for words in _WORDS:
        try:
            return str(adapter.validate_python(words))
        except ValidationError:
            continue
    raise AssertionError(f"no word that {kind} takes: add one")


def _shortened(shape: type[BaseModel], value: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """Of a record what it has to have, and what says something that is wanted."""
    found = {}
    for key, field in _keys(shape):
        said = value.get(key)
        if field.is_required() or not wanted.isdisjoint(_places(shape, {key: said})):
            found[key] = _shortened_value(field.annotation, said, wanted)
    return found


def _shortened_value(kind: Any, said: Any, wanted: set[str]) -> Any:
    for one in _kinds(kind):
        if isinstance(one, type) and issubclass(one, BaseModel) and isinstance(said, dict):
            return _shortened(one, said, wanted)
        if get_origin(one) is list and isinstance(said, list):
            inner = get_args(one)[0]
            telling = [item for item in said if not wanted.isdisjoint(_below(inner, item))]
            return [_shortened_value(inner, item, wanted) for item in telling or said[:1]]
    return said


def _write() -> None:
    for schema, shape in SHAPES.items():
        stem = schema.removeprefix("cuebook/").replace("/", "-")
        names = (f"{stem}{more}.json" for more in ("", *(f".{n}" for n in range(2, 1000))))
        path = next(NUMBERS / name for name in names if not (NUMBERS / name).exists())
        if wanted := unfrozen(schema):
            told = json.loads(encode(record(shape)))
            path.write_bytes(dump_json({"schema": schema} | _shortened(shape, told, wanted)))


if __name__ == "__main__":
    _write()

"""What all records have in common: JSON that one run writes and another, perhaps of another release, reads.

A record names its schema and number, such as ``cuebook/evaluation/2``. Keys and codes may be added within a
number. A reader leaves out keys that it does not know. A record with a code that it does not know is to it
one of a newer number: what the code says may be why something must not pass. The number rises when an older
reader would decide otherwise although it knows every code, and records of lower numbers stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from cuebook.core.files import dump_json

_NEWER = "newer_record"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_- ")
"""Of these the codes of every release are."""


class Shape(BaseModel):
    """Base of everything that is written for a later reader; files that people write have a stricter one."""

    # Built when first used: a command needs some of these shapes, hardly ever all.
    model_config = ConfigDict(
        extra="ignore", frozen=True, allow_inf_nan=False, populate_by_name=True, defer_build=True
    )

    @field_validator("schema_", mode="before", check_fields=False)
    @classmethod
    def _of_any_earlier_number(cls, value: Any) -> Any:
        """What was read is of today's number: written again, it holds today's keys."""
        current = str(cls.model_fields["schema_"].default)
        name, _, number = str(value).rpartition("/")
        if name != current.rpartition("/")[0] or not number.isdecimal() or number.startswith("0"):
            return value
        if int(number) > int(current.rpartition("/")[2]):
            raise PydanticCustomError(_NEWER, "{said} was written by a newer Cuebook", {"said": str(value)})
        return current


def is_newer(error: ValidationError) -> bool:
    """Whether a record cannot be read because a newer Cuebook wrote it: its number, or codes, are unknown."""
    found = error.errors(include_url=False, include_context=False)
    return any(item["type"] == _NEWER for item in found) or all(_is_code(item) for item in found)


def unknown_code(error: ValidationError) -> str:
    """The first code that is unknown, with its place; empty where that is not why a newer record is none."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place} {first['input']!r}" if _is_code(first) else ""


def _is_code(item: Mapping[str, Any]) -> bool:
    said, is_schema = item["input"], item["loc"][-1:] == ("schema",)
    is_text = item["type"] == "literal_error" and not is_schema and isinstance(said, str)
    return is_text and bool(said) and set(said) <= _LETTERS


def encode(shape: BaseModel) -> bytes:
    """The bytes of a record: ``schema`` first, keys in the shape's order, the same for the same record."""
    return dump_json(shape.model_dump(mode="json", by_alias=True))

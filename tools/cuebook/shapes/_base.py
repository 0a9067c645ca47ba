"""What all records have in common: JSON that one run writes and another, perhaps of another release, reads.

A record names its schema and number, such as ``cuebook/evaluation/2``. Keys may be added within a number: a
reader leaves out those it does not know. The number rises when an older reader would decide otherwise, and
records of lower numbers stay readable.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from cuebook.core.files import dump_json

_NEWER = "newer_record"


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
    """Whether a record cannot be read because a newer Cuebook wrote it."""
    return any(item["type"] == _NEWER for item in error.errors())


def encode(shape: BaseModel) -> bytes:
    """The bytes of a record: ``schema`` first, keys in the shape's order, the same for the same record."""
    return dump_json(shape.model_dump(mode="json", by_alias=True))

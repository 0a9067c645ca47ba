"""The JSON Schemas of the file formats and of what is published."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from cuebook.core.files import dump_json
from cuebook.shapes.file_formats import FILE_SHAPES
from cuebook.shapes.published import PUBLISHED_SHAPES, schema_path

NAMES = (*FILE_SHAPES, *PUBLISHED_SHAPES)
"""Each schema that is published."""

SHIPPED = Path(__file__).parents[1] / "data" / "schemas.json"
"""All of them by name, a line each, written by ``tools/generate.py``: to make them from the shapes takes
longer than the rest of a small publication."""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file format or of something published, made from its shape."""
    from pydantic import TypeAdapter

    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if name in FILE_SHAPES:
        return head | TypeAdapter(FILE_SHAPES[name]).json_schema(by_alias=True)
    return head | PUBLISHED_SHAPES[name].model_json_schema(by_alias=True, mode="serialization")


def schema_file(name: str, site_url: str = "") -> bytes:
    """The JSON Schema of that name as it is shipped; with a ``site_url`` its address there is its ``$id``."""
    made = _shipped()[name]
    address = {"$id": f"{site_url.rstrip('/')}/{schema_path(name)}"} if site_url else {}
    return dump_json({"$schema": made["$schema"], **address, **made})


@cache
def _shipped() -> dict[str, dict[str, Any]]:
    return json.loads(SHIPPED.read_bytes())  # type: ignore[no-any-return]

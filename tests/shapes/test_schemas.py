from __future__ import annotations

import json

import jsonschema
import pytest

from cuebook.core.files import dump_json
from cuebook.shapes.schemas import NAMES, SHIPPED, schema, schema_file


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shipped_is_what_the_shape_says(name: str) -> None:
    made = schema(name)
    jsonschema.Draft202012Validator.check_schema(made)
    assert schema_file(name) == dump_json(made)
    address = f"https://example.org/site/api/v1/schemas/{name}.json"
    placed = {"$schema": made.pop("$schema"), "$id": address, **made}
    assert schema_file(name, "https://example.org/site/") == dump_json(placed)


def test_an_address_is_a_text_whatever_is_in_it() -> None:
    assert json.loads(schema_file("meta", 'https://example.org/"\\\n'))["$id"].startswith(
        'https://example.org/"\\\n'
    )


def test_nothing_else_is_shipped() -> None:
    assert list(json.loads(SHIPPED.read_bytes())) == list(NAMES)

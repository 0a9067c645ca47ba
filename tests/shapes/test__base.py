from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import freezing
from cuebook.shapes._base import encode, is_newer, unknown_code
from cuebook.shapes.cause import Cause, Nothing
from cuebook.shapes.published import Tombstone
from cuebook.shapes.verdict import Verdict

CODED = [
    shape for shape in freezing.SHAPES.values() if shape.__name__ not in {"Tombstone", "Published", "Part"}
]


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the texts of a record are."""
    if isinstance(value, str):
        yield at
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from places(item, (*at, key))
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from places(item, (*at, index))


def with_another_word(value: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Copies of a record in which one text each is a word that nobody knows, with its place."""
    # In a list the first will do for all.
    firsts = {tuple(step for step in at if isinstance(step, str)): at for at in reversed([*places(value)])}
    for at in firsts.values():
        made = copy.deepcopy(value)
        holder = made
        for step in at[:-1]:
            holder = holder[step]
        holder[at[-1]] = "brand_new_code"
        yield at, made


def refusal(shape: type[BaseModel], told: Any) -> ValidationError | None:
    try:
        shape.model_validate_json(json.dumps(told))
    except ValidationError as error:
        return error
    return None


@pytest.mark.parametrize("shape", CODED, ids=lambda shape: shape.__name__)
def test_a_record_with_an_unknown_code_is_one_of_a_newer_release(shape: type[BaseModel]) -> None:
    met = set()
    for place, told in with_another_word(json.loads(encode(freezing.record(shape)))):
        if error := refusal(shape, told):
            if error.errors()[0]["type"] == "literal_error" and place[-1] != "schema":
                assert is_newer(error), place
                assert unknown_code(error) == f"{'.'.join(map(str, place))} 'brand_new_code'"
                met.add(place[-1])
            else:
                assert not is_newer(error), place
    assert met


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (Verdict, {"outcome": "brand_new_code"}),
        (Cause, {"code": "brand_new_code", "count": "many"}),
        (Cause, {"code": "Brand New!"}),
        (Nothing, {"code": 3}),
        (Tombstone, {"schema": "cuebook/other/1", "name": "a", "version": 1, "digest": None}),
        (Tombstone, {"name": "a", "version": 1, "digest": None, "erased": False}),
    ],
)
def test_what_is_wrong_beside_or_is_no_code_is_damage(shape: type[BaseModel], told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        shape.model_validate(told)
    assert not is_newer(caught.value)

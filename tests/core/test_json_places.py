from __future__ import annotations

import pytest

from cuebook.core.files import Broken
from cuebook.core.json_places import read_json_file

TEXT = b"""{
  "a": [1, {"b": "x:,{}[]\\" y"},
    {"b": 2,
     "c": {}}],

  "d": null, "e":
  []
}
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("a",), 2),
        (("a", 1, "b"), 2),
        (("a", 2), 3),
        (("a", 2, "c"), 4),
        (("a", 9), 2),
        (("d",), 6),
        (("e",), 6),
        (("nothing", 3), 1),
    ],
)
def test_each_place_has_its_line(place: tuple[str | int, ...], line: int) -> None:
    assert read_json_file(TEXT, "a.json").line(place) == line


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b'{"a": 1,\n "b" 2}', 2, "a colon is missing"),
        (b'{"a": 1, "a": 2}', 0, "duplicate key"),
        (b"[" * 200 + b"]" * 200, 0, "deep"),
        (b"\xff", 1, "not UTF-8"),
        (b"<<<<<<< ours\n", 1, "merge conflict"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(data: bytes, line: int, says: str) -> None:
    with pytest.raises(Broken) as broken:
        read_json_file(data, "a.json")
    assert broken.value.problem.line == line
    assert says in broken.value.problem.message

from __future__ import annotations

import pytest

from cuebook.registry.alias_pointers import Pointer, live, pointing
from cuebook.registry.version_files import read_aliases, read_pointers


def read(text: str) -> tuple[dict[str, Pointer], list[str]]:
    pointers, problems = read_pointers(text.encode(), "aliases.yml")
    return pointers, [f"{item.line}: {item.message} | {item.hint}" for item in problems]


@pytest.mark.parametrize(
    "text",
    [
        "production: {use: 6, try: {8: 5, 7: 10}}",
        "production:\n  try:\n    '7': 10\n    8: 5\n  use: 6\n",
    ],
)
def test_a_share_of_units_tries_versions(text: str) -> None:
    pointers, problems = read(text)
    assert (pointers, problems) == ({"production": Pointer(6, {7: 10, 8: 5})}, [])
    assert pointers["production"].live == (6, 7, 8)
    assert str(pointers["production"]) == "{use: 6, try: {7: 10, 8: 5}}"
    assert read_aliases(text.encode(), "aliases.yml") == ({"production": 6}, [])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{use: 6, try: {}}", "'try' names no version | write 6 only"),
        ("{use: 6}", "'try' names no version | write 6 only"),
        ("{try: {7: 10}}", "'use' is missing"),
        ("{use: '6', try: {7: 10}}", "'use' is not a version number: text: '6'"),
        ("{use: 6, try: {6: 10}}", "version 6 is both in use and on trial"),
        ("{use: 6, try: {7: 0.1}}", "the share of version 7 is 0.1; it must be a whole number"),
        ("{use: 6, try: {7: 51}}", "the share of version 7 is 51"),
        ("{use: 6, try: {7: 0}}", "the share of version 7 is 0"),
        ("{use: 6, try: {7: true}}", "the share of version 7 is true"),
        ("{use: 6, try: {7: 30, 8: 21}}", "51% of units are to try a version; at most 50%"),
        ("{use: 6, try: {1: 1, 2: 1, 3: 1, 4: 1}}", "4 versions are on trial; at most 3"),
        ("{use: 6, try: {v7: 10}}", "'v7' is not a version number"),
        ("{use: 6, try: {0: 10}}", "'0' is not a version number"),
        ("{use: 6, try: {7: 10}, weight: 3}", "'weight' is not a key of an alias"),
    ],
)
def test_what_an_alias_cannot_say_is_said(value: str, said: str) -> None:
    pointers, problems = read(f"staging: 1\nproduction: {value}\n")
    assert pointers == {"staging": Pointer(1)}
    assert len(problems) == 1
    assert f"2: production: {said}" in problems[0]


def test_each_thing_that_is_wrong_is_at_its_line() -> None:
    _, problems = read("production:\n  use: 0\n  try:\n    7: x\n    8: 60\n")
    assert [problem.partition(":")[0] for problem in problems] == ["2", "4", "5"]


def test_what_is_live() -> None:
    pointers = {"production": Pointer(6, {7: 10}), "staging": Pointer(7), "old": Pointer(2)}
    assert live(pointers) == [2, 6, 7]
    assert live(pointers, ["production", "none"]) == [6, 7]
    assert pointing(pointers, 7) == ["production", "staging"]


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("production: v2\n", "write the number only: production: 2"),
        ('production: "2"\n', "write the number only: production: 2"),
        ("production: two\n", "write the number only, such as 3"),
        (
            "- staging: 1\n- production: 2\n",
            "take the dashes out, one line each: staging: 1 and production: 2",
        ),
        ("- 2\n", "write one 'alias: number' a line"),
        ("production: \uff12\n", "write the number only: production: 2"),
        ("production: 2.0\n", "write the number only: production: 2"),
    ],
)
def test_the_cure_has_the_number_that_is_meant(text: str, cure: str) -> None:
    assert read(text)[1][0].endswith(f" | {cure}")

from __future__ import annotations

import pytest

from cuebook.core.errors import InvalidFiles
from cuebook.registry.alias_edit import point
from cuebook.registry.alias_pointers import Pointer

PATH = "prompts/qa/aliases.yml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("production: 1\n", "production: 3\n"),
        (
            "# note\nstaging: 2\nproduction: 1  # since May\nold: 1\n",
            "# note\nstaging: 2\nproduction: 3  # since May\nold: 1\n",
        ),
        ("staging: 1\n", "staging: 1\nproduction: 3\n"),
        ("staging: 1", "staging: 1\nproduction: 3\n"),
        ("'production' :   1\r\nx: 2\r\n", "'production' :   3\r\nx: 2\r\n"),
        ("production: 3\n", "production: 3\n"),
        ("production-eu: 1\nproduction: 2\n", "production-eu: 1\nproduction: 3\n"),
        ("production: {use: 6, try: {7: 10}} # x\n", "production: 3 # x\n"),
        ("a: 1\nproduction: # x\n  use: 6\n  try:\n    7: 10\nb: 2\n", "a: 1\nproduction: 3 # x\nb: 2\n"),
        ("production:\r\n  use: 6\r\n  try: {7: 10}\r\n", "production: 3\r\n"),
        ("production:\n  1\n", "production: 3\n"),
        (None, "# yaml-language-server: $schema=../../schemas/aliases.json\nproduction: 3\n"),
    ],
)
def test_one_line_changes(before: str | None, after: str) -> None:
    data = None if before is None else before.encode()
    assert point(data, PATH, "production", 3).decode() == after


@pytest.mark.parametrize("before", ["production: 1\n", "production: {use: 3, try: {2: 50}}\n", "x: 1\n"])
def test_a_version_to_try_is_written_on_the_line(before: str) -> None:
    made = point(before.encode(), PATH, "production", Pointer(3, {4: 5, 7: 10})).decode()
    assert made.splitlines()[-1] == "production: {use: 3, try: {4: 5, 7: 10}}"


@pytest.mark.parametrize(
    "text",
    [
        "{production: 1}\n",
        "production: one\n",
        "production: 1\nproduction: 2\n",
        "- 1\n",
        "",
    ],
)
def test_a_file_that_one_line_cannot_change_is_refused(text: str) -> None:
    with pytest.raises(InvalidFiles):
        point(text.encode(), PATH, "production", 3)

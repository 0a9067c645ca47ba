from __future__ import annotations

import pytest

from cuebook.core.errors import InvalidFiles
from cuebook.registry.alias_edit import point

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
        (None, "# yaml-language-server: $schema=../../schemas/aliases.json\nproduction: 3\n"),
    ],
)
def test_one_line_changes(before: str | None, after: str) -> None:
    data = None if before is None else before.encode()
    assert point(data, PATH, "production", 3).decode() == after


@pytest.mark.parametrize(
    "text",
    [
        "{production: 1}\n",
        "production:\n  1\n",
        "production: one\n",
        "production: 1\nproduction: 2\n",
        "- 1\n",
        "",
    ],
)
def test_a_file_that_one_line_cannot_change_is_refused(text: str) -> None:
    with pytest.raises(InvalidFiles):
        point(text.encode(), PATH, "production", 3)

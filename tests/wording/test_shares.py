from __future__ import annotations

from cuebook.shapes.shares import Share
from cuebook.wording.shares import share_lines, split_line


def test_what_is_tried_is_said_in_one_form() -> None:
    assert share_lines("production", [(7, 10), (8, 5)]) == [
        "10% of production -> 7",
        "5% of production -> 8",
    ]
    assert split_line("production", [Share(version=7, share=10)]) == "10% of production -> 7"
    assert split_line("production", []) == "production: no version is on trial"

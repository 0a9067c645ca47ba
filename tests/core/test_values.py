from __future__ import annotations

from typing import Any

import pytest

from cuebook.core.values import AsWritten, quoted, what_is


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "an empty value"),
        (True, "true or false"),
        (2, "a number"),
        ("a", "a text"),
        (("a",), "a list"),
        ({"a": 1}, "a block of keys"),
    ],
)
def test_a_value_is_named_in_words(value: Any, said: str) -> None:
    assert what_is(value) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("judge\\/1", "'judge\\/1'"),
        ("it's a\\b", '"it\'s a\\b"'),
        ("plain", "'plain'"),
        ("a\\b\x1b", "'a\\\\b\\x1b'"),
    ],
)
def test_a_text_is_quoted_as_it_is_written_unless_it_would_steer_a_terminal(text: str, shown: str) -> None:
    assert quoted(text) == shown
    assert f"{AsWritten(text)!r} {AsWritten(text)}" == f"{shown} {text}"

from __future__ import annotations

import sys

import pytest

from cuebook.core.escape import HIDDEN
from cuebook.reports._text import line, plain


def test_the_quick_look_lets_no_hidden_character_through() -> None:
    """Some that Python calls printable cannot be seen: each is replaced, alone and in a text."""
    hidden = HIDDEN.findall("".join(map(chr, range(sys.maxunicode + 1))))
    assert any(char.isprintable() for char in hidden)
    assert all(plain(char) == "\ufffd" for char in hidden if char not in "\t\n\r")
    seen = "".join(map(chr, range(32, 127)))
    assert plain(seen) == seen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\u202eb", "a\ufffdb"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\tb", "a   b"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_what_steers_a_terminal_is_replaced(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert line(text) == " ".join(shown.split())

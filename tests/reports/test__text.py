from __future__ import annotations

import sys

import pytest

from cuebook.reports._text import _UNPRINTABLE, line, plain


def test_what_is_printable_holds_nothing_that_is_replaced() -> None:
    """The quick look of ``plain`` at a whole text is right for every character there is."""
    printable = "".join(filter(str.isprintable, map(chr, range(sys.maxunicode + 1))))
    assert plain(printable) == printable
    assert not _UNPRINTABLE.search(printable)
    assert len(printable.splitlines()) == 1
    assert "\t" not in printable


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

from __future__ import annotations

import html as stdlib_html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.core import escape

HOSTILE = [
    "<script>alert(1)</script>",
    '" onclick="x',
    "{{ config.site_url }}",
    '--8<-- ".env"',
    "{: .admonition }",
    "![x](http://evil)",
    "| a | b |",
    "```\nend",
    "&amp;",
]


@given(st.text())
def test_html_holds_nothing_with_a_meaning(text: str) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9 .,\n]|&#[0-9]+;)*", escape.html(text))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_html_reads_back_as_the_text(text: str) -> None:
    kept = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    plain = "".join(char for char in kept if not _is_noncharacter(char))
    assert stdlib_html.unescape(escape.html(plain)) == plain


def _is_noncharacter(char: str) -> bool:
    # The standard library drops these from numeric references; browsers keep them.
    return 0xFDD0 <= ord(char) <= 0xFDEF or ord(char) & 0xFFFE == 0xFFFE


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\x7f", "\x80", "\x9f", "\ud800", "\ufffe"])
def test_what_html_cannot_hold_is_replaced(char: str) -> None:
    assert escape.html(char) == "&#65533;"


def test_html_of_plain_text_is_the_text() -> None:
    assert escape.html("Answer 3, then stop.\n") == "Answer 3, then stop.\n"
    assert escape.html("") == ""


@pytest.mark.parametrize(
    ("text", "ticks"), [("", 3), ("plain", 3), ("a `b` c", 3), ("```", 4), ("x\n`````\ny", 6)]
)
def test_a_fence_is_longer_than_any_inside(text: str, ticks: int) -> None:
    first, *_, last = escape.fence(text).split("\n")
    assert (first, last) == ("`" * ticks + "text", "`" * ticks)


def test_a_fence_pings_nobody() -> None:
    assert "@ada" not in escape.fence("hello @ada, see #12")


@pytest.mark.parametrize(
    ("text", "defused"),
    [
        ("@ada", "@\u200bada"),
        ("a@b.c", "a@\u200bb.c"),
        ("#12", "#\u200b12"),
        ("GH-12", "GH-\u200b12"),
        ("see www.evil.example", "see www\u200b.evil.example"),
        ("# 12 @ ada", "# 12 @ ada"),
        ("", ""),
    ],
)
def test_defuse(text: str, defused: str) -> None:
    assert escape.defuse(text) == defused


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_is_one_line_without_live_marks(text: str) -> None:
    made = escape.markdown(text)
    assert "\n" not in made
    for mark in "`*_{}[]<>()#!|~$":
        assert not re.search(rf"(?<!\\){re.escape(mark)}", made.replace("&lt;", ""))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("plain", "plain"),
        ("a  b\nc", "a b c"),
        ("a|b", "a\\|b"),
        ("<b>", "&lt;b\\>"),
        ("https://x", "https\\://x"),
        ("\\", "\\\\"),
    ],
)
def test_markdown(text: str, made: str) -> None:
    assert escape.markdown(text) == made


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("", 0, ""), ("abc", 0, "…"), ("abc", 1, "…")],
)
def test_shorten(text: str, limit: int, short: str) -> None:
    assert escape.shorten(text, limit) == short


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("two\nlines\tand  more", "two lines and more"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("abc\u202egnp.exe", "abc\ufffdgnp.exe"),
        ("a\u2028b", "a\ufffdb"),
        ("x" * 50, "x" * 19 + "\u2026"),
        ("日本語", "日本語"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert escape.one_line(text, 20) == line


@pytest.mark.parametrize(
    ("text", "properties", "made"),
    [
        ("no", {}, "::error::no"),
        ("a\nb\r 5%", {"file": "a,b:c.yml", "line": "3"}, "::error file=a%2Cb%3Ac.yml,line=3::a%0Ab%0D 5%25"),
        ("::debug::x", {"title": "x::y\n::z"}, "::error title=x%3A%3Ay%0A%3A%3Az::::debug::x"),
    ],
)
def test_a_workflow_command_is_one_line_with_its_own_values(
    text: str, properties: dict[str, str], made: str
) -> None:
    assert escape.command("error", text, **properties) == made


@pytest.mark.parametrize(
    "text",
    [
        *(
            "[skip ci]",
            "[ci skip]",
            "[no ci]",
            "[skip actions]",
            "[actions skip]",
            "[SKIP CI]",
            "[skip travis]",
        ),
        *("***NO_CI***", "skip-checks: true", "Skip-Checks:true"),
        *("fixes #12", "closes org/repo#12", "resolves GH-12", "fixes https://github.com/o/r/issues/12"),
        *("@everybody look", "cc @org/team", "www.evil.example"),
        "a\n\nskip-checks: true\nCo-authored-by: @x <x@y>",
        "a \u202e[ic piks]",
    ],
)
def test_an_inert_text_steers_pings_and_closes_nothing(text: str) -> None:
    made = escape.inert(f"qa v3: {text}")
    assert "\n" not in made
    steering = r"\[[a-z -]*(ci|skip|actions)|\*\*\*|skip-checks:|[@#]\w|\bgh-\d|://|www\.|[\u202a-\u202e]"
    assert not re.search(steering, made, re.I)


def test_an_inert_text_reads_like_the_text() -> None:
    assert escape.inert("qa v3: Say 5 * 3, and why") == "qa v3: Say 5 * 3, and why"
    assert escape.inert("Drop [a] @b").replace("\u200b", "") == "Drop [a] @b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße 你好 👍 ❤️ नमस्ते", "Grüße 你好 👍 ❤️ नमस्ते"),
        ("a\x1b[2J\x07\x9b", "a\\x1b[2J\\x07\\x9b"),
        ("a\u202eb\u2066c\u200d\ufeff", "a\\u202eb\\u2066c\\u200d\\ufeff"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
        ("a\nb\tc\r\u2028", "a\\nb\\tc\\r\\u2028"),
    ],
)
def test_what_is_hidden_is_written_out(text: str, shown: str) -> None:
    assert escape.line(text) == shown
    assert escape.block(text) == shown.replace("\\n", "\n").replace("\\t", "\t")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.registry import word_diff as word_diff_module
from cuebook.registry.word_diff import Segment, word_diff


def shown(old, new):
    marks = {"same": "", "removed": "-", "added": "+"}
    return [
        (line.kind, "|".join(marks[part.kind] + part.text for part in line.segments))
        for line in word_diff(old, new)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", [("same", "")]),
        ("a b", "a b", [("same", "a b")]),
        ("a b c", "a x c", [("changed", "a |-b|+x| c")]),
        ("Ask {{ name }}", "Ask {{name}}", [("changed", "Ask |-{{ name }}|+{{name}}")]),
        ("a two three b c", "a TWO THREE b c", [("changed", "a |-two three|+TWO THREE| b c")]),
        ("Be kind.", "Be kind and brief.", [("changed", "Be kind|+ and brief|.")]),
        ("a", "a\n", [("same", "a"), ("added", "")]),
        ("keep\nnothing alike here", "keep\nother words entirely", [
            ("same", "keep"), ("removed", "-nothing alike here"), ("added", "+other words entirely")]),
        ("x\n\ny", "x\n\nnew words\n\ny", [
            ("same", "x"), ("same", ""), ("added", "+new words"), ("added", ""), ("same", "y")]),
        ("\u6771\u4eac\u306b\u4f4f\u3080", "\u4eac\u90fd\u306b\u4f4f\u3080", [
            ("changed", "-\u6771|\u4eac|+\u90fd|\u306b\u4f4f\u3080")]),
    ],
)  # fmt: skip
def test_word_diff(old, new, expected):
    assert shown(old, new) == expected


def test_line_numbers_and_sides():
    lines = word_diff("a b c d\nsecond", "new line\na b c x\nsecond")
    assert [(line.kind, line.old, line.new) for line in lines] == [
        ("added", None, 1),
        ("changed", 1, 2),
        ("same", 2, 3),
    ]
    assert lines[1].left == (Segment("same", "a b c "), Segment("removed", "d"))
    assert lines[1].right == (Segment("same", "a b c "), Segment("added", "x"))


TEXTS = st.text(st.sampled_from("ab {}.\n\t\r\u3042\U0001f600\u0301"), max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_come_back_from_the_diff(old, new):
    lines = word_diff(old, new)
    left = [line for line in lines if line.old is not None]
    right = [line for line in lines if line.new is not None]
    assert [line.old for line in left] == list(range(1, len(left) + 1))
    assert [line.new for line in right] == list(range(1, len(right) + 1))
    assert "\n".join("".join(s.text for s in line.left) for line in left) == old
    assert "\n".join("".join(s.text for s in line.right) for line in right) == new
    assert all(line.kind == "same" for line in lines) == (old == new)


def test_caps_keep_the_texts_whole(monkeypatch):
    monkeypatch.setattr(word_diff_module, "MAX_TOKEN_PAIRS", 8)
    assert shown("a b c", "a b d") == [("changed", "-a b c|+a b d")]
    monkeypatch.setattr(word_diff_module, "MAX_LINE_PAIRS", 1)
    assert [line.kind for line in word_diff("p q\nr s", "p t\nr u")] == ["removed"] * 2 + ["added"] * 2

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.core.text import fold, fold_json, token_estimate, word_count


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is  my\tparcel? ", "where is my parcel?"),
        ("STRASSE", "stra\u00dfe"),
        ("caf\u00e9", "cafe\u0301"),
        ("\uff21\uff22\uff23 \uff11", "abc 1"),
        ("a\u00a0b", "a b"),
        ("\u2121", "tel"),
    ],
)
def test_what_looks_alike_folds_to_one_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("yes", "yes!"), ("ab", "a b"), ("1", "2")])
def test_other_words_stay_others(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_values_are_folded_where_they_are_text() -> None:
    assert fold_json({"A": ["X ", 1, None, {"b": "Y"}]}) == {"A": ["x", 1, None, {"b": "y"}]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \n", 0),
        ("two words", 2),
        ("a - b, c", 4),
        ("naïve Größe", 2),
        ("日本語", 3),
        ("東京は雨です。", 6),
        ("コーヒーを2杯、どうぞ!", 10),
        ("使用 Python 3.11 编写", 6),
        ("我用Python写代码", 6),
        ("ｶﾅ", 2),
        ("한국어 문장", 2),
        ("𠮷野家", 3),
        ("。", 1),
    ],
)
def test_words_of_a_text(text: str, words: int) -> None:
    assert word_count(text) == words


def test_tokens_are_told_from_the_bytes_in_every_script() -> None:
    assert token_estimate("") == 0
    assert token_estimate("four" * 10) == 10
    assert 1000 < token_estimate("日本語で答えてください。" * 120) < 1100

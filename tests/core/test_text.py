from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.core.text import fold, fold_json


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

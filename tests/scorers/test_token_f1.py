from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuebook.scorers.token_f1 import f1, words
from scoring import grade


@pytest.mark.parametrize(
    ("answer", "expected", "value"),
    [
        ("every 4 months", "every 4 months", 1),
        ("Every 4 months.", "every 4 months", 1),
        ("The carafe", "a carafe", 1),
        ("4 months", "every 4 months", 0.8),
        ("every 4 months or so, they say", "every 4 months", 0.6),
        ("months months months", "4 months", 0.4),
        ("never", "every 4 months", 0),
        ("", "every 4 months", 0),
        ("the", "", 1),
        ("something", "", 0),
        ("4.5 kg", "45 kg", 0.5),
        ("don't", "don't", 1),
        ("snake_case", "snake case", 1),
        ("東京都", "東京", 0.8),
        ("ﬁne", "fine", 1),
        ("no", ["no", "it does not"], 1),
        ("it does not", ["no", "it does not"], 1),
        (42, 42, 1),
    ],
)
def test_value(answer: Any, expected: Any, value: float) -> None:
    result = grade("token_f1", str(answer), {"answer": expected})
    assert result.state == "measured"
    assert result.value == pytest.approx(value)
    assert result.passed is (value >= 0.5)


def test_reason_counts_words_and_names_missing_ones() -> None:
    result = grade("token_f1", "change it every month", {"answer": ["every 4 months", "twelve"]})
    assert result.reason == '1 of 3 expected words, 4 words in the answer; missing: "4", "months"'
    assert result.details == {"expected": "every 4 months"}


@pytest.mark.parametrize(
    ("expected", "state"), [(None, "not_applicable"), ([], "not_applicable"), ({}, "failed")]
)
def test_without_a_usable_expectation(expected: Any, state: str) -> None:
    assert grade("token_f1", "x", {"answer": expected}).state == state


@given(st.text(), st.text())
def test_symmetric_bounded_and_1_for_the_same(left: str, right: str) -> None:
    assert f1(words(left), words(left)) == 1
    assert 0 <= f1(words(left), words(right)) == f1(words(right), words(left)) <= 1

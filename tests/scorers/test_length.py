from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cuebook.scorers.length import Parameters
from scoring import grade


@pytest.mark.parametrize(
    ("words", "settings", "value"),
    [
        (10, {"max_words": 10}, 1),
        (11, {"max_words": 10}, 0.9),
        (15, {"max_words": 10}, 0.5),
        (20, {"max_words": 10}, 0),
        (500, {"max_words": 10}, 0),
        (0, {"max_words": 10}, 1),
        (10, {"min_words": 10}, 1),
        (9, {"min_words": 10}, 0.9),
        (0, {"min_words": 10}, 0),
        (5, {"min_words": 3, "max_words": 8}, 1),
        (12, {"min_words": 3, "max_words": 8}, 0.5),
        (5, {"max_chars": 9}, 1),
        (5, {"max_chars": 6}, 0.5),
        (5, {"max_words": 4, "max_chars": 6}, 0.5),
    ],
)
def test_value(words: int, settings: dict[str, Any], value: float) -> None:
    result = grade("length", " " + " ".join("x" * words) + "\n", **settings)
    assert result.value == pytest.approx(value)
    assert result.passed is (value == 1)
    assert result.details == {"words": words, "chars": max(0, 2 * words - 1)}


def test_the_reason_names_the_limit_that_decides() -> None:
    result = grade("length", "one two three", max_words=2, max_chars=100)
    assert result.reason == "3 words, at most 2"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "none of 'max_words'"),
        ({"max_words": 0}, "greater than or equal to 1"),
        ({"max_words": 5, "min_words": 6}, "more than"),
        ({"max_words": True}, "valid integer"),
    ],
)
def test_bad_settings(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Parameters.model_validate(settings)


def test_signs_of_chinese_and_japanese_are_words() -> None:
    result = grade("length", "東京は 雨です。", max_words=10)
    assert result.details["words"] == 6
    assert result.reason == "6 words, at most 10"

from __future__ import annotations

from collections.abc import Callable

import pytest

from cuebook.core.format import (
    amount,
    below,
    interval,
    joined,
    money,
    place_in_words,
    plural,
    points,
    ratio,
    relative_change,
    score,
    seconds,
    signed,
    some,
    tick,
    whole_per_cent,
)


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (points, 0.0624, "+6.2"),
        (points, -0.07, "−7.0"),
        (points, 0.0, "0.0"),
        (points, -0.0, "0.0"),
        (points, -0.0004, "0.0"),
        (points, 0.0004, "0.0"),
        (points, -0.0006, "−0.1"),
        (points, 1.0, "+100.0"),
        (points, None, "–"),
        (score, 0.806, "80.6"),
        (score, 0.0, "0.0"),
        (score, None, "–"),
        (ratio, 0.414, "0.41"),
        (ratio, -0.1, "−0.10"),
        (ratio, -0.004, "0.00"),
        (tick, 0, "0"),
        (tick, -15, "−15"),
        (tick, 2.5, "+2.5"),
        (money, None, "unknown"),
        (money, 0, "$0.00"),
        (money, 0.0, "$0.00"),
        (money, 0.000042, "$0.000042"),
        (money, 0.00000004, "under $0.000001"),
        (money, 0.0004, "$0.0004"),
        (money, 0.0123, "$0.012"),
        (money, 1234.5, "$1,234.50"),
        (seconds, None, "–"),
        (seconds, 0.0, "0.0 ms"),
        (seconds, 0.0425, "42.5 ms"),
        (seconds, 0.1, "0.10 s"),
        (seconds, 81.256, "81.26 s"),
        (amount, None, "–"),
        (amount, 0.0, "0.0"),
        (amount, 1234.56, "1,234.6"),
    ],
)
def test_one_number(write: Callable[[float | None], str], value: float | None, text: str) -> None:
    assert write(value) == text


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (100, 150, "+50%"),
        (100, 79, "−21%"),
        (100, 100.4, "0%"),
        (100, 99.6, "0%"),
        (0, 5, "–"),
        (None, 5, "–"),
        (5, None, "–"),
    ],
)
def test_relative_change(old: float | None, new: float | None, text: str) -> None:
    assert relative_change(old, new) == text


def test_an_interval_has_both_ends_in_points() -> None:
    assert interval(-0.132, 0.00004) == "[−13.2, 0.0]"


def test_a_sign_is_a_true_minus() -> None:
    assert [signed(-1, "x"), signed(1, "x")] == ["−x", "+x"]


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 cases"), (1, "1 case"), (2, "2 cases"), (1234, "1,234 cases")],
)
def test_plural(count: int, words: str) -> None:
    assert plural(count, "case") == words


def test_irregular_plural() -> None:
    assert plural(2, "entry", "entries") == "2 entries"


def test_names_are_joined_as_people_do() -> None:
    assert [joined(["a", "b", "c"][:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert joined(["a", "b", "c"], "nor") == "a, b nor c"


def test_only_the_first_names_are_listed() -> None:
    assert some(list("abcde")) == "a, b, c, d, e"
    assert some(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert some(["a"] * 2_000, 1) == "a and 1,999 more"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((), ""),
        (("gate", "metrics", "exact"), "gate.metrics.exact"),
        (("messages", 1, "role"), "message 2, role"),
        (("messages", 0, "content", 2, "text"), "message 1, part 3, text"),
        (("messages", 1, "toolCalls", 0, "name"), "message 2, call 1, name"),
        (("tools", 0, "parameters"), "tool 1, parameters"),
        (("notify", "repositories", 4), "notify.repositories, item 5"),
        (("scorers", 0), "scorer 1"),
        ((0, 1), "item 1, item 2"),
    ],
)
def test_a_place_of_a_file_is_counted_from_one(place: tuple[str | int, ...], words: str) -> None:
    assert place_in_words(place) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.394, "0.39"), (0.396, "0.396"), (0.39996, "0.39996"), (-0.001, "0.00"), (-0.5, "−0.50")],
)
def test_a_number_below_a_bound_reads_as_one(value: float, text: str) -> None:
    assert below(value, 0.4) == text


def test_a_negative_number_below_a_negative_bound_has_its_sign() -> None:
    assert below(-0.1004, -0.1) == "−0.1004"


def test_a_share_in_whole_per_cent_has_no_minus_zero() -> None:
    assert [whole_per_cent(value) for value in (-0.001, 0.0, 0.784, -0.04)] == ["0%", "0%", "78%", "\u22124%"]

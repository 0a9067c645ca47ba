from __future__ import annotations

import time

import pytest

from cuebook.core import limited
from cuebook.core.limited import OverBudget
from cuebook.core.patterns import cost, pattern_problem, rewrite, search

HOSTILE = [
    r"(a+)+$",
    r"(a|a)*b",
    r"(\w+\s?)*$",
    r"(é+)+x",
    r"(.*a){20}",
    r"^(?:[^%]*){10}%",
    r"a*a*a*a*a*a*a*b",
    r"(?:a?){500}a{500}b",
    r".*.*.*=.*;",
    r"(?:(?:a|b|ab){30}){30}c",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"[a-q][^u-z]{13}x",
]


@pytest.mark.parametrize("pattern", HOSTILE)
@pytest.mark.parametrize("text", ["a" * 20_000, "ab" * 10_000, "é" * 20_000, "aaaa " * 4_000])
def test_no_pattern_takes_long_on_any_text(pattern: str, text: str) -> None:
    assert pattern_problem(pattern) is rewrite(pattern) is None
    before = time.process_time()
    search(pattern, text)
    assert time.process_time() - before < 5


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"PO-\d+", "see PO-17 and PO-18", "PO-17"),
        (r"(?i)größe", "GRÖSSE GRÖßE", "GRÖßE"),
        (r"\pL+", "12 Łódź", "Łódź"),
        (r"a$", "a\nb", None),
        (r"(?m)a$", "a\nb", "a"),
        (r"^\z", "", ""),
        (r".", "\ud800x", "?"),
        (r"(?P<a>x)(?P<b>y)", "wxyz", "xy"),
        (r"a\Z", "ba", "a"),
        (r"(?<=PO-)\d+", "PO-17", "17"),
        (r"(a|b)\1", "abb", "bb"),
    ],
)
def test_what_is_found(pattern: str, text: str, found: str | None) -> None:
    assert search(pattern, text) == found


@pytest.mark.parametrize(
    ("pattern", "cure"),
    [
        (r"^yes\Z", r"write \z"),
        (r"^(?!sorry)", "'absent: true'"),
        (r"(?<!not )ready", "'absent: true'"),
        (r"(?=.*a)(?=.*b)", "two patterns"),
        (r"(?<=€)\d+", "match what comes before"),
        (r"(['\"]).*\1", "alternatives"),
        (r"(?P<q>['\"]).*(?P=q)", "alternatives"),
        (r"\u20ac", r"\x{...}"),
        (r"(?:[a-z]++ ?+)*", "drop the second +"),
        (r"(?>a*b)*c", "(?:...)"),
        (r"(?P<x>a)(?(x)b|c)", "RE2's syntax"),
        (r"a{1001}", "RE2's syntax"),
        ("\ud800", "RE2's syntax"),
    ],
)
def test_what_re2_does_not_take_has_its_rewrite(pattern: str, cure: str) -> None:
    wanted = rewrite(pattern)
    assert wanted is not None
    assert wanted[0].startswith("RE2 cannot compile it")
    assert cure in wanted[1]
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize("pattern", ["[", "(?P<>x)", "*", "a{2,1}", "(" * 999, "\\"])
def test_what_is_no_pattern_is_said_to_be_none(pattern: str) -> None:
    assert (pattern_problem(pattern) or "").startswith("not a regular expression")


def test_a_pattern_of_before_is_stopped_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "TRIES", 1)  # each takes two seconds; test_limited.py counts them
    slow = r"(?=a)(a+)+$"
    with pytest.raises(OverBudget, match="stopped after 2 seconds"):
        search(slow, "a" * 40 + "b")
    with pytest.raises(OverBudget, match="not tried"):
        search(slow, "aaa")
    assert search(r"(?=a)a+$", "aaa") == "aaa"


def test_a_search_costs_by_pattern_and_text() -> None:
    assert cost("a", "b") == 1
    assert cost(r"(?:a?){1000}", "a" * 1000) > 100
    assert cost(r"(?=a)", "a" * 1000) == 1


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("[", "a [ is not closed"),
        ("(a", "a ( is not closed"),
        ("a)", "a ) closes nothing"),
        ("*", "* repeats nothing"),
        ("a{2,1}", "{2,1} is not a number of repeats from 0 to 1,000"),
        ("[z-a]", "z-a is not a range of characters"),
        ("\\", "it ends with a single \\"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said_in_our_words(pattern: str, said: str) -> None:
    assert pattern_problem(pattern) == f"not a regular expression: {said}"

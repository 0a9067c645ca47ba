from __future__ import annotations

import pytest

from cuebook.scorers._pattern import pattern_problem


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a*)*",
        r"(a|a)*b",
        r"(a|ab|b)*c",
        r"(?:a?a?)*b",
        r"(a{1,3})*b",
        r"(\w+\s?)*$",
        r"(?i)([A-Z][a-z]+)+$",
        r"(?i)(ab|AB)*c",
        r"(.*a){20}",
        r"((ab)*c?)*d",
        r"(?:x(?=a+b))*",
        r"(é+)+x",
        r"([^x]+é)*y",
        r"(?:(?:a+b)?)*c",
        r"(a)(?(1)(?:b*)*|c)",
        r"(?:(?>(a+)+b))c",
    ],
)
def test_patterns_that_split_a_text_in_many_ways_are_refused(pattern: str) -> None:
    assert "can take for ever" in (pattern_problem(pattern) or "")


@pytest.mark.parametrize(
    "pattern",
    [
        r"",
        r"^[a-z]+(-[a-z]+)*$",
        r"^(\d+,)*\d+$",
        r"^([A-Z][a-z]+)+$",
        r"(\w+\s)*$",
        r"([^,]*,)*",
        r"(foo|bar)*",
        r"(?:a|b|cd)*",
        r"(?:[a-z]++ ?+)*",
        r"(?>a*b)*c",
        r"(?:https?://\S+ )*",
        r"(\d|\w)*",
        r"(.*a){3}",
        r"\d{4}-\d{2}-\d{2}",
        r"(?P<x>a)(?(x)b|c)",
        r"(?:(?:ab){2}c)*",
        r"()*",
    ],
)
def test_patterns_of_every_day_are_taken(pattern: str) -> None:
    assert pattern_problem(pattern) is None


@pytest.mark.parametrize("pattern", ["[", "(?P<a>x)(?P<a>y)", "*", "a{99999999999999999999}", "(" * 999])
def test_what_is_no_pattern_is_said_to_be_none(pattern: str) -> None:
    assert (pattern_problem(pattern) or "").startswith("not a regular expression")

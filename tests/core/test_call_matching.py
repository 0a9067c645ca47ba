from __future__ import annotations

import json
from itertools import permutations
from random import Random
from typing import Any

import pytest

from cuebook.core.call_matching import Matching, match, problems
from cuebook.core.limited import OverBudget
from cuebook.core.tool_calls import ToolCall
from shared_vectors import vectors


def call(name: str, arguments: Any = None, **more: Any) -> ToolCall:
    given = more if arguments is None else arguments
    return ToolCall.of("c", name, json.dumps(given))


def wanted(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ({"x": 1}, {"x": 1.0}, True),
        ({"x": 1}, {"x": True}, False),
        ({"x": True}, {"x": 1}, False),
        ({"x": False}, {"x": None}, False),
        ({"x": None}, {"x": None}, True),
        ({"x": None}, {}, False),
        ({"x": "1"}, {"x": 1}, False),
        ({}, {"x": 1}, True),
        ({"x": {"a": 1}}, {"x": {"a": 1, "b": 2}}, True),
        ({"x": [{"a": 1}]}, {"x": [{"a": 1, "b": 2}]}, True),
        ({"x": [1, 2]}, {"x": [2, 1]}, False),
        ({"x": {"$any": True}}, {"x": None}, True),
        ({"x": {"$any": True}}, {}, False),
        ({"x": {"$regex": "[0-9]+"}}, {"x": 17}, False),
        ({"x": {"$regex": ".*"}}, {"x": "a" * 20_001}, False),
        ({"x": {"$oneOf": [1, {"$regex": "k.*"}]}}, {"x": "km"}, True),
        ({"x": {"$oneOf": [1, 2]}}, {"x": True}, False),
        ({"x": {"$near": [10, 0.5]}}, {"x": 10.5}, True),
        ({"x": {"$near": [10, 0.5]}}, {"x": "10"}, False),
        ({"x": {"$near": [0, 1]}}, {"x": False}, False),
        ({"x": {"$near": [10.5, 1]}}, {"x": 10**400}, False),
        ({"x": {"$literal": {"a": 1}}}, {"x": {"a": 1, "b": 2}}, False),
        ({"x": {"$literal": [{"$near": [1, 2]}]}}, {"x": [{"$near": [1, 2.0]}]}, True),
        ({"x": {"$any": True, "b": 1}}, {"x": 3}, False),
    ],
)
def test_values(expected: dict[str, Any], given: dict[str, Any], same: bool) -> None:
    found = match([{"name": "f", "arguments": expected}], [call("f", given)])
    assert (len(found.pairs) == 1) is same
    ignored = match([{"name": "f", "arguments": expected}], [call("f", given)], arguments="ignore")
    assert ignored.pairs == ((0, 0),)


def test_exact_arguments_are_all_of_them_at_every_depth() -> None:
    one = [wanted("f", x={"a": 1})]
    assert match(one, [call("f", x={"a": 1})], arguments="exact").pairs
    assert not match(one, [call("f", x={"a": 1, "b": 2})], arguments="exact").pairs
    assert not match([{"name": "f"}], [call("f", x=1)], arguments="exact").pairs
    assert match([{"name": "f"}], [call("f", x=1)]).pairs


def test_two_equal_calls_do_not_stand_for_two_different_ones() -> None:
    found = match([wanted("f", x=1), wanted("f", x=2)], [call("f", x=1), call("f", x=1)])
    assert found.pairs == ((0, 0),)
    assert found.score(allow_extra=False) == found.score(allow_extra=True) == 0.5


def test_a_call_that_cannot_be_used_matches_nothing() -> None:
    given = [call("f", x=1), call("f", x=1)]
    assert match([wanted("f", x=1)], given, unusable={0}).pairs == ((0, 1),)
    assert match([wanted("f")], [ToolCall.of("c", "f", "{")], arguments="subset").pairs == ()


def test_the_order_counts_where_it_is_asked_for() -> None:
    expected = [wanted(name) for name in "abcd"]
    given = [call(name) for name in "bacxd"]
    assert match(expected, given, in_order=True).pairs == ((1, 0), (2, 2), (3, 4))
    assert len(match(expected, given).pairs) == 4


def test_no_assignment_is_larger_and_no_order_longer() -> None:
    """Against every assignment there is, for small random calls."""
    random = Random(7)
    for _ in range(200):
        expected = [
            wanted("f", x={"$oneOf": random.sample(range(4), 2)}) for _ in range(random.randint(0, 4))
        ]
        given = [call("f", x=random.randrange(4)) for _ in range(random.randint(0, 4))]
        fits = [[bool(match([one], [other]).pairs) for other in given] for one in expected]
        size = max(len(expected), len(given))
        best = longest = 0
        for order in permutations(range(size)):
            pairs = [
                (i, j) for i, j in enumerate(order) if i < len(expected) and j < len(given) and fits[i][j]
            ]
            best = max(best, len(pairs))
            rising: list[int] = []
            for _i, j in pairs:
                rising.append(
                    1 + max((rising[k] for k, (_a, b) in enumerate(pairs[: len(rising)]) if b < j), default=0)
                )
            longest = max(longest, max(rising, default=0))
        assert len(match(expected, given).pairs) == best
        assert len(match(expected, given, in_order=True).pairs) == longest


@pytest.mark.parametrize(
    ("pairs", "expected", "given", "counted", "allowed"),
    [(0, 0, 0, 1, 1), (0, 0, 2, 0, 1), (0, 2, 0, 0, 0), (1, 1, 3, 0.5, 1), (2, 2, 2, 1, 1)],
)
def test_scores(pairs: int, expected: int, given: int, counted: float, allowed: float) -> None:
    found = Matching(tuple((at, at) for at in range(pairs)), expected, given)
    assert (found.score(allow_extra=False), found.score(allow_extra=True)) == (counted, allowed)


def test_comparing_ends_within_its_steps() -> None:
    long = {"x": list(range(5000))}
    with pytest.raises(OverBudget):
        match([{"name": "f", "arguments": long}] * 100, [call("f", long)] * 100)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"name": "f"}, "not a list of calls"),
        ([{"name": 3}], "call 1 has no name"),
        ([{"name": "f", "args": {}}], "unknown key 'args'"),
        ([{"name": "f", "arguments": [1]}], "not an object"),
        ([wanted("f", x={"$regexp": "a"})], "no matcher is called '$regexp'"),
        ([wanted("f", x=[{"y": {"$regex": "("}}])], "$regex not a regular expression"),
        ([wanted("f", x={"$regex": 3})], "$regex is not a pattern"),
        ([wanted("f", x={"$near": [1]})], "$near is not a number"),
        ([wanted("f", x={"$near": [1, -1]})], "$near is not a number"),
        ([wanted("f", x={"$oneOf": "km"})], "$oneOf is not a list"),
        ([wanted("f", x={"$oneOf": [{"$any": 1}]})], "$any is not true"),
        ([{"name": "f"}] * 129, "129 calls"),
    ],
)
def test_what_no_case_can_expect_is_said(expected: Any, words: str) -> None:
    (found,) = problems(expected)
    assert words in found[0]
    assert found[1]


def test_what_cases_may_expect_has_no_problem() -> None:
    literal = {"$literal": {"$regexp": "a"}}
    assert list(problems([])) == []
    assert (
        list(problems([{"name": "f"}, wanted("g", x=literal, y={"$near": [1, 0]}, z={"$a": 1, "b": 2})]))
        == []
    )


def test_shared_vectors_of_tool_calls() -> None:
    for vector in vectors("tool_calls", "agents_vectors.json"):
        settings = vector["settings"]
        given = [ToolCall.of("", item["name"], json.dumps(item["arguments"])) for item in vector["given"]]
        assert list(problems(vector["expected"])) == [], vector["name"]
        found = match(
            vector["expected"],
            given,
            in_order=settings.get("order") == "given",
            arguments=settings.get("arguments", "subset"),
        )
        score = found.score(allow_extra=settings.get("extra") == "allow")
        if {item.name for item in given} & set(settings.get("forbidden", ())):
            score = 0.0
        assert score == pytest.approx(vector["score"], abs=1e-9), vector["name"]


WHOLE = 2**53


@pytest.mark.parametrize(
    ("expected", "raw", "same"),
    [
        (WHOLE, str(WHOLE), True),
        (WHOLE, str(WHOLE + 1), False),
        (WHOLE + 1, str(WHOLE + 1), True),
        (WHOLE + 1, f"{WHOLE + 1}.0", True),
        (WHOLE, f"{WHOLE + 1}.0", False),
        (12345678901234567890123, "12345678901234567890123", True),
        (12345678901234567890123, "12345678901234567890124", False),
        (10**23, "1e23", True),
        (1e23, "1e23", True),
        (1.5, "1.50", True),
        ({"$near": [WHOLE, 0.5]}, str(WHOLE + 1), False),
        ({"$near": [float(WHOLE), 0.5]}, str(WHOLE + 1), False),
        ({"$near": [WHOLE, 1]}, str(WHOLE + 1), True),
        ({"$near": [1, 1]}, "9" * 400, False),
    ],
)
def test_large_numbers_are_compared_by_all_their_digits(expected: Any, raw: str, same: bool) -> None:
    made = ToolCall.of("", "f", f'{{"x": {raw}}}')
    assert bool(match([{"name": "f", "arguments": {"x": expected}}], [made]).pairs) is same


def test_a_number_that_has_lost_digits_already_is_refused_in_an_expectation() -> None:
    ((what, cure),) = problems([{"name": "f", "arguments": {"x": [9007199254740993.0]}}])
    assert (what, cure[:16]) == (
        "call 1: 9007199254740992.0 is beyond 2^53, where it loses digits",
        "write all digits",
    )

from __future__ import annotations

from typing import Any

import pytest

from build import case, comparison, suite
from cuebook.gate.tool_counts import tool_counts
from cuebook.shapes.run import CaseRun, ModelReply, Sample, Score
from cuebook.shapes.suite import ScorerSpec


def scored(expected: list[str], called: list[str], pairs: list[list[int]] | None = None) -> Sample:
    details: dict[str, Any] = {"expected": expected, "called": called, "pairs": pairs or []}
    return Sample(0, ModelReply("", "m"), None, {"calls": Score("measured", 0.5, False, "", details)})


def rows(new: list[Sample], old: list[Sample]) -> list[tuple[str, str, bool, int, int | None]]:
    of = comparison(
        suite([case(0)], scorers=[ScorerSpec("tool_calls", "calls"), ScorerSpec("exact", "exact")])
    )
    found = tool_counts(of, [CaseRun(case(0), "", tuple(new), tuple(old))])
    assert {row.label for row in found} <= {"calls"}
    return [(row.expected, row.called, row.right, row.candidate, row.baseline) for row in found]


def test_wrong_pairs_come_first_and_both_arms_are_counted() -> None:
    right = scored(["look"], ["look"], [[0, 0]])
    mixed_up = scored(["look"], ["find"])
    assert rows([mixed_up, mixed_up, right], [right]) == [
        ("look", "find", False, 2, 0),
        ("look", "look", True, 1, 1),
    ]


@pytest.mark.parametrize(
    ("expected", "called", "pairs", "told"),
    [
        ([], [], [], []),
        (["look"], [], [], [("look", "", False)]),
        ([], ["look"], [], [("", "look", False)]),
        (["look"], ["look"], [], [("look", "look", False)]),
        (
            ["look", "pay"],
            ["find", "look", "look"],
            [[0, 1]],
            [("pay", "find", False), ("", "look", False), ("look", "look", True)],
        ),
        (["pay", "look"], ["find", "pay"], [], [("look", "find", False), ("pay", "pay", False)]),
    ],
)
def test_what_stands_in_whose_place(
    expected: list[str], called: list[str], pairs: list[list[int]], told: list[tuple[str, str, bool]]
) -> None:
    found = rows([scored(expected, called, pairs)], [])
    assert sorted((row[0], row[1], row[2]) for row in found) == sorted(told)


def test_scores_that_tell_nothing_of_calls_count_nothing() -> None:
    nothing = Sample(0, ModelReply("", "m"), None, {"calls": Score("not_applicable")})
    assert rows([nothing], [Sample(0, None)]) == []

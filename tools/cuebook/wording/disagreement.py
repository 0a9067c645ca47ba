"""Scorers that disagree on one answer, and versions on cases: the reader has to look."""

from __future__ import annotations

from collections.abc import Mapping

from cuebook.core.format import joined
from cuebook.shapes.case_result import ScoreResult


def versions_apart(apart: int, cases: int) -> str:
    """On how many cases several versions differ in passing. No full stop."""
    if not apart:
        return "Every version passes and fails the same cases"
    return f"They differ on {apart:,} of {cases:,} cases"


def disagreement(scores: Mapping[str, ScoreResult], version: int) -> str:
    """Return which scorers fail the answer of a version and which pass it; empty where all agree.

    ``scores`` are by label, and each says of the answer whether it is right.
    """
    fail = [label for label, found in scores.items() if found.passed is False]
    right = [label for label, found in scores.items() if found.passed is True]
    if not fail or not right:
        return ""
    fails, passes = "fails" if len(fail) == 1 else "fail", "passes" if len(right) == 1 else "pass"
    return f"Scorers disagree on v{version}: {joined(fail)} {fails} it, {joined(right)} {passes} it."

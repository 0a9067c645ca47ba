"""Scorers that disagree on one answer: the reader has to look, whatever the verdict says."""

from __future__ import annotations

from collections.abc import Mapping

from cuebook.shapes.case_result import ScoreResult
from cuebook.wording.names import joined


def disagreement(scores: Mapping[str, ScoreResult], version: int) -> str:
    """Which scorers fail the answer of a version and which pass it; empty where all agree.

    ``scores`` are by label, and each says of the answer whether it is right.
    """
    fail = [label for label, found in scores.items() if found.passed is False]
    right = [label for label, found in scores.items() if found.passed is True]
    if not fail or not right:
        return ""
    fails, passes = "fails" if len(fail) == 1 else "fail", "passes" if len(right) == 1 else "pass"
    return f"Scorers disagree on v{version}: {joined(fail)} {fails} it, {joined(right)} {passes} it."

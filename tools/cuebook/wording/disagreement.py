"""Scorers that disagree on one answer: the reader has to look, whatever the verdict says."""

from __future__ import annotations

from collections.abc import Container, Mapping

from cuebook.shapes.verdict import ScoreResult
from cuebook.wording.names import joined


def disagreement(scores: Mapping[str, ScoreResult], version: int, compared: Container[str] = ()) -> str:
    """Which scorers fail the answer of a version and which pass it; empty where all agree.

    ``scores`` are by label. Those ``compared`` say which of two answers is better, and of one answer nothing.
    """
    told = {label: found.passed for label, found in scores.items() if label not in compared}
    fail = [label for label, passed in told.items() if passed is False]
    right = [label for label, passed in told.items() if passed is True]
    if not fail or not right:
        return ""
    fails, passes = "fails" if len(fail) == 1 else "fail", "passes" if len(right) == 1 else "pass"
    return f"Scorers disagree on v{version}: {joined(fail)} {fails} it, {joined(right)} {passes} it."

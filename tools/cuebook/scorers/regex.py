"""Whether the answer matches a regular expression (Python's, without flags; write ``(?i)`` for them)."""

from __future__ import annotations

import re

from pydantic import Field, field_validator, model_validator

from cuebook.scorers._base import (
    Context,
    NoParameters,
    expectation,
    failed,
    measured,
    not_applicable,
    scorer,
)
from cuebook.scorers._pattern import LONGEST_ANSWER, pattern_problem
from cuebook.scorers._text import quoted
from cuebook.shapes.run import Score


class Parameters(NoParameters):
    """Settings of ``regex``: a pattern for all cases, or the key of each case's own."""

    pattern: str | None = Field(default=None, description="The pattern. Without it each case brings its own.")
    expectation: str = Field(default="answer", description="Key of a case's own pattern.")
    full: bool = Field(default=False, description="The whole answer must match, not just a part of it.")

    @property
    def reads(self) -> str | None:
        """The key of the case's own pattern, unless one pattern is for all."""
        return None if self.pattern is not None else self.expectation

    @field_validator("pattern")
    @classmethod
    def _usable(cls, pattern: str | None) -> str | None:
        if pattern is not None and (problem := pattern_problem(pattern)):
            raise ValueError(problem)
        return pattern

    @model_validator(mode="after")
    def _one_source(self) -> Parameters:
        if self.pattern is not None and "expectation" in self.model_fields_set:
            raise ValueError("give 'pattern' or 'expectation', not both")
        return self


@scorer(Parameters)
def score(context: Context, parameters: Parameters) -> Score:
    """1 for a match, else 0. Of an answer beyond 20,000 characters only these are looked at."""
    pattern = parameters.pattern
    if pattern is None:
        pattern = expectation(context, parameters.expectation)
        if pattern is None:
            return not_applicable(f"the case has no expectation {parameters.expectation!r}")
        problem = pattern_problem(pattern) if isinstance(pattern, str) else "it must be a text"
        if problem:
            return failed(f"the case's pattern {quoted(pattern)} cannot be used: {problem}")
    return _matched(pattern, context.answer, full=parameters.full)


def _matched(pattern: str, answer: str, *, full: bool) -> Score:
    text = answer.strip() if full else answer
    cut = len(text) > LONGEST_ANSWER
    if full and cut:
        return measured(0, f"the answer is longer than {LONGEST_ANSWER:,} characters")
    match = (re.fullmatch if full else re.search)(pattern, text[:LONGEST_ANSWER])
    if match:
        return measured(1, f"{quoted(match[0])} matches")
    where = f" in its first {LONGEST_ANSWER:,} characters" if cut else ""
    return measured(0, f"the answer does not match {quoted(pattern)}{where}")

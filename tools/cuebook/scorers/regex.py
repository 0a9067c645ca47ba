"""Whether the answer matches a regular expression (RE2's syntax, without flags; write ``(?i)`` for them)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field, field_validator, model_validator

from cuebook.core.limited import OverBudget
from cuebook.core.patterns import pattern_problem, rewrite, search
from cuebook.core.shape_errors import broken_rule
from cuebook.scorers._base import (
    Context,
    NoParameters,
    Outdated,
    expectation,
    expected_in,
    failed,
    measured,
    no_expectation,
    scorer,
)
from cuebook.scorers._text import Absent, quoted
from cuebook.shapes.run import Score, Version
from cuebook.shapes.suite import Suite

LONGEST_ANSWER = 20_000
"""Characters of an answer that a pattern is tried on: the worst pattern takes a second for them."""


class Parameters(NoParameters):
    """Settings of ``regex``: a pattern for all cases, or the key of each case's own."""

    pattern: str | None = Field(default=None, description="The pattern. Without it each case brings its own.")
    expectation: str = Field(default="answer", description="Key of a case's own pattern.")
    full: bool = Field(default=False, description="The whole answer must match, not just a part of it.")

    absent: Absent = False

    @property
    def reads(self) -> str | None:
        """The key of the case's own pattern, unless one pattern is for all."""
        return None if self.pattern is not None else self.expectation

    def outdated(
        self,
        suite: Suite,
        versions: Sequence[Version] = (),  # noqa: ARG002  none matters
    ) -> Iterator[Outdated]:
        """Patterns that RE2 does not take; of the cases also what is no pattern at all."""
        if self.pattern is not None:
            if wanted := rewrite(self.pattern):
                yield Outdated(f"pattern {quoted(self.pattern)}: {wanted[0]}", wanted[1])
            return
        for line, where, expected in (
            (case.line, *item) for case in suite.cases for item in expected_in(case)
        ):
            pattern = expected.get(self.expectation)
            if pattern is None:
                continue
            problem = pattern_problem(pattern) if isinstance(pattern, str) else "it must be a text"
            wanted = (problem, "correct it") if problem else rewrite(pattern)
            if wanted:
                what = f"pattern {quoted(pattern)} of {where}: {wanted[0]}"
                yield Outdated(what, wanted[1], suite.dataset, line)

    @field_validator("pattern")
    @classmethod
    def _usable(cls, pattern: str | None) -> str | None:
        if pattern is not None and (problem := pattern_problem(pattern)):
            raise broken_rule(
                "", f"{quoted(pattern)}: {problem}", "correct it, or put \\ before a sign that is meant"
            )
        return pattern

    @model_validator(mode="after")
    def _one_source(self) -> Parameters:
        if self.pattern is not None and "expectation" in self.model_fields_set:
            what = "'pattern' and 'expectation' are both there"
            raise broken_rule("", what, "take one of them out")
        return self


@scorer(Parameters, version=2, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    r"""1 for a match (with ``absent``: for none), else 0. It looks at the first 20,000 characters.

    RE2 has no look-around and no back references. Its ``\d``, ``\w``, ``\s`` and ``\b`` know ASCII only:
    write ``\pL`` for any letter. The end of the text is ``$`` or ``\z``.
    """
    pattern = parameters.pattern
    if pattern is None:
        pattern = expectation(context, parameters.expectation)
        if pattern is None:
            return no_expectation(parameters.expectation)
        problem = pattern_problem(pattern) if isinstance(pattern, str) else "it must be a text"
        if problem:
            return failed(f"the case's pattern {quoted(pattern)} cannot be used: {problem}")
    return _matched(pattern, context.answer, parameters)


def _matched(pattern: str, answer: str, parameters: Parameters) -> Score:
    # As most engines have it, and the reader of a reply expects, "$" stands before a last line feed, too.
    text = answer.strip() if parameters.full else answer.removesuffix("\n")
    cut = len(text) > LONGEST_ANSWER
    if parameters.full and cut:
        found = None  # whatever its beginning is, the whole of it was not looked at
    else:
        try:
            found = search(pattern, text[:LONGEST_ANSWER], full=parameters.full)
        except OverBudget as error:
            return failed(f"the search for {quoted(pattern)} was {error}")
    if found is not None:
        return measured(not parameters.absent, f"{quoted(found)} matches")
    where = f" in its first {LONGEST_ANSWER:,} characters" if cut else ""
    return measured(parameters.absent, f"the answer does not match {quoted(pattern)}{where}")

"""Whether the answer ended as expected: by itself, in calls, at the limit of tokens."""

from __future__ import annotations

from pydantic import Field

from cuebook.scorers._base import Context, measured, scorer
from cuebook.scorers._text import ExpectsTexts, accepted_texts, one_of, quoted
from cuebook.shapes.run import Score


class Parameters(ExpectsTexts):
    """Settings of ``finish``."""

    expect: str | None = Field(
        default=None,
        description="How every answer should end: stop, tool_calls, length, content_filter, refusal. "
        "Without it each case says so.",
    )
    expectation: str = Field(default="finish", description="Key of a case's own word, or of a list of them.")

    @property
    def reads(self) -> str | None:
        """The key of the case's own word, unless one is for all."""
        return None if self.expect is not None else self.expectation


@scorer(Parameters, sees="ending")
def score(context: Context, parameters: Parameters) -> Score:
    """1 where the provider's word for how the answer ended is the expected one, else 0; case is ignored."""
    if parameters.expect is not None:
        wanted: list[str] | Score = [parameters.expect]
    else:
        wanted = accepted_texts(context, parameters.expectation)
    if isinstance(wanted, Score):
        return wanted
    finish = context.reply.finish
    if finish.casefold() in {text.casefold() for text in wanted}:
        return measured(1, f"the answer ended with {quoted(finish)}")
    return measured(0, f"the answer ended with {quoted(finish)}, expected {one_of(wanted)}")

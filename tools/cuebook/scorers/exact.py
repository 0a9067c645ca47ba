"""Whether the answer is the expected text, or one of the expected texts."""

from __future__ import annotations

from pydantic import Field

from cuebook.scorers._base import Context, measured, scorer
from cuebook.scorers._text import Absent, ExpectsTexts, accepted_texts, folded, one_of, quoted
from cuebook.shapes.run import Score


class Parameters(ExpectsTexts):
    """Settings of ``exact``."""

    expectation: str = Field(default="answer", description="Key of the expected text, or of a list of them.")
    ignore_case: bool = Field(default=False, description="Take upper and lower case as the same.")
    strip: bool = Field(default=True, description="Ignore white space at both ends.")
    absent: Absent = False


@scorer(Parameters, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """1 for the same text (with ``absent``: for any other), else 0.

    The reason says what the difference is if it is small.
    """
    wanted = accepted_texts(context, parameters.expectation)
    if isinstance(wanted, Score):
        return wanted
    answer = _prepared(context.answer, parameters)
    if answer in {_prepared(text, parameters) for text in wanted}:
        return measured(not parameters.absent, "the answer is the expected text")
    if parameters.absent:
        return measured(1, f"the answer is not {one_of(wanted)}")
    return measured(0, f"expected {one_of(wanted)}, got {quoted(answer)}{_small_difference(answer, wanted)}")


def _prepared(text: str, parameters: Parameters) -> str:
    text = text.strip() if parameters.strip else text
    return text.casefold() if parameters.ignore_case else text


def _small_difference(answer: str, wanted: list[str]) -> str:
    if folded(answer, ignore_case=False) in {folded(text, ignore_case=False) for text in wanted}:
        return "; only white space or the Unicode form differs"
    if folded(answer, ignore_case=True) in {folded(text, ignore_case=True) for text in wanted}:
        return "; only upper and lower case differ"
    return ""

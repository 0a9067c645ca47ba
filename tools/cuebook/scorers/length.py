"""Whether the answer keeps to a length; past a limit the score falls, to 0 at twice the limit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from cuebook.core.format import plural
from cuebook.core.shape_errors import broken_rule
from cuebook.core.text import word_count
from cuebook.scorers._base import Context, NoParameters, measured, scorer
from cuebook.scorers._limits import within
from cuebook.shapes.run import Score

_Count = Annotated[int, Field(ge=1)]


class Parameters(NoParameters):
    """Settings of ``length``: at least one limit."""

    max_words: _Count | None = Field(
        default=None, description="Most words; each Chinese or Japanese character is one."
    )
    min_words: _Count | None = Field(
        default=None, description="Fewest words; below that, the score falls to 0 at no words."
    )
    max_chars: _Count | None = Field(
        default=None, description="Most characters, white space at the ends left out."
    )

    @model_validator(mode="after")
    def _some_limit(self) -> Parameters:
        if self.max_words is None and self.min_words is None and self.max_chars is None:
            what = "it has none of 'max_words', 'min_words' and 'max_chars'"
            raise broken_rule("", what, "write '- length: {max_words: 100}'")
        if self.max_words is not None and self.min_words is not None and self.min_words > self.max_words:
            what = f"min_words {self.min_words} is more than max_words {self.max_words}"
            raise broken_rule("", what, f"write max_words: {self.min_words} or more, or take one of them out")
        return self


@scorer(Parameters, version=2, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """The lowest score over the limits given; passed when all are kept."""
    text = context.answer.strip()
    words, chars = word_count(text), len(text)
    parts: list[tuple[float, str]] = []
    if parameters.max_words is not None:
        parts.append(
            (within(words, parameters.max_words), f"{plural(words, 'word')}, at most {parameters.max_words}")
        )
    if parameters.min_words is not None:
        share = min(1.0, words / parameters.min_words)
        parts.append((share, f"{plural(words, 'word')}, at least {parameters.min_words}"))
    if parameters.max_chars is not None:
        share = within(chars, parameters.max_chars)
        parts.append((share, f"{plural(chars, 'character')}, at most {parameters.max_chars}"))
    value, reason = min(parts)
    return measured(value, reason, passed=value >= 1, words=words, chars=chars)

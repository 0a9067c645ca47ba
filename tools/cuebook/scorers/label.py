"""Whether the answer chose the expected label: the label and nothing else, or a field of a JSON answer."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from cuebook.core.templating import as_text
from cuebook.scorers._base import Context, failed, measured, scorer
from cuebook.scorers._json import FieldName, answer_at
from cuebook.scorers._text import ExpectsTexts, accepted_texts, folded, one_of, quoted
from cuebook.shapes.run import Score

_AROUND = " \"'`*."
"""Signs around a label that do not count: models like to quote it, to make it bold or to end a sentence."""


class Parameters(ExpectsTexts):
    """Settings of ``label``."""

    expectation: str = Field(
        default="answer", description="Key of the right label, or of a list of right ones."
    )
    field: FieldName = None
    labels: Annotated[list[str], Field(min_length=2)] | None = Field(
        default=None, description="All labels there are; any other answer is named as such."
    )

    cure: ClassVar[str] = "write one of the labels; a new one goes into the scorer's 'labels', too"

    def refused(self, wanted: Any) -> str:
        """That no text is expected, or one that is none of the labels."""
        if why := super().refused(wanted):
            return why
        texts = [as_text(item) for item in (wanted if isinstance(wanted, list) else [wanted])]
        known = {_plain(text) for text in self.labels or ()}
        strange = [text for text in texts if known and _plain(text) not in known]
        return f"is not among the labels: {quoted(strange[0])}" if strange else ""


@scorer(Parameters, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """1 for the right label, else 0. Case, quotes and a full stop are ignored; a part never matches."""
    wanted = accepted_texts(context, parameters.expectation)
    if isinstance(wanted, Score):
        return wanted
    known = None if parameters.labels is None else {_plain(text) for text in parameters.labels}
    right = {_plain(text) for text in wanted}
    if known is not None and not right <= known:
        return failed(f"expected {one_of(wanted)}, which is not among the suite's labels")
    given = answer_at(context, parameters.field)
    if isinstance(given, Score):
        return given
    if not isinstance(given, (str, int, float)):
        return measured(0, f"expected {one_of(wanted)}, got {quoted(given)}, which is not a label")
    chosen = _plain(as_text(given))
    if chosen in right:
        return measured(1, f"{quoted(given)} is right")
    strange = ", which is not a label" if known is not None and chosen not in known else ""
    return measured(0, f"expected {one_of(wanted)}, got {quoted(given)}{strange}")


def _plain(text: str) -> str:
    return folded(text, ignore_case=True).strip(_AROUND)

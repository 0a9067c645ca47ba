"""The share of the expected strings that the answer contains."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from cuebook.core.templating import as_text
from cuebook.scorers._base import Context, failed, measured, scorer
from cuebook.scorers._text import Absent, ExpectsTexts, accepted_texts, folded, quoted
from cuebook.shapes.run import Score


class Parameters(ExpectsTexts):
    """Settings of ``contains``."""

    expectation: str = Field(
        default="answer", description="Key of the string, or of the list of strings, to find."
    )
    ignore_case: bool = Field(default=True, description="Take upper and lower case as the same.")
    whole_words: bool = Field(
        default=False, description='Count whole words only: "no" is then not in "know".'
    )
    absent: Absent = False

    def refused(self, wanted: Any) -> str:
        """An empty text is in every answer."""
        if why := super().refused(wanted):
            return why
        several = wanted if isinstance(wanted, list) else [wanted]
        return "" if all(as_text(item).strip() for item in several) else "lists an empty string"


@scorer(Parameters, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """Passed when every string is found (with ``absent``: when none is).

    White space is folded, and a number is never part of another.
    """
    wanted = accepted_texts(context, parameters.expectation)
    if isinstance(wanted, Score):
        return wanted
    if not all(text.strip() for text in wanted):
        return failed(f"expectation {parameters.expectation!r} lists an empty string")
    answer = folded(context.answer, ignore_case=parameters.ignore_case)
    if parameters.absent:
        found = [text for text in wanted if _has(answer, text, parameters)]
        reason = f"found: {', '.join(map(quoted, found))}" if found else f"none of {len(wanted)} found"
        return measured(1 - len(found) / len(wanted), reason, passed=not found, found=found)
    missing = [text for text in wanted if not _has(answer, text, parameters)]
    if not missing:
        return measured(1, f"all {len(wanted)} found" if len(wanted) > 1 else f"{quoted(wanted[0])} found")
    reason = f"missing: {', '.join(quoted(text) for text in missing)}"
    return measured(1 - len(missing) / len(wanted), reason, passed=False, missing=missing)


def _has(answer: str, text: str, parameters: Parameters) -> bool:
    part = folded(text, ignore_case=parameters.ignore_case)
    start = answer.find(part)
    while start >= 0:
        end = start + len(part)
        if not (
            _goes_on(answer[max(0, start - 2) : start][::-1], part[0], words=parameters.whole_words)
            or _goes_on(answer[end : end + 2], part[-1], words=parameters.whole_words)
        ):
            return True
        # By one, not by the length: places may overlap, and the next may be a word of its own.
        start = answer.find(part, start + 1)
    return False


def _goes_on(beside: str, edge: str, *, words: bool) -> bool:
    """Whether a number (or word) at the edge of the part goes on in the two characters beside it."""
    # "5" is in neither "15" nor "5.2", but it is in "5." at the end of a sentence.
    if edge.isdecimal():
        return beside[:1].isdecimal() or (beside[:1] in {".", ","} and beside[1:].isdecimal())
    return words and (beside[:1].isalnum() or beside[:1] == "_")

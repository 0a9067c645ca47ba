"""Texts as scorers compare and quote them."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import Field

from cuebook.core.escape import shorten
from cuebook.core.templating import as_text
from cuebook.scorers._base import Context, expectation, failed, not_applicable
from cuebook.shapes.run import Score

Absent = Annotated[bool, Field(description="The other way round: what must not be there.")]

QUOTED = 80
"""Characters of a text that a reason shows."""


def folded(text: str, *, ignore_case: bool) -> str:
    """Text in one Unicode form, with every run of white space made one space, and in lower case if asked."""
    even = " ".join(unicodedata.normalize("NFC", text).split())
    return even.casefold() if ignore_case else even


def quoted(value: Any) -> str:
    """A value as a reason shows it: on one line, cut, text in quotes."""
    line = shorten(" ".join(as_text(value).split()), QUOTED)
    return f'"{line}"' if isinstance(value, str) else line


def accepted_texts(context: Context, key: str) -> list[str] | Score:
    """The texts of which any one is right, or the score of a case that names none.

    An expectation is a text, number or truth value, or a list of them.
    """
    wanted = expectation(context, key)
    if wanted is None or wanted == []:
        return not_applicable(f"the case has no expectation {key!r}")
    several = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(item, (str, int, float)) for item in several):
        return failed(f"expectation {key!r} must be a text or a list of texts, not {quoted(wanted)}")
    return [as_text(item) for item in several]


def one_of(texts: list[str]) -> str:
    """The accepted texts as a reason names them."""
    shown = " or ".join(quoted(text) for text in texts[:3])
    return shown if len(texts) <= 3 else f"{shown} or {len(texts) - 3} more"

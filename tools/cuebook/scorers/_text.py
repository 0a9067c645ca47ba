"""Texts as scorers compare and quote them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from cuebook.core.escape import shorten
from cuebook.core.format import joined
from cuebook.core.templating import as_text
from cuebook.scorers._base import (
    Context,
    NoParameters,
    Outdated,
    expectation,
    expected_in,
    failed,
    no_expectation,
)
from cuebook.shapes.run import Score, Version
from cuebook.shapes.suite import Suite

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


class Expects(NoParameters):
    """Base of the settings of scorers that need what a case expects in one form."""

    cure: ClassVar[str] = ""
    """What to write where an expectation is refused."""

    def outdated(
        self,
        suite: Suite,
        versions: Sequence[Version] = (),  # noqa: ARG002  none matters
    ) -> Iterator[Outdated]:
        """What cases expect that is in another form: such a case would have no score."""
        key = self.reads or ""
        for line, where, expected in (
            (case.line, *item) for case in suite.cases for item in expected_in(case)
        ):
            wanted = expected.get(key)
            if wanted is not None and (why := self.refused(wanted)):
                said = f"expectation {key!r} of {where} {why}"
                yield Outdated(said, self.cure, suite.dataset, line, alike=key)

    def refused(self, wanted: Any) -> str:  # noqa: ARG002  for members that refuse some
        """Why nothing can be scored that is expected like this; empty where something can."""
        return ""


class ExpectsTexts(Expects):
    """Base of the settings of scorers that look for texts which a case expects."""

    cure: ClassVar[str] = (
        'write a text, or a list of them such as ["menu", "back"]; or leave the expectation out'
    )

    def refused(self, wanted: Any) -> str:
        """Why nothing can be looked for that is expected like this; empty where something can."""
        several = wanted if isinstance(wanted, list) else [wanted]
        is_text = all(isinstance(item, (str, int, float)) for item in several)
        return "" if is_text else f"must be a text or a list of texts, not {quoted(wanted)}"


def accepted_texts(context: Context, key: str) -> list[str] | Score:
    """The texts of which any one is right, or the score of a case that names none.

    An expectation is a text, number or truth value, or a list of them.
    """
    wanted = expectation(context, key)
    if wanted is None or wanted == []:
        return no_expectation(key)
    several = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(item, (str, int, float)) for item in several):
        return failed(f"expectation {key!r} must be a text or a list of texts, not {quoted(wanted)}")
    return [as_text(item) for item in several]


def one_of(texts: list[str]) -> str:
    """The accepted texts as a reason names them."""
    shown = [quoted(text) for text in texts[:3]]
    more = [f"{len(texts) - 3} more"] if len(texts) > 3 else []
    return joined([*shown, *more], "or")

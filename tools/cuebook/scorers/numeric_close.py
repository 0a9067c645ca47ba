"""Whether the number in the answer is close enough to the expected one."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar

from pydantic import Field

from cuebook.core.escape import shorten
from cuebook.scorers._base import (
    Context,
    expectation,
    failed,
    measured,
    no_expectation,
    scorer,
)
from cuebook.scorers._json import FieldName, answer_at
from cuebook.scorers._text import QUOTED, Expects, quoted
from cuebook.shapes.run import Score

_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.,)])[-+\u2212])?[$\u20ac\u00a3\u00a5]?(?<![\w.,])"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<power>[eE][-+]?[0-9]{1,3}(?![0-9]))?"
)


class Parameters(Expects):
    """Settings of ``numeric_close``; of both tolerances the wider counts."""

    expectation: str = Field(default="answer", description="Key of the expected number.")
    field: FieldName = None
    tolerance: float = Field(default=0.0, ge=0, description="Largest difference that counts as right.")
    relative: float = Field(
        default=0.0, ge=0, description="The same as a share of the expected number: 0.01 is 1 percent."
    )
    cure: ClassVar[str] = "write the number, such as 12.5; or leave the expectation out"

    def refused(self, wanted: Any) -> str:
        """That no number is expected."""
        return "" if number_in(wanted) is not None else f"must be a number, not {quoted(wanted)}"


@scorer(Parameters, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """1 when close enough, else 0. Of several numbers in a text the last is the answer."""
    wanted = expectation(context, parameters.expectation)
    if wanted is None:
        return no_expectation(parameters.expectation)
    target = number_in(wanted)
    if target is None:
        return failed(f"expectation {parameters.expectation!r} must be a number, not {quoted(wanted)}")
    given = answer_at(context, parameters.field)
    if isinstance(given, Score):
        return given
    found = number_in(given)
    if found is None:
        return measured(0, f"expected {quoted(wanted)}, but there is no number in {quoted(given)}")
    # Decimals, as they are written: as doubles 0.31 and 0.3 are more than 0.01 apart.
    allowed = max(Decimal(repr(parameters.tolerance)), Decimal(repr(parameters.relative)) * abs(target))
    gap = abs(found - target)
    spoken = f"got {shorten(str(found), QUOTED)}, expected {target}"
    if allowed:
        spoken += f" within {allowed.normalize():f}"
    return measured(gap <= allowed, spoken)


def number_in(value: Any) -> Decimal | None:
    """A number, or the last number in a text; None when there is none.

    ``1,234.50``, ``$12``, ``3.2e5`` and ``7%`` are read; digits that are part of a word are not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if not isinstance(value, str):
        return Decimal(repr(value)) if isfinite(value) else None
    found = list(_NUMBER.finditer(value))
    if not found:
        return None
    last = found[-1]
    sign = "-" if last["sign"] in {"-", "\u2212"} else ""
    return Decimal(sign + last["digits"].replace(",", "") + (last["power"] or ""))

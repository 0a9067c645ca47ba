"""The share of the expected fields that a JSON answer has right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, ClassVar

from pydantic import Field

from cuebook.scorers._base import (
    Context,
    NoParameters,
    expectation,
    failed,
    measured,
    no_expectation,
    not_applicable,
    scorer,
)
from cuebook.scorers._json import MISSING, field_at, object_of
from cuebook.scorers._text import Expects, folded, quoted
from cuebook.shapes.run import Score


class FieldComparison(NoParameters):
    """How one field is compared."""

    tolerance: float = Field(
        default=0.0, ge=0, description="Largest difference of numbers that counts as right."
    )
    ignore_case: bool = Field(default=False, description="Take upper and lower case as the same.")
    ordered: bool = Field(default=False, description="A list must have its items in the expected order.")
    required: bool = Field(
        default=True, description="When false, a field left out or null does not count at all."
    )


class Parameters(Expects):
    """Settings of ``json_fields``."""

    expectation: str = Field(default="answer", description="Key of the object with the expected fields.")
    fields: dict[str, FieldComparison] = Field(
        default_factory=dict,
        description="How single fields are compared, by name; dots lead into nested objects.",
    )
    ordered: bool = Field(default=False, description="All lists must have their items in the expected order.")
    cure: ClassVar[str] = 'write an object with the fields, such as {"total": 12.5}'

    def refused(self, wanted: Any) -> str:
        """That no fields are expected."""
        return "" if isinstance(wanted, Mapping) else f"must be an object, not {quoted(wanted)}"


@scorer(Parameters, sees="text")
def score(context: Context, parameters: Parameters) -> Score:
    """Passed when every field is right. An expected null is wrong once the answer invents a value.

    Types count: the text "12" is not the number 12. Fields that are not expected are ignored.
    """
    wanted = expectation(context, parameters.expectation)
    if wanted is None or wanted == {}:
        return no_expectation(parameters.expectation)
    if not isinstance(wanted, Mapping):
        return failed(f"expectation {parameters.expectation!r} must be an object, not {quoted(wanted)}")
    answer = object_of(context)
    if isinstance(answer, Score):
        return answer
    results: dict[str, str] = {}
    for name, value in _leaves(wanted):
        how = parameters.fields.get(name, FieldComparison())
        how = how.model_copy(update={"ordered": True}) if parameters.ordered else how
        found = field_at(answer, name)
        if how.required or found not in (MISSING, None):
            results[name] = "" if _same(found, value, how) else _difference(found, value)
    if not results:
        return not_applicable("the answer leaves out every field, and none is required")
    wrong = {name: text for name, text in results.items() if text}
    details = {name: text or "right" for name, text in results.items()}
    if not wrong:
        return measured(1, f"all {len(results)} fields right", fields=details)
    reason = "; ".join(f"{name}: {text}" for name, text in wrong.items())
    return measured(1 - len(wrong) / len(results), reason, passed=False, fields=details)


def _leaves(wanted: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted name and value of each field, objects within objects taken apart."""
    for name, value in wanted.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _same(found: Any, wanted: Any, how: FieldComparison) -> bool:
    if wanted is None:
        return found is MISSING or found is None
    # ``True == 1`` in Python, and they are not the same in JSON.
    if isinstance(wanted, bool) or isinstance(found, bool):
        return found is wanted
    if isinstance(wanted, (int, float)):
        return _close(found, wanted, how.tolerance)
    if isinstance(wanted, str):
        return isinstance(found, str) and _text(found, how) == _text(wanted, how)
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _same(found.get(name, MISSING), value, how) for name, value in wanted.items()
        )
    return isinstance(found, list) and _same_lists(found, wanted, how)


def _text(text: str, how: FieldComparison) -> str:
    return folded(text, ignore_case=how.ignore_case)


def _close(found: Any, wanted: float, tolerance: float) -> bool:
    if not isinstance(found, (int, float)) or not isfinite(wanted):
        return False
    # Decimals of what was written: as doubles, 0.31 and 0.3 are more than 0.01 apart.
    gap = abs(Decimal(repr(found)) - Decimal(repr(wanted)))
    return gap <= Decimal(repr(tolerance))


def _same_lists(found: Sequence[Any], wanted: Sequence[Any], how: FieldComparison) -> bool:
    if len(found) != len(wanted):
        return False
    if how.ordered:
        return all(_same(left, right, how) for left, right in zip(found, wanted, strict=True))
    # An item may fit several expected ones, so that taking the first that fits may leave none for the next.
    fits = [[index for index, item in enumerate(found) if _same(item, value, how)] for value in wanted]
    taken: dict[int, int] = {}
    return all(_place(which, fits, taken, set()) for which in range(len(wanted)))


def _place(which: int, fits: Sequence[Sequence[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Give an expected item a found one, moving others where needed (Kuhn 1955).

    A tolerance makes this more than a comparison of sorted lists.
    """
    for index in fits[which]:
        if index in tried:
            continue
        tried.add(index)
        if index not in taken or _place(taken[index], fits, taken, tried):
            taken[index] = which
            return True
    return False


def _difference(found: Any, wanted: Any) -> str:
    if found is MISSING:
        return f"missing, expected {quoted(wanted)}"
    if wanted is None:
        return f"invented {quoted(found)} where nothing is known"
    if isinstance(found, list) and isinstance(wanted, list) and len(found) != len(wanted):
        return f"{len(found)} items, expected {len(wanted)}"
    return f"got {quoted(found)}, expected {quoted(wanted)}"

"""Ceilings on what the calls of a run may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that calls may take; None is no ceiling. Tokens are those read and written together.

    ``where`` is the file that sets them. Built-in models cost nothing and are outside.
    """

    cost_usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    where: str = "the settings"

    def part(self, count: int) -> Ceilings:
        """Return an equal part of each, so that ``count`` processes together stay below them."""
        return replace(
            self,
            cost_usd=None if self.cost_usd is None else self.cost_usd / count,
            tokens=None if self.tokens is None else self.tokens // count,
            calls=None if self.calls is None else self.calls // count,
        )

    def within(self, other: Ceilings | None) -> Ceilings:
        """Return the lower one of each ceiling; ``where`` is the other's if any of its ceilings is lower."""
        if other is None:
            return self
        found = Ceilings(
            _lower(self.cost_usd, other.cost_usd),
            _lower(self.tokens, other.tokens),
            _lower(self.calls, other.calls),
            self.where,
        )
        return found if found == self else replace(found, where=other.where)

    def less(self, calls: int, cost_usd: float) -> Ceilings:
        """Return what is left after so many calls and dollars; less than a millionth of a dollar is 0."""
        return replace(
            self,
            cost_usd=None if self.cost_usd is None else _rest(self.cost_usd - cost_usd),
            calls=None if self.calls is None else max(0, self.calls - calls),
        )

    @property
    def is_used_up(self) -> bool:
        """Whether no further call may be made."""
        return self.calls == 0 or self.cost_usd == 0


_Number = TypeVar("_Number", int, float)


def _rest(cost_usd: float) -> float:
    """Money that is left: sums of cents in floats are a little off."""
    return cost_usd if cost_usd > 1e-6 else 0.0


def _lower(one: _Number | None, other: _Number | None) -> _Number | None:
    given = [value for value in (one, other) if value is not None]
    return min(given, default=None)

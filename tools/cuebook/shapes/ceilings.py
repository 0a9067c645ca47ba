"""The most that a run may buy."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that may be bought; None is no ceiling. Tokens are those read and written together.

    ``where`` is the file that sets them. Built-in models cost nothing and are outside.
    """

    cost_usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    where: str = "the settings"

    def part(self, count: int) -> Ceilings:
        """An equal part of each, so that ``count`` processes together stay below them."""
        return replace(
            self,
            cost_usd=None if self.cost_usd is None else self.cost_usd / count,
            tokens=None if self.tokens is None else self.tokens // count,
            calls=None if self.calls is None else self.calls // count,
        )

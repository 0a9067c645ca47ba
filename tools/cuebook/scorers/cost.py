"""What the answer cost in US dollars: 1 within the limit, then falling to 0 at twice the limit."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from cuebook.scorers._base import Context, NoParameters, measured, not_applicable, scorer
from cuebook.scorers._limits import within
from cuebook.shapes.run import Score, Version


class Parameters(NoParameters):
    """Settings of ``cost``."""

    max_usd: float | None = Field(
        default=None,
        gt=0,
        description="US dollars allowed. Without it the cost is reported, not scored.",
    )

    def unset(self, versions: Iterable[Version]) -> tuple[str, str] | None:  # noqa: ARG002  none matters
        """A cost without a limit is only reported."""
        if self.max_usd is None:
            return "without max_usd the cost is reported, not scored", "write '- cost: {max_usd: 0.01}'"
        return None


@scorer(Parameters, sees="usage")
def score(context: Context, parameters: Parameters) -> Score:
    """Price of the call, also among the details; an unknown price does not count as zero."""
    usd, limit = context.reply.usage.cost_usd, parameters.max_usd
    if usd is None:
        return not_applicable("the cost is unknown: no price is known for this model")
    if limit is None:
        return not_applicable(f"${usd:.6f}, without a limit", usd=usd)
    reason = f"${usd:.6f}, limit ${limit:g}"
    return measured(within(usd, limit), reason, passed=usd <= limit, usd=usd)

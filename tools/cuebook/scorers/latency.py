"""How long the answer took: 1 within the limit, then falling to 0 at twice the limit."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from cuebook.scorers._base import Context, NoParameters, measured, not_applicable, scorer
from cuebook.scorers._limits import within
from cuebook.shapes.run import Score, Version


class Parameters(NoParameters):
    """Settings of ``latency``."""

    max_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Seconds allowed. Without it the time is reported, not scored.",
    )

    def unset(self, versions: Iterable[Version]) -> tuple[str, str] | None:  # noqa: ARG002  none matters
        """A time without a limit is only reported."""
        if self.max_seconds is None:
            return (
                "without max_seconds the time is reported, not scored",
                "write '- latency: {max_seconds: 5}'",
            )
        return None


@scorer(Parameters, sees="usage")
def score(context: Context, parameters: Parameters) -> Score:
    """Wall time of the call when it was made, in seconds, also among the details."""
    seconds, limit = context.reply.seconds, parameters.max_seconds
    if limit is None:
        return not_applicable(f"{seconds:.2f} s, without a limit", seconds=seconds)
    reason = f"{seconds:.2f} s, limit {limit:g} s"
    return measured(within(seconds, limit), reason, passed=seconds <= limit, seconds=seconds)

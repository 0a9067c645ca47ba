"""Words on a comparison that is planned: why it is made, and what its judges are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from cuebook.core.format import joined, plural
from cuebook.shapes.cause import Reason
from cuebook.wording.names import beside
from cuebook.wording.weak_judges import ASKS_NOTHING

_REASONS: Mapping[Reason, str] = {
    "new version": "a new version",
    "alias moves": "an alias is moved to it",
    "suite changed": "the suite, its cases or a judge changed",
    "on record": "no change to compare",
    "for reading": "for reading: it decides nothing",
}

NOBODY_ASKS = "no suite uses this judge"
"""What is in the place of what a judge is for."""

JudgeRole = Literal["no_metric", "advises", "asks_nothing", "agrees"]
"""What a judge does in a suite that asks it: only in the last two it may decide."""


def planned(ref: str, version: int, baseline: int | None, suite: str, app: str | None, why: Reason) -> str:
    """Return ``qa/6 against v5 on qa  (a new version)``."""
    told = beside(version, f"v{baseline}" if baseline else "")
    against = told if baseline else f"alone ({told})"
    through = f" through the app {app}" if app else ""
    return f"{ref} {against} on {suite}{through}  ({_REASONS[why]})"


def pass_alone(count: int, total: int) -> str:
    """Say how many cases a version was not made from, which have to show as much. No full stop."""
    return (
        f"it also has to pass on {count:,} of {plural(total, 'case')} alone, as it was made from the others"
    )


def only_advises(name: str, why: str) -> str:
    """Say that a judge, or its metric, decides nothing; ``why`` is its doubt in words. No full stop."""
    return f"{name} only advises: {why}"


def role_line(role: JudgeRole, labels: Sequence[str], why: str) -> str:
    """Return what a judge is for in a suite; ``labels`` are its scorers, ``why`` its doubt. No full stop."""
    match role:
        case "no_metric":
            verb = "is" if len(labels) == 1 else "are"
            return f"it decides nothing: {joined(labels)} {verb} not among the metrics"
        case "advises":
            return only_advises("it", why)
        case "asks_nothing":
            return f"it may decide: {ASKS_NOTHING}"
        case "agrees":
            return "it may decide: it has the agreement that the suite asks for"

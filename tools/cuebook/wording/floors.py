"""Words on a floor: whether a version reaches it, and its score beside it.

A score *reaches* its floor when its whole interval is at or above it, and is *below* when its whole interval
is under it. Between the two, an interval that stays less than the accepted loss under the floor is *within
the accepted loss*: a first version passes with that, too. Every other is *open*. Beside a comparison a floor
can only fail.
"""

from __future__ import annotations

from typing import Literal

from cuebook.core.format import MINUS, score
from cuebook.shapes.verdict import MetricResult
from cuebook.wording.names import margin, mean

FloorState = Literal["reached", "within", "open", "below"]
FLOOR_STATES: dict[FloorState, str] = {
    "reached": "reached",
    "within": "within the accepted loss",
    "open": "open",
    "below": "below",
}


def floor_state(item: MetricResult) -> FloorState:
    """Return whether a version's score reaches its floor, is below, or neither."""
    if item.outcome == "fail":
        return "below"
    if item.lower >= 0:
        return "reached"
    return "within" if item.outcome == "pass" else "open"


def floor_line(item: MetricResult) -> str:
    """Return ``40.0, between 20.1 and 54.8; floor 30: open``."""
    between = f"between {mean(item, item.lower)} and {mean(item, item.upper)}"
    found = floor_state(item)
    loss = f" of {margin(item.accepted)}" if found == "within" and item.accepted else ""
    return f"{mean(item, item.mean)}, {between}; floor {margin(item.bound)}: {FLOOR_STATES[found]}{loss}"


def floor_bar(item: MetricResult, *, compared: bool) -> str:
    """Return where the interval has to be: all above the floor less the accepted loss for a pass.

    Beside a comparison it is enough that it is not all below the floor.
    """
    if compared:
        return f"not shown below {score(item.bound)}"
    if not item.accepted:
        return f"≥ {score(item.bound)}"
    made_of = f"floor {score(item.bound)} {MINUS} accepted loss {score(item.accepted)}"
    return f"> {score(max(0.0, item.bound - item.accepted))} ({made_of})"

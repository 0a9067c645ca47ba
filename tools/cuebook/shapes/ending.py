"""When a model is shut down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShutDown:
    """The day on which a model is shut down, and the days until then: fewer than 0 where that is over.

    ``successor`` is the model that takes its place by the settings; empty where they name none.
    """

    model: str
    day: str
    days: int
    successor: str = ""

"""The places of labels and scores on a judge's scale, by which two of them are compared. Pure."""

from __future__ import annotations

from cuebook.judging.labels import WINNERS, Scale
from cuebook.shapes.run import Json

_MOST_STEPS, _COARSE_STEPS = 20, 10
"""A scale with more whole steps, or with none, is read in ten: each needs labels of its own."""


def categories(scale: Scale | None) -> list[str]:
    """What a label may be counted as, from the lowest: grades, or winners where ``scale`` is None."""
    if scale is None:
        return list(WINNERS)
    low, high = scale
    steps = _steps(scale)
    return [f"{low + (high - low) * step / steps:g}" for step in range(steps + 1)]


def _steps(scale: Scale) -> int:
    width = scale[1] - scale[0]
    return round(width) if width == round(width) <= _MOST_STEPS else _COARSE_STEPS


def category(said: Json, scale: Scale | None) -> int:
    """The place of a score (to the nearest whole step of the scale) or winner among the categories."""
    return WINNERS.index(said) if scale is None else round(share(said, scale) * _steps(scale))


def share(score: float, scale: Scale) -> float:
    """A score as a share of its scale, 0 at the lowest."""
    return (score - scale[0]) / (scale[1] - scale[0])

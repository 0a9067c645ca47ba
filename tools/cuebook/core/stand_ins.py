"""What a model id says by itself: whether rules answer in place of a model."""

from __future__ import annotations

TOY_NAMES = ("toy/answers", "toy/judge")
TOYS, STAND_INS = "toy/", "offline/"
"""Prefixes of what follows rules: the toy of the package, the stand-ins of the example, which are a plug-in.

Both are reserved: no setting can give one to a real model.
"""


def is_stand_in(model: str) -> bool:
    """Return whether a model id names a toy or a stand-in: rules that need no key and cost nothing."""
    return model.startswith((TOYS, STAND_INS))

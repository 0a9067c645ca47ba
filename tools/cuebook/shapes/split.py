"""Which cases an optimiser may learn from: a share of each suite, fixed by a hash. Pure.

Nobody can draw again: there is no salt, and a case that is added falls into its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

SPLIT = "cuebook-split/1"
"""Names the rule by which cases are shared out."""

TRAIN, CHOOSE = 0.3, 0.2
"""The shares that an optimiser reads and that choose among its proposals; a suite may only lower them."""

SplitPart = Literal["train", "choose", "held out"]


def place(key: str) -> float:
    """Where a case with this cluster, or else this id, falls in [0, 1).

    The first 8 bytes of SHA-256 over ``cuebook-split/1``, a line feed and the key, as a share of 2^64.
    """
    found = hashlib.sha256(f"{SPLIT}\n{key}".encode()).digest()
    return int.from_bytes(found[:8], "big") / 2**64


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of a suite's cases that an optimiser reads (``train``) and is steered by (``choose``)."""

    train: float = TRAIN
    choose: float = CHOOSE

    def part(self, at: float) -> SplitPart:
        """Which part a place in [0, 1) belongs to."""
        if at < self.train:
            return "train"
        return "choose" if at < self.train + self.choose else "held out"


@dataclass(frozen=True, slots=True)
class Origin:
    """How the text of a version was made: an optimiser saw ``shares`` of the cases of ``suite``."""

    suite: str
    shares: Shares


def parts(units: Mapping[str, Iterable[str]], shares: Shares) -> dict[str, SplitPart]:
    """The part of each unit; its keys are the clusters, or else ids, of all cases in it.

    Copies of a case are one unit, which falls where the first of its keys does: nothing held out has a copy
    among what was seen.
    """
    return {unit: shares.part(min(map(place, keys))) for unit, keys in units.items()}

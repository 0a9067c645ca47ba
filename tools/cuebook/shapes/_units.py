"""What counts as one observation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol


class _Clustered(Protocol):
    @property
    def cluster(self) -> str | None: ...


def unit_of(cluster: str | None, case: str) -> str:
    """The key that dependent cases share: their ``cluster``, else one of the ``case`` (its id) alone."""
    return cluster or f"\0{case}"  # the NUL keeps an id apart from the name of a cluster


def units_among(cases: Iterable[_Clustered]) -> Literal["cases", "clusters"]:
    """What counts as one observation among these cases."""
    return "clusters" if any(case.cluster for case in cases) else "cases"

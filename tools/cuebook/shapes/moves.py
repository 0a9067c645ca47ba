"""The history of a prompt: moves of its aliases, and versions that were retired or erased."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cuebook.shapes._base import Shape
from cuebook.shapes.verdict import Outcome, Override

State = Literal["pass", "fail", "inconclusive", "override", "stale", "not_evaluated"]
"""What is known of a version: an outcome, or why there is none that counts. Nothing is ever left blank."""

_KEY = Field(pattern=r"^[0-9a-f]{8}$")


class MoveEvidence(Shape):
    """A verdict as it was when a move was published; ``key`` has eight digits of all it is bound to."""

    suite: Annotated[str, Field(max_length=100)]
    outcome: Outcome
    headline: Annotated[str, Field(max_length=2_000)]
    key: Annotated[str, _KEY]
    url: Annotated[str, Field(max_length=500)] = ""


class AliasMove(Shape):
    """One change of ``aliases.yml``: who moved an alias, when, from where, to where; None = not set.

    ``evidence`` are the URLs (below the site's root) of the verdicts about the version moved to, whatever
    they say; ``state`` sums them up, None where the alias was taken off. An ``override`` is one that held on
    the day of the move. Where it was written down when the move was published (``recorded``), all this is
    as it was then, and ``known`` says it of each verdict; ``pull_request``, ``merged_by`` and
    ``approved_by`` are what the hosting service said of the pull request. Else it is what is known today.
    """

    alias: str
    version: int | None
    previous: int | None
    commit: str
    author: str
    time: str
    subject: str
    evidence: list[str] = []
    state: State | None = None
    override: Override | None = None
    recorded: str | None = None
    known: list[MoveEvidence] = []
    pull_request: int | None = None
    merged_by: str | None = None
    approved_by: list[str] = []


EndingKind = Literal["retired", "erased", "returned"]


class Ending(Shape):
    """A version that ``meta.yml`` began to list as retired or erased, or (``returned``) lists no more."""

    version: int
    kind: EndingKind
    time: str
    author: str
    commit: str
    subject: str

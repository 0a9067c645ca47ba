"""What an alias lets a share of units try, as it is published."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cuebook.shapes._base import Shape
from cuebook.shapes.moves import State


class TriedVersion(Shape):
    """A version that a share of units gets, in per cent; ``wireModel`` and ``wireLike`` as of the alias."""

    version: int
    share: int
    digest: str
    wireModel: str | None = None
    wireLike: str | None = None


class Split(Shape):
    """Which units get another version than the one in use: see ``core.units`` for the draw by ``salt``."""

    salt: str
    tries: Annotated[list[TriedVersion], Field(alias="try")]


class Share(Shape):
    """A version that an alias tries, with the per cent of units that get it."""

    version: int
    share: int


class SplitChange(Shape):
    """One change of what an alias lets a share of units try beside ``version``, the one in use.

    ``version`` is None where the alias is gone. ``tries`` is what it was changed to and ``previous`` what it
    was before, each empty for nothing. ``state`` sums up the verdicts on all that it tries from then on, None
    where that is nothing.
    """

    alias: str
    version: int | None
    tries: list[Share]
    previous: list[Share]
    commit: str
    author: str
    time: str
    subject: str
    state: State | None = None

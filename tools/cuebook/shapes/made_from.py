"""Which of the cases that decide about a version it was made from."""

from __future__ import annotations

from cuebook.shapes._base import Shape


class SeenChange(Shape):
    """The mean change of one metric over cases that were seen, in score points on [-1, 1]."""

    label: str
    model: str
    mean: float


class MadeFrom(Shape):
    """Of the cases of a comparison ``seen`` were seen, ``used`` of them run, and ``held`` were not seen.

    An optimiser saw them, or the version's own text repeats them: these are ``quoted``, by id, and so many of
    them ``protected``. The changes on those that were seen are shown, and decide nothing by themselves.
    """

    seen: int
    used: int
    held: int
    changes: list[SeenChange] = []
    quoted: list[str] = []
    protected: int = 0

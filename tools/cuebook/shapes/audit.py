"""What people's grades of a verdict's own answers say of the difference that a judge saw."""

from __future__ import annotations

from cuebook.shapes._base import Shape


class Estimate(Shape):
    """A mean difference with its 95% interval, in shares of the scale; ``weight`` is what a judge had."""

    estimate: float
    lower: float
    upper: float
    weight: float = 1.0


class Audit(Shape):
    """A judge's mean difference over all pairs, what people would say of all of them, and people alone.

    ``label`` is that of the judge's scorer, ``ref`` the judge. In shares of the scale; clusters are averaged
    first, and ``clusters`` of the ``graded`` pairs are what counts. Of ``asked`` answers ``skipped`` have no
    grade and later ones do; ``kappa`` is that between people, where they graded the same answers.
    ``is_draw``: those to be graded are the first of the draw. It decides nothing.
    """

    label: str = ""
    ref: str = ""
    pairs: int
    graded: int
    clusters: int
    judge: float
    people: Estimate
    alone: Estimate
    kappa: float | None
    graders: int
    asked: int
    skipped: int
    is_draw: bool

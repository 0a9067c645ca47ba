"""How far people agree among themselves, on answers that several labelled: the ceiling of a judge. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean

from cuebook.judging import agreement
from cuebook.judging.labels import Scale
from cuebook.judging.places import categories, category
from cuebook.shapes._base import Shape
from cuebook.shapes.labels import Labels
from cuebook.shapes.run import Json

FEWEST = 20
"""Answers that two people must both have labelled: a kappa of fewer says next to nothing."""


class Between(Shape):
    """Answers that several of ``people`` labelled; ``kappa`` is None where no two share enough of them."""

    people: int
    answers: int
    kappa: float | None = None


def between(labels: Labels, scale: Scale | None) -> Between | None:
    """The agreement of people; ``scale`` is None where a judge compares. None where each labelled alone."""
    tables: dict[str, dict[str, Json]] = {}
    for name, lines in labels.several.items():
        for item in lines:
            # A person's first label of an answer counts, should there be two.
            tables.setdefault(item.by, {}).setdefault(name, item.label)
    shared = sum(len({item.by for item in lines}) > 1 for lines in labels.several.values())
    if not shared:
        return None
    found = mean_kappa(list(tables.values()), scale)
    return Between(people=len(tables), answers=shared, kappa=found)


def mean_kappa(tables: Sequence[Mapping[str, Json]], scale: Scale | None) -> float | None:
    """The mean kappa of each two of several people (Light 1971), of those who share enough answers.

    A table has one person's labels by answer.
    """
    # Grades are in an order, so a near miss counts less; a winner is the same or another one.
    weights: agreement.Weights | None = "quadratic" if scale else None
    places = range(len(categories(scale)))
    found = []
    for one, other in combinations(tables, 2):
        shared = sorted(one.keys() & other.keys())
        if len(shared) >= FEWEST:
            left, right = ([category(table[name], scale) for name in shared] for table in (one, other))
            found.append(agreement.kappa(left, right, places, weights).kappa)
    return round(fmean(found), 6) if found else None

"""What people's grades say of the difference that a judge saw, in words. It decides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from cuebook.core.format import interval, plural, points, ratio
from cuebook.shapes.audit import Audit, Estimate

MANY = 0.1
"""Share of the answers asked for that may be skipped without a word."""
BY_WHOM = ("As judged", "People would say", "People alone")
"""Whose word each of the three numbers of an audit is."""
DECIDES_NOTHING = "It decides nothing: the number of grades was not fixed beforehand."


def pairs_graded(found: Audit) -> str:
    """Return ``40 of 190 pairs graded by 2 people, kappa 0.71 between them``."""
    between = f", kappa {ratio(found.kappa)} between them" if found.kappa is not None else ""
    people = plural(found.graders, "person", "people")
    return f"{found.graded} of {plural(found.pairs, 'pair')} graded by {people}{between}"


def estimated(found: Estimate) -> str:
    """Return ``+2.6 [−1.9, +7.1]``, in points."""
    return f"{points(found.estimate)} {interval(found.lower, found.upper)}"


def doubts(found: Audit) -> Iterator[str]:
    """Yield what to beware of: answers that are no fair sample of all."""
    if not found.is_draw:
        yield "The answers are not the first of the draw: they may not be a fair sample."
    if found.skipped > MANY * found.asked:
        skipped = f"{found.skipped} of {plural(found.asked, 'answer')} skipped"
        yield f"{skipped}: what is hard to grade may differ from the rest."

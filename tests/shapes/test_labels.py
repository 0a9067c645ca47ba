from __future__ import annotations

from build import case
from cuebook.shapes.labels import Given, Labels


def test_a_second_opinion_makes_other_labels_even_where_it_is_the_same() -> None:
    """What people agree on among themselves is told, too, so a measurement from before does not hold."""
    alone = Labels((case(1, label=3),), (Given(case(1, label=3), 3, by="ada"),))
    lines = tuple(Given(case(1, label=3), 3, by=name) for name in ("ada", "ben"))
    both = Labels(alone.cases, lines, {"c1": lines})
    assert alone.digest != both.digest
    assert both.digest == Labels(alone.cases, lines[::-1], {"c1": lines[::-1]}).digest
    assert Labels().digest is None
    skipped = Labels((), (Given(case(1, label=None), None),))
    assert skipped.digest is None

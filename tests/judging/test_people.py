from __future__ import annotations

from typing import Any

import pytest

from cuebook.judging.agreement import kappa
from cuebook.judging.people import FEWEST, Between, between, mean_kappa
from cuebook.shapes.labels import Given, Labels
from cuebook.shapes.run import Case

SCALE = (1.0, 5.0)
ADA = [1, 2, 3, 4, 5] * 5
BEN = [1, 3, 3, 4, 4] * 5


def labelled(**people: list[Any]) -> Labels:
    """Labels of one answer after the other, by person."""
    several = {
        f"a{at}": tuple(
            Given(Case(f"a{at}", {"answer": str(at)}), said[at], by=name)
            for name, said in people.items()
            if at < len(said)
        )
        for at in range(max(map(len, people.values())))
    }
    return Labels(several={name: lines for name, lines in several.items() if len(lines) > 1})


def test_two_people_have_a_kappa_with_near_misses_weighing_less() -> None:
    expected = kappa(ADA, BEN, range(1, 6), "quadratic").kappa
    found = between(labelled(ada=ADA, ben=BEN), SCALE)
    assert found == Between(people=2, answers=25, kappa=round(expected, 6))
    words = ["first", "second", "tie", "first"] * 6
    assert between(labelled(ada=words, ben=words), None) == Between(people=2, answers=24, kappa=1.0)


def test_of_more_people_it_is_the_mean_of_each_two() -> None:
    found = between(labelled(ada=ADA, ben=BEN, cy=ADA), SCALE)
    two = kappa(ADA, BEN, range(1, 6), "quadratic").kappa
    assert found
    assert found.kappa == pytest.approx((1 + two + two) / 3, abs=1e-6)


def test_few_shared_answers_say_nothing() -> None:
    few = between(labelled(ada=ADA[: FEWEST - 1], ben=BEN), SCALE)
    assert few == Between(people=2, answers=FEWEST - 1)
    assert between(labelled(ada=ADA), SCALE) is None
    assert mean_kappa([{"a": 1}], SCALE) is None


def test_a_person_is_not_held_against_themselves() -> None:
    lines = tuple(Given(Case("a", {}), 3, by="ada", of=of) for of in ("x", "y"))
    assert between(Labels(several={"a": lines}), SCALE) is None

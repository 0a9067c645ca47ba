"""A floor has one state and one wording, wherever it is told."""

from __future__ import annotations

from typing import Any

import pytest

from cuebook.wording.floors import floor_bar, floor_line, floor_state
from verdicts import metric


def floor(outcome: Any, mean: float, lower: float, upper: float, accepted: float | None = 0.15) -> Any:
    return metric("label", outcome, mean, lower, upper, kind="floor", bound=0.3, accepted=accepted)


@pytest.mark.parametrize(
    ("item", "found", "said"),
    [
        (floor("pass", 0.3, 0.1, 0.5), "reached", "60.0, between 40.0 and 80.0; floor 30: reached"),
        (
            floor("pass", 0.1, -0.099, 0.248),
            "within",
            "40.0, between 20.1 and 54.8; floor 30: within the accepted loss of 15",
        ),
        (floor("inconclusive", 0.1, -0.2, 0.3), "open", "40.0, between 10.0 and 60.0; floor 30: open"),
        (floor("fail", -0.2, -0.3, -0.1), "below", "10.0, between 0.0 and 20.0; floor 30: below"),
    ],
)
def test_how_a_version_stands_to_a_floor(item: Any, found: str, said: str) -> None:
    assert (floor_state(item), floor_line(item)) == (found, said)


def test_a_pass_is_held_to_the_floor_less_what_is_accepted() -> None:
    def bar(*, compared: bool = False, **more: Any) -> str:
        return floor_bar(floor("pass", 0.1, 0.0, 0.2, **more), compared=compared)

    assert bar() == "> 15.0 (floor 30.0 − accepted loss 15.0)"
    assert bar(accepted=0.9) == "> 0.0 (floor 30.0 − accepted loss 90.0)"
    # Records of earlier releases do not say what was accepted.
    assert bar(accepted=None) == "≥ 30.0"
    assert bar(compared=True) == "not shown below 30.0", "beside a comparison a floor can only fail"

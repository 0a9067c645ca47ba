from __future__ import annotations

import pytest

from cuebook.shapes.ending import ShutDown
from cuebook.wording.ending import ends, instead, way_off


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (90, "m/1 is shut down on 2027-01-14, in 90 days"),
        (1, "m/1 is shut down on 2027-01-14, in 1 day"),
        (-1, "m/1 was shut down on 2027-01-14"),
    ],
)
def test_the_day_is_told(days: int, said: str) -> None:
    assert ends(ShutDown("m/1", "2027-01-14", days)) == said


def test_the_successor_is_named() -> None:
    assert instead(ShutDown("m/1", "2027-01-14", 1)) == "choose another model: write it in this line"
    found = ShutDown("m/1", "2027-01-14", 1, "m/2")
    assert instead(found, way_off(found)) == "m/2 takes its place: cuebook migrate --from m/1 --to m/2"
    assert way_off(found, "qa") == 'cuebook new qa -m "Leave m/1"'

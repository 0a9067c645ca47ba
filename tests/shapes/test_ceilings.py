from __future__ import annotations

import pytest

from cuebook.shapes.ceilings import Ceilings


@pytest.mark.parametrize(
    ("whole", "count", "part"),
    [
        (Ceilings(2.0, 1000, 100, "a"), 4, Ceilings(0.5, 250, 25, "a")),
        (Ceilings(None, 10, None), 3, Ceilings(None, 3, None)),
        (Ceilings(), 9, Ceilings()),
        (Ceilings(1.0, 1, 1), 1, Ceilings(1.0, 1, 1)),
    ],
)
def test_processes_share_ceilings(whole: Ceilings, count: int, part: Ceilings) -> None:
    assert whole.part(count) == part


@pytest.mark.parametrize(
    ("own", "other", "both"),
    [
        (Ceilings(2.0, 10, None, "a"), Ceilings(1.0, None, 5, "b"), Ceilings(1.0, 10, 5, "b")),
        (Ceilings(2.0, 10, 5, "a"), Ceilings(3.0, None, 5, "b"), Ceilings(2.0, 10, 5, "a")),
        (Ceilings(None, 10, 5, "a"), None, Ceilings(None, 10, 5, "a")),
    ],
)
def test_the_lower_of_two_holds(own: Ceilings, other: Ceilings | None, both: Ceilings) -> None:
    assert own.within(other) == both


def test_what_was_bought_is_taken_off() -> None:
    whole = Ceilings(1.0, None, 10)
    assert whole.less(4, 0.25) == Ceilings(0.75, None, 6)
    assert Ceilings().less(4, 0.25) == Ceilings()
    assert Ceilings(0.3).less(3, 0.1 + 0.2).is_used_up
    used = [whole.less(12, 0), whole.less(1, 2.0), whole, Ceilings()]
    assert [item.is_used_up for item in used] == [True, True, False, False]

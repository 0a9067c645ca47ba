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

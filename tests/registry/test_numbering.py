from __future__ import annotations

import pytest

from cuebook.registry.numbering import out_of_place, renumbered


@pytest.mark.parametrize(
    ("numbers", "places"),
    [((), {}), ((1, 2, 3), {}), ((1, 2, 5), {5: 3}), ((1, 4, 6), {4: 2, 6: 3}), ((2,), {2: 1})],
)
def test_versions_above_a_gap(numbers: tuple[int, ...], places: dict[int, int]) -> None:
    assert out_of_place(numbers) == places


A, B, C = b"a", b"b", b"c"


@pytest.mark.parametrize(
    ("here", "there", "settled", "moved"),
    [
        ({1: A}, {1: A}, {1}, {}),
        ({1: A, 2: B}, {1: A}, {1}, {}),
        ({1: A, 2: B}, {1: A, 2: B}, {1}, {}),
        ({1: A, 2: B}, {1: A, 2: C}, {1}, {2: 3}),
        ({1: A, 2: B, 3: C}, {1: A, 2: C, 3: A}, {1}, {2: 4, 3: 5}),
        ({1: A, 4: B}, {1: A, 2: C}, {1}, {4: 3}),
        ({1: B}, {1: A}, set(), {1: 2}),
    ],
)
def test_drafts_that_give_way(
    here: dict[int, bytes], there: dict[int, bytes], settled: set[int], moved: dict[int, int]
) -> None:
    assert renumbered(here, there, settled) == moved

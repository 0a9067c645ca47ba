"""Find gaps in version numbers, and renumber drafts whose number was taken by somebody else. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def out_of_place(numbers: Iterable[int]) -> dict[int, int]:
    """Return the versions above a gap, each with the number that it would have without the gap."""
    return {number: place for place, number in enumerate(sorted(numbers), 1) if number != place}


def renumbered(
    here: Mapping[int, bytes], there: Mapping[int, bytes], settled: Collection[int]
) -> dict[int, int]:
    """Return the drafts ``here`` whose number has to change, each with the next free one.

    ``here`` and ``there`` are the versions of a prompt in the checkout and at the tip of the default branch,
    ``settled`` the numbers that both began with. A version that both hold byte for byte is no draft.
    """
    drafts = [
        number for number, data in sorted(here.items()) if number not in settled and there.get(number) != data
    ]
    first = max((*there, *settled), default=0) + 1
    return {number: first + index for index, number in enumerate(drafts) if number != first + index}

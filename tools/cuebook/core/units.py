"""Which version of a weighted alias a unit gets: the same in every language, process and year.

u is the first eight bytes, big endian, of the SHA-256 of ``cuebook-unit/1``, the salt and the unit, a line
break between each two, divided by 2^64.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256

MOST_TRIES, MOST_SHARE = 3, 50
"""Versions that one alias may try at a time, and the per cent of units that all of them get together."""


def salt(name: str, alias: str, tries: Collection[int]) -> str:
    """What lets each experiment choose other units; no share is in it, so one that grows keeps its units."""
    return f"{name}@{alias}\n{','.join(map(str, sorted(tries)))}"


def percent(salt: str, unit: str) -> int:
    """The place of a unit, from 0 to 99: the whole part of 100 u."""
    # A lone surrogate is no text: other languages put the same sign in its place.
    whole = unit.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    digest = sha256(f"cuebook-unit/1\n{salt}\n{whole}".encode()).digest()
    # The first 64 bits as a share of 2^64, in whole numbers: clients of every language agree to the bit.
    return int.from_bytes(digest[:8], "big") * 100 >> 64


def drawn(salt: str, unit: str, tries: Iterable[tuple[int, int]]) -> int | None:
    """The version that a unit is to try, of pairs of version and per cent; None where it gets that in use.

    The versions take their shares from the left, in ascending order.
    """
    place, end = percent(salt, unit), 0
    for version, share in sorted(tries):
        end += share
        if place < end:
            return version
    return None

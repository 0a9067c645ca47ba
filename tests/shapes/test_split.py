from __future__ import annotations

import pytest

from cuebook.shapes.split import Shares, parts, place


@pytest.mark.parametrize(
    ("key", "at"),
    [
        ("qa-001", 0.14092969288156984),
        ("qa-002", 0.8810915188402941),
        ("qa-003", 0.36143184998768635),
        ("hall", 0.9621038104649646),
        ("refund-7", 0.7539364044650393),
        ("é", 0.0027014372680905924),
    ],
)
def test_the_place_of_a_key_is_fixed_by_its_hash(key: str, at: float) -> None:
    assert place(key) == at  # worked out apart, by another implementation


@pytest.mark.parametrize(
    ("at", "part"),
    [
        (0, "train"),
        (0.2999, "train"),
        (0.3, "choose"),
        (0.4999, "choose"),
        (0.5, "held out"),
        (0.9, "held out"),
    ],
)
def test_shares_are_cut_where_they_say(at: float, part: str) -> None:
    assert Shares().part(at) == part


def test_a_smaller_share_is_a_part_of_the_larger_one() -> None:
    keys = [f"case-{number}" for number in range(2_000)]
    seen = [{key for key in keys if shares.part(place(key)) != "held out"} for shares in _SHARES]
    assert seen[0] < seen[1] < seen[2]
    assert len(seen[2]) / len(keys) == pytest.approx(0.5, abs=0.03)


_SHARES = [Shares(0.1, 0.1), Shares(0.3, 0.1), Shares()]


def test_a_unit_is_seen_where_any_of_its_keys_is() -> None:
    copies = {"copies": ["hall", "qa-001"], "choice": ["qa-003", "hall"], "apart": ["hall", "refund-7"]}
    assert parts(copies, Shares()) == {"copies": "train", "choice": "choose", "apart": "held out"}

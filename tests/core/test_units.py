from __future__ import annotations

from collections import Counter

import pytest

from cuebook.core.units import drawn, percent, salt

SALT = salt("qa-assistant", "production", [7])


def test_ten_per_cent_of_ten_thousand_units() -> None:
    assert SALT == "qa-assistant@production\n7"
    assert sum(drawn(SALT, f"user-{number}", [(7, 10)]) == 7 for number in range(10_000)) == 1025


def test_a_share_that_grows_keeps_everybody_who_had_the_version() -> None:
    units = [f"user-{number}" for number in range(2_000)]
    had = {unit for unit in units if drawn(SALT, unit, [(7, 10)])}
    assert had < {unit for unit in units if drawn(SALT, unit, [(7, 50)])}


def test_versions_take_their_shares_from_the_left_and_what_is_left_is_in_use() -> None:
    mixed = salt("qa", "production", [9, 7, 8])
    assert mixed.endswith("\n7,8,9")
    got = Counter(drawn(mixed, f"u{number}", [(9, 5), (7, 10), (8, 30)]) for number in range(5_000))
    assert [round(got[version] / 50) for version in (7, 8, 9, None)] == pytest.approx([10, 30, 5, 55], abs=2)
    lefts = [percent(mixed, f"u{number}") for number in range(5_000) if drawn(mixed, f"u{number}", [(7, 10)])]
    assert (min(lefts), max(lefts)) == (0, 9)


def test_another_experiment_draws_anew() -> None:
    other = salt("qa-assistant", "production", [8])
    both = sum(
        bool(drawn(SALT, unit, [(7, 50)])) == bool(drawn(other, unit, [(8, 50)]))
        for unit in (f"user-{number}" for number in range(1_000))
    )
    assert 430 < both < 570


def test_a_broken_sign_is_a_sign() -> None:
    assert percent(SALT, "a\ud800b") == percent(SALT, "a\ufffdb")

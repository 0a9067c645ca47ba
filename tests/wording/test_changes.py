from __future__ import annotations

from cuebook.wording.changes import change_problem


def test_a_name_that_looks_like_a_place_to_fill_is_left_as_it_is() -> None:
    found = change_problem("never_called", "f", old="{new}", new="qa")
    assert found.message == "formerly: 'qa' was not called '{new}' before this change"

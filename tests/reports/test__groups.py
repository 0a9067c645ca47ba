from __future__ import annotations

from typing import get_args

from cuebook.reports import _groups
from cuebook.shapes.became import CaseKind


def test_a_case_is_in_one_group_at_most() -> None:
    kinds = [kind for _, group in _groups.GROUPS for kind in group]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) < {kind for part in get_args(CaseKind) for kind in get_args(part)}


def test_what_fails_of_a_first_version_is_what_breaks_of_a_later_one() -> None:
    assert _groups.OF_FIRST == (
        ("Failing", ("broken", "failed")),
        ("Without a score", ("dropped",)),
    )

from __future__ import annotations

from typing import get_args

from cuebook.reports import _groups
from cuebook.shapes.became import CaseKind
from cuebook.wording.details import changed
from fixtures.site_catalog import verdict


def test_a_case_is_in_one_group_at_most() -> None:
    kinds = [kind for group in _groups.GROUPS for kind in group]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) < {kind for part in get_args(CaseKind) for kind in get_args(part)}


def test_a_group_is_called_as_its_cases_are_counted() -> None:
    later, first = verdict("qa", 2, "fail"), verdict("qa", 1, "fail", baseline=None)
    for found, groups in ((later, _groups.GROUPS), (first, _groups.OF_FIRST)):
        said = [_groups.heading(found, group) for group in groups]
        assert said == [changed(found, group[0]).capitalize() for group in groups]
    assert _groups.heading(first, _groups.BROKEN) == "Failing"

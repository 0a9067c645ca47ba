from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, write
from conftest import QA
from cuebook.core.errors import UsageError
from cuebook.jobs.renumber import renumber
from cuebook.jobs.workspace import Workspace


def test_without_a_branch_to_compare_with_it_is_said_how_to_name_one(tmp_path: Path) -> None:
    commit(write(tmp_path, QA))
    with pytest.raises(UsageError) as caught:
        renumber(Workspace(tmp_path), "qa", None)
    assert "--base" in caught.value.hint
    assert renumber(Workspace(tmp_path), "qa", "main").numbers == {}

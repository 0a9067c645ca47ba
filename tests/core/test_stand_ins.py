from __future__ import annotations

import pytest

from cuebook.core.stand_ins import is_stand_in


@pytest.mark.parametrize(
    ("model", "stands_in"),
    [("offline/rules", True), ("offline/x", True), ("offline", False), ("my/offline/rules", False)],
)
def test_what_a_stand_in_is(model: str, stands_in: bool) -> None:
    assert is_stand_in(model) is stands_in

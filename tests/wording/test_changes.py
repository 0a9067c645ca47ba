from __future__ import annotations

from string import Formatter
from typing import get_args

import pytest

from cuebook.wording.changes import _SAID, ChangeCode, change_problem


@pytest.mark.parametrize("code", get_args(ChangeCode))
def test_every_code_says_what_happened_and_what_to_do(code: ChangeCode) -> None:
    said = _SAID[code]
    names = {name for text in (said.what, said.cure) for _, name, _, _ in Formatter().parse(text) if name}
    found = change_problem(code, "prompts/qa/meta.yml", 3, **{name: f"<{name}>" for name in names})
    assert (found.file, found.line, found.code, found.severity) == (
        "prompts/qa/meta.yml",
        3,
        code,
        said.severity,
    )
    assert all(f"<{name}>" in f"{found.message} {found.hint}" for name in names)
    assert found.hint
    assert not found.message.endswith(".")


def test_a_name_that_looks_like_a_place_to_fill_is_left_as_it_is() -> None:
    found = change_problem("never_called", "f", old="{new}", new="qa", old_folder="a", new_folder="b")
    assert found.message == "formerly: qa was not called {new} before this change"

"""The tables of faults in files: each code has its sentence and its cure, and every name is filled in."""

from __future__ import annotations

from string import Formatter
from typing import Any, get_args

import pytest

from cuebook.core.errors import Problem
from cuebook.wording import changes, origins, overrides, prompt_files, tracked
from cuebook.wording._faults import Said, problem

TABLES: list[tuple[Any, Any]] = [
    (changes._SAID, changes.ChangeCode),
    (tracked._SAID, tracked.TrackedCode),
    (overrides._SAID, overrides.OverrideCode),
    (prompt_files._SAID, prompt_files.PromptCode),
    (origins._SAID, origins.OriginCode),
]
ROWS = [(code, said) for table, _ in TABLES for code, said in table.items()]


def test_each_code_has_a_row_and_no_two_tables_share_one() -> None:
    for table, codes in TABLES:
        assert set(table) == set(get_args(codes))
    names = [code for code, _ in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("code", "said"), ROWS)
def test_every_code_says_what_happened_and_what_to_do(code: str, said: Said) -> None:
    names = {name for text in (said.what, said.cure) for _, name, _, _ in Formatter().parse(text) if name}
    found = problem(said, code, "prompts/qa/meta.yml", 3, {name: f"<{name}>" for name in names})
    told = ("prompts/qa/meta.yml", 3, code, said.severity, said.since)
    assert (found.file, found.line, found.code, found.severity, found.since) == told
    assert all(f"<{name}>" in f"{found.message} {found.hint}" for name in names)
    assert found.hint
    assert not found.message.endswith(".")


def test_a_name_that_looks_like_a_place_to_fill_is_left_as_it_is() -> None:
    said = Said("{new} was {old}", "write {new}")
    found = problem(said, "x", "f", 0, {"old": "{new}", "new": "qa"})
    assert found == Problem("f", 0, "qa was {new}", "write qa", code="x")

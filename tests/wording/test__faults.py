"""The tables of faults in files: each code has its sentence and its cure, and every name is filled in."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest

from cuebook.core.errors import Problem
from cuebook.wording import (
    aliases,
    answer_files,
    case_files,
    changes,
    datasets,
    includes,
    named,
    origins,
    overrides,
    own_scorers,
    prompt_files,
    suite_files,
    tracked,
    tree_files,
    version_files,
)
from cuebook.wording._faults import Said, problem
from fixtures.trees import nodes

TABLES: list[tuple[Any, Any]] = [
    (changes._SAID, changes.ChangeCode),
    (tracked._SAID, tracked.TrackedCode),
    (overrides._SAID, overrides.OverrideCode),
    (prompt_files._SAID, prompt_files.PromptCode),
    (origins._SAID, origins.OriginCode),
    (suite_files._SAID, suite_files.SuiteCode),
    (case_files._SAID, case_files.CaseCode),
    (named._SAID, named.NamedCode),
    (datasets._SAID, datasets.DatasetCode),
    (tree_files._SAID, tree_files.TreeCode),
    (aliases._SAID, aliases.AliasCode),
    (own_scorers._SAID, own_scorers.OwnScorerCode),
    (answer_files._SAID, answer_files.AnswerCode),
    (includes._SAID, includes.IncludeCode),
    (version_files._SAID, version_files.VersionCode),
]
ROWS: list[tuple[str, Said]] = [(code, said) for table, _ in TABLES for code, said in table.items()]


def test_each_code_has_a_row_and_no_two_tables_share_one() -> None:
    for table, codes in TABLES:
        assert set(table) == set(get_args(codes))
    names = [code for code, _ in ROWS]
    assert len(set(names)) == len(names)


class _Shown(str):
    """A text that can take the place of a number."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


def _names(said: Said) -> set[str]:
    """The names that are filled in."""
    return {name for text in (said.what, said.cure) for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(("code", "said"), ROWS)
def test_every_code_says_what_happened_and_what_to_do(code: str, said: Said) -> None:
    names = _names(said)
    found = problem(said, code, "prompts/qa/meta.yml", 3, {name: _Shown(f"<{name}>") for name in names})
    told = ("prompts/qa/meta.yml", 3, code, said.severity, said.since)
    assert (found.file, found.line, found.code, found.severity, found.since) == told
    assert all(f"<{name}>" in f"{found.message} {found.hint}" for name in names)
    assert found.hint
    assert not found.message.endswith(".")


def test_a_name_that_looks_like_a_place_to_fill_is_left_as_it_is() -> None:
    said = Said("{new} was {old}", "write {new}")
    found = problem(said, "x", "f", 0, {"old": "{new}", "new": "qa"})
    assert found == Problem("f", 0, "qa was {new}", "write qa", code="x")


def test_a_list_of_names_is_joined() -> None:
    said = Said("no case fills it in {versions}", "")
    assert (
        problem(said, "x", "f", 0, {"versions": ["a/1", "a/2"]}).message == "no case fills it in a/1 and a/2"
    )


def test_a_near_name_is_the_cure_and_the_rows_own_is_for_where_there_is_none() -> None:
    said = Said("no target is called {target!r}", "add [targets.{target}] to the settings")
    near = problem(said, "x", "f", 0, {"target": "ap", "near": "did you mean 'app'?"})
    assert near.hint == "did you mean 'app'?"
    assert problem(said, "x", "f", 0, {"target": "ap", "near": ""}).hint == "add [targets.ap] to the settings"


SOURCES = sorted((Path(__file__).parents[2] / "tools" / "cuebook").rglob("*.py"))


def test_whoever_finds_a_fault_gives_every_name_that_its_sentences_need() -> None:
    table = dict(ROWS)
    for path in SOURCES:
        for call in nodes(path):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or not call.args:
                continue
            first, given = call.args[0], {item.arg for item in call.keywords}
            if call.func.id.endswith("_problem") and isinstance(first, ast.Constant) and None not in given:
                said = table[first.value]
                missing = _names(said) - given - {"path", "others"}  # which tables fill in by themselves
                assert not missing, f"{path.name}:{call.lineno}: {first.value} needs {missing}"

"""Sentences are made last: nothing is read back out of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

PACKAGE = Path(__file__).parents[1] / "tools" / "cuebook"

SENTENCES = {
    "action",
    "headline",
    "hint",
    "message",
    "notes",
    "reason",
    "reasons",
    "sentence",
    "why",
}
"""Fields that hold words for people."""

READERS = {
    "endswith",
    "find",
    "index",
    "partition",
    "removeprefix",
    "removesuffix",
    "rpartition",
    "startswith",
}

FOREIGN = {
    "cli/cmd_search.py": "looks for the words that somebody asks for, in what authors wrote",
    "core/git.py": "Git has no other way to say what went wrong",
    "doctor/github_settings.py": "GitHub's API answers 404 for several things, and says which in words",
}
"""Modules that read words which are not ours, and why."""


def _holds_words(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _holds_words(node.func.value)  # such as ``error.message.casefold()``
    return isinstance(node, ast.Attribute) and node.attr in SENTENCES


def _is_search(node: ast.AST) -> TypeGuard[ast.Compare]:
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn)


def _read_back(tree: ast.AST) -> Iterator[str]:
    """Places where a part is looked for, or taken, in a field that holds a sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_a_sentence = node.func.attr in READERS and _holds_words(node.func.value)
            by_pattern = node.func.attr in {"fullmatch", "match", "search"} and any(
                map(_holds_words, node.args)
            )
            if of_a_sentence or by_pattern:
                yield f"line {node.lineno}: {ast.unparse(node)}"
        if _is_search(node) and _holds_words(node.comparators[0]):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def test_no_module_reads_state_out_of_a_sentence() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): places
        for path in sorted(PACKAGE.rglob("*.py"))
        if (places := list(_read_back(ast.parse(path.read_text("utf-8")))))
    }
    assert {name: places for name, places in found.items() if name not in FOREIGN} == {}
    assert set(FOREIGN) <= set(found), "take it off the list"


def test_the_scan_finds_what_it_is_for() -> None:
    for code in (
        "verdict.action.startswith('It is live')",
        "' is live' in verdict.action",
        "problem.message.removeprefix('unknown key ')",
        "'busy' not in opinion.reason.lower()",
        "PATTERN.search(error.message)",
    ):
        assert list(_read_back(ast.parse(code))), code
    assert not list(_read_back(ast.parse("path.startswith('a'); cause.code in CODES; len(item.reasons)")))

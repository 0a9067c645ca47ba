"""What people read: plain words of the field, and sentences that nothing is read back out of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeGuard

import click
import pytest

from cuebook.cli._root import root
from cuebook.wording.glossary import GLOSSARY
from fixtures.trees import nodes

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tools" / "cuebook"

PLAIN = {
    r"held against|hold(s|ing)? [\w' ]{1,30} against": "compare with",
    r"stands?(?! for|-in)|stood": "is, is valid, is listed, is cached",
    r"stands? for": "is",
    r"mend(s|ed|ing)?": "fix",
    r"anew|afresh": "again, recompute",
    r"bought|buy(s|ing)?": "call, ask for, collect",
    r"(tell|tells|telling|told) of": "report",
    r"for want of": "without, because there is no",
    r"as good as none": "not valid",
    r"said no": "failed, refused",
    r"answers for": "is responsible for",
    r"all the same": "in spite of",
    r"nobody (knows|is asked|approves|yet)": "name what is missing",
}
"""Words that stop a reader, as patterns, and what to write instead."""

NAMED = re.compile(r"ci buy|'buy'|\bbuy +Collect|^buy( --shard 1/4)?$")
"""A command that has one of these words for its name."""

TAUGHT = {"_start.py": "a passage of the example dataset"}
"""Modules whose strings are somebody's text, not ours."""

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
    "core/git_branch.py": "Git has no other way to say that somebody else pushed first",
    "doctor/github_settings.py": "GitHub's API answers 404 for several things, and says which in words",
}
"""Modules that read words which are not ours, and why."""


def _holds_words(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _holds_words(node.func.value)  # such as ``error.message.casefold()``
    return isinstance(node, ast.Attribute) and node.attr in SENTENCES


def _is_search(node: ast.AST) -> TypeGuard[ast.Compare]:
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn)


def _read_back(among: Iterable[ast.AST]) -> Iterator[str]:
    """Places where a part is looked for, or taken, in a field that holds a sentence."""
    for node in among:
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
        if (places := list(_read_back(nodes(path))))
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
        assert list(_read_back(ast.walk(ast.parse(code)))), code
    others = "path.startswith('a'); cause.code in CODES; len(item.reasons)"
    assert not list(_read_back(ast.walk(ast.parse(others))))


_PLAIN = {re.compile(rf"\b({pattern})\b", re.IGNORECASE): cure for pattern, cure in PLAIN.items()}


def _unplain(text: str) -> list[str]:
    """The words of a text that do not belong in it, with the words around them and what to write."""
    shown = NAMED.sub("", text)
    return [
        f"{shown[max(0, found.start() - 30) : found.end() + 20]!r}: write {cure}"
        for pattern, cure in _PLAIN.items()
        for found in pattern.finditer(shown)
    ]


def _docstrings(among: Iterable[ast.AST]) -> set[int]:
    """Strings that are statements of their own: docstrings, and those below a constant."""
    return {id(node.value) for node in among if isinstance(node, ast.Expr)}


MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if True]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_messages_use_plain_words(path: Path) -> None:
    own = _docstrings(nodes(path))
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own:
            assert path.name in TAUGHT or _unplain(node.value) == [], f"line {node.lineno}"


# The judges among the templates are published versions of the example registry: nobody edits those.
PAGES = [
    path
    for folder in ("docs", "site/guides", "tools/cuebook/templates", ".github")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".md", ".yml"} and path.parent.parent.name != "judges"
]


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_pages_and_workflows_use_plain_words(path: Path) -> None:
    assert _unplain(path.read_text("utf-8")) == []


def _commands(command: click.Command, name: str = "cuebook") -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for member in command.list_commands(context):
            found = command.get_command(context, member)
            assert found is not None
            yield from _commands(found, f"{name} {member}")


COMMANDS = dict(_commands(root))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_imperative_and_in_plain_words(name: str) -> None:
    command = COMMANDS[name]
    said = command.help or ""
    assert _unplain(said) == []
    assert _unplain(command.get_short_help_str(limit=200)) == []
    if name != "cuebook":
        first = said.split()[0].rstrip(":,")
        assert first[0].isupper()
        assert not re.fullmatch(r"The|An?|What|How|One|All|This|\w+[^s]s", first), (
            "begin with a verb: Show, Check"
        )
    for option in command.params:
        assert _unplain(getattr(option, "help", None) or "") == []


def test_the_glossary_is_in_plain_words() -> None:
    assert _unplain(" ".join([*GLOSSARY, *GLOSSARY.values()])) == []


def test_the_words_are_found_in_their_forms() -> None:
    for text in (
        "Held against v5",
        "it stands",
        "say what mends them",
        "decide anew",
        "bought once",
        "tell of it",
    ):
        assert _unplain(text), text
    assert not _unplain("a stand-in, compared with v5; fix it; understand; cuebook ci buy --shard 1/4")

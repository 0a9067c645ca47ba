"""No message names a command that cannot work: it exists, and so do its options."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cuebook.cli import command_names
from fixtures.trees import nodes

PACKAGE = Path(__file__).parents[1] / "tools" / "cuebook"
ROOT = PACKAGE.parents[1]
GUIDES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "site/guides").glob("*.md")),
]
_ADVICE = re.compile(r"\bcuebook ([a-z]+)((?: [^\s;:,()'\"`|&]+)*)")


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module as readers meet them: X for what is filled in."""
    inner = {part for node in nodes(path) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes(path):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inner:
            yield node.lineno, node.value


def _command(words: list[str]) -> tuple[click.Command | None, list[str]]:
    if words[0] not in command_names():
        return None, words
    found: click.Command = importlib.import_module(f"cuebook.cli.cmd_{words[0]}").command
    rest = words[1:]
    if isinstance(found, click.Group) and rest and rest[0] in found.commands:
        found, rest = found.commands[rest[0]], rest[1:]
    return found, rest


def _faults(text: str) -> Iterator[str]:
    for match in _ADVICE.finditer(text):
        command, words = _command([match[1], *match[2].split()])
        options = [word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)]
        if command is None and options:
            yield f"no command: {match[0]}"
        elif command is not None and not isinstance(command, click.Group):
            known = {name for item in command.params for name in (*item.opts, *item.secondary_opts)}
            yield from (f"no option {name}: {match[0]}" for name in options if name not in known)


def test_every_command_that_is_advised_exists_with_its_options() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {fault}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in _texts(path)
        for fault in _faults(text)
    ]
    assert found == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_every_command_of_a_guide_exists_with_its_options(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").split("\n"), 1)
    assert [f"{number}: {fault}" for number, line in lines for fault in _faults(line)] == []


def test_a_command_that_cannot_work_is_found() -> None:
    assert list(_faults("add it: cuebook new --suite qa")) == ["no option --suite: cuebook new --suite qa"]
    assert list(_faults("cuebook nwe qa -m x")) == ["no command: cuebook nwe qa -m x"]
    assert list(_faults("cuebook new qa -m x; cuebook ci check --base origin/main")) == []

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


def _faults(text: str, *, is_whole: bool = True) -> Iterator[str]:
    """What is wrong with the commands in a text; of lines that end within one nothing is missed."""
    for match in _ADVICE.finditer(text):
        command, words = _command([match[1], *match[2].split()])
        options = [word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)]
        if command is None and options:
            yield f"no command: {match[0]}"
        elif command is not None and not isinstance(command, click.Group):
            known = {name for item in command.params for name in (*item.opts, *item.secondary_opts)}
            yield from (f"no option {name}: {match[0]}" for name in options if name not in known)
            if is_whole and (lack := _lack(command, words)):
                yield f"{lack} is missing: {match[0]}"


def _lack(command: click.Command, words: list[str]) -> str:
    """What a command line needs and does not have; a command's name alone is a mention of it."""
    if not words:
        return ""
    needed = [item for item in command.params if isinstance(item, click.Option) and item.required]
    lacking = [item.opts[0] for item in needed if not set(item.opts) & set(words)]
    if lacking:
        return lacking[0]
    if command.name == "new" and not {"-m", "--message", "--include"} & set(words):
        return "-m"
    if command.name == "promote":
        plain = [word for word in words if not word.startswith("-")]
        return "" if any("/" in word for word in words) or len(plain) > 1 else "the version"
    return ""


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
    is_whole = path.name != "cli.md"  # the help of the commands, in lines of a terminal
    found = [f"{number}: {fault}" for number, line in lines for fault in _faults(line, is_whole=is_whole)]
    assert found == []


_ERRORS = {"UsageError", "GitHubError", "Refused"}
_SAY_IT_THEMSELVES = {
    "issue_form.py": "a field of a form is told with the rule that it breaks",
}


@pytest.mark.parametrize("folder", ["github", "cli"])
def test_every_error_of_a_command_or_of_github_says_what_to_do(folder: str) -> None:
    bare = [
        f"{path.name}:{node.lineno}"
        for path in sorted((PACKAGE / folder).glob("*.py"))
        if path.name not in _SAY_IT_THEMSELVES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _ERRORS
        and len(node.args) == 1
        and not isinstance(node.args[0], ast.Starred)
        and not any(item.arg == "hint" for item in node.keywords)
    ]
    assert bare == []


def test_a_command_that_cannot_work_is_found() -> None:
    assert list(_faults("add it: cuebook gate --new qa")) == ["no option --new: cuebook gate --new qa"]
    assert list(_faults("cuebook new qa; then edit it")) == ["-m is missing: cuebook new qa"]
    assert list(_faults("cuebook promote qa")) == ["the version is missing: cuebook promote qa"]
    assert list(_faults("cuebook export qa")) == ["--to is missing: cuebook export qa"]
    assert list(_faults("cuebook nwe qa -m x")) == ["no command: cuebook nwe qa -m x"]
    assert list(_faults("cuebook new qa -m x; cuebook ci check --base origin/main")) == []

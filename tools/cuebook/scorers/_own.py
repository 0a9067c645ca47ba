"""Scorers that a repository writes itself: Python files that its trusted settings name.

To read them runs nothing; ``_apart.load`` runs one. Where a change is judged its bytes are those from before
it, taken from Git: a scorer that a change brings decides from the next change on.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import PurePosixPath

from cuebook.core.canonical import digest_bytes
from cuebook.core.errors import CuebookError, Problem
from cuebook.core.files import Broken, Tree, decode
from cuebook.registry.scorer_names import listed, name_of
from cuebook.wording.own_scorers import own_scorer_problem

FOLDER = "_scorers"
"""The folder below ``evals/`` that they are usually in; it is no suite."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class UnsteadyScorer(CuebookError):
    """A scorer that says something else of the same answer."""


@dataclass(frozen=True)
class OwnScorer:
    """A scorer's file: what suites call it, where it is, and its bytes."""

    name: str
    path: str
    data: bytes

    @property
    def source(self) -> str:
        """Path and digest, as evidence names it."""
        return f"{self.path} sha256:{self.digest}"

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its bytes, in hex."""
        return digest_bytes(self.data).partition(":")[2]


def read_own(tree: Tree, taken: Sequence[str] = ()) -> tuple[dict[str, OwnScorer], list[Problem]]:
    """The scorers that the settings of a tree name, and what is wrong of their files; nothing is run.

    ``taken`` are names of scorers that come with Cuebook or with a package.
    """
    found: dict[str, OwnScorer] = {}
    problems: list[Problem] = []
    for path in listed(tree):
        name, data = name_of(path), tree.read(path)
        if data is None:
            problems.append(own_scorer_problem("scorer_file_missing", path))
        elif not _NAME.fullmatch(name) or PurePosixPath(path).suffix != ".py":
            problems.append(own_scorer_problem("scorer_file_misnamed", path, name=name))
        elif name in taken or name in found:
            other = found[name].path if name in found else "a scorer of Cuebook or of a package"
            problems.append(own_scorer_problem("scorer_name_taken", path, name=name, other=other))
        else:
            found[name] = OwnScorer(name, path, data)
            problems += file_problems(found[name])
    return found, problems


def file_problems(own: OwnScorer) -> Iterator[Problem]:
    """What can be seen without running it."""
    try:
        tree = ast.parse(decode(own.data, own.path), own.path)
    except Broken as broken:
        yield broken.problem
        return
    # The file is anybody's: Python's parser gives up on some texts in these ways.
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield own_scorer_problem("scorer_no_python", own.path, getattr(error, "lineno", 0) or 0, why=error)
        return
    if not any(isinstance(node, ast.FunctionDef) and node.name == "score" for node in tree.body):
        yield own_scorer_problem("scorer_no_function", own.path)
    for node in ast.walk(tree):
        for module in _imported(node):
            if not _is_installed(module):
                line = getattr(node, "lineno", 0)
                yield own_scorer_problem("scorer_imports", own.path, line, module=module)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "").partition(".")[0]]
    return []


def _is_installed(module: str) -> bool:
    known = module == "cuebook" or module in sys.stdlib_module_names
    return known or module in metadata.packages_distributions()

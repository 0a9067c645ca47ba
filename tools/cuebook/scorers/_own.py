"""Scorers that a repository writes itself: Python files that its trusted settings name.

To read them runs nothing; ``load`` runs one. Where a change is judged its bytes are those from before it,
taken from Git: a scorer that a change brings decides from the next change on.
"""

from __future__ import annotations

import ast
import os
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from importlib import metadata
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from cuebook.core.canonical import digest_bytes
from cuebook.core.errors import CuebookError, InvalidFiles, Problem, UsageError
from cuebook.core.files import Broken, Tree, decode
from cuebook.core.limited import OverBudget, patience
from cuebook.registry.settings import load_config
from cuebook.scorers._base import Scorer
from cuebook.shapes.run import Score

FOLDER = "_scorers"
"""The folder below ``evals/`` that they are usually in; it is no suite."""

SECONDS = 10.0
"""Of wall time, for one score."""

ASKED_TWICE = 3
"""Answers that are scored twice: what is not the same then would be luck in every verdict."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PACKAGE = "cuebook_local"


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


def listed(tree: Tree) -> list[str]:
    """The paths that the settings of a tree name; none where these cannot be read."""
    try:
        return list(load_config(tree).scorers)
    except InvalidFiles:
        return []


def name_of(path: str) -> str:
    """What suites call the scorer of a file."""
    return PurePosixPath(path).stem


def read_own(tree: Tree, taken: Sequence[str] = ()) -> tuple[dict[str, OwnScorer], list[Problem]]:
    """The scorers that the settings of a tree name, and what is wrong of their files; nothing is run.

    ``taken`` are names of scorers that come with Cuebook or with a package.
    """
    found: dict[str, OwnScorer] = {}
    problems: list[Problem] = []
    for path in listed(tree):
        name, data = name_of(path), tree.read(path)
        if data is None:
            problems.append(Problem(path, 0, "the settings name this scorer, and there is no such file"))
        elif not _NAME.fullmatch(name) or PurePosixPath(path).suffix != ".py":
            cure = "lower-case letters, digits and _, then .py: its name is what suites write"
            problems.append(Problem(path, 0, f"{name!r} is no name for a scorer", cure))
        elif name in taken or name in found:
            other = found[name].path if name in found else "a scorer of Cuebook or of a package"
            problems.append(Problem(path, 0, f"{name!r} is already {other}", "give the file another name"))
        else:
            found[name] = OwnScorer(name, path, data)
            problems += _problems(found[name])
    return found, problems


def _problems(own: OwnScorer) -> Iterator[Problem]:
    """What can be seen without running it."""
    try:
        tree = ast.parse(decode(own.data, own.path), own.path)
    except Broken as broken:
        yield broken.problem
        return
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield Problem(own.path, getattr(error, "lineno", 0) or 0, f"not Python: {error}")
        return
    if not any(isinstance(node, ast.FunctionDef) and node.name == "score" for node in tree.body):
        cure = "see docs/plugins.md: @scorer(Parameters), then def score(context, parameters)"
        yield Problem(own.path, 0, "the file has no function 'score'", cure)
    for node in ast.walk(tree):
        for module in _imported(node):
            if not _is_installed(module):
                cure = "put what it needs into this file: a scorer is one file beside installed packages"
                what = f"{module!r} is neither in the standard library nor in an installed package"
                yield Problem(own.path, getattr(node, "lineno", 0), what, cure)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "").partition(".")[0]]
    return []


def _is_installed(module: str) -> bool:
    known = module == "cuebook" or module in sys.stdlib_module_names
    return known or module in metadata.packages_distributions()


def load(own: OwnScorer) -> Scorer:
    """Run a scorer's file and return its scorer, held to its limits. Raises InvalidFiles.

    Its bytes are run from memory, and no folder of the checkout is among those that modules come from.
    """
    if wrong := list(_problems(own)):
        raise InvalidFiles(wrong)
    module = ModuleType(f"{_PACKAGE}.{own.name}")
    sys.modules[module.__name__] = module
    try:
        with _no_module_of_the_checkout():
            # The settings name it, and nobody changes these and it in the move that it decides about.
            exec(compile(own.data, own.path, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except (Exception, SystemExit) as error:  # noqa: BLE001  other people's code may raise anything here
        # Also what would end this process, and with 0 a gate that has decided nothing.
        what = f"the scorer cannot be loaded: {type(error).__name__}: {error}"
        raise InvalidFiles([Problem(own.path, 0, what)]) from None
    found = vars(module).get("score")
    if not isinstance(found, Scorer):
        cure = "write @scorer(Parameters) above 'def score(context, parameters)'"
        raise InvalidFiles([Problem(own.path, 0, "'score' is no scorer", cure)])
    if found.needs_model:  # it yields calls, each of which is limited
        return replace(found, name=own.name)
    return replace(found, name=own.name, function=_watched(found.function, own))


@contextmanager
def _no_module_of_the_checkout() -> Iterator[None]:
    """Take the working folder from where modules are looked for: it may hold a stranger's files."""
    before = list(sys.path)
    here = {"", os.path.realpath(Path.cwd())}
    sys.path[:] = [entry for entry in before if (os.path.realpath(entry) if entry else "") not in here]
    try:
        yield
    finally:
        sys.path[:] = before


def _watched(function: Callable[..., Any], own: OwnScorer) -> Callable[..., Score]:
    """The function within its time, and asked twice about the first answers. Raises UnsteadyScorer."""
    asked = 0

    @wraps(function)
    def score(context: Any, parameters: Any) -> Score:
        nonlocal asked
        found = _within_time(lambda: function(context, parameters), own.path)
        if asked < ASKED_TWICE:
            asked += 1
            if (again := _within_time(lambda: function(context, parameters), own.path)) != found:
                what = f"{own.path}: scored twice, the answer to {context.case.id} got {found.value} and "
                raise UnsteadyScorer(f"{what}{again.value}", "let the score depend on the answer alone")
        return found

    return score


def _within_time(work: Callable[[], Any], path: str) -> Score:
    """What the work returns. Raises OverBudget after so many seconds, and what it raises itself."""
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def run() -> None:
        try:
            ended.put(work())
        except (Exception, SystemExit) as error:  # noqa: BLE001  raised again where somebody waits for it
            ended.put(UsageError(f"{path} asked to end") if isinstance(error, SystemExit) else error)

    with patience(path):
        threading.Thread(target=run, daemon=True).start()
        try:
            found = ended.get(timeout=SECONDS)
        except queue.Empty:
            raise OverBudget(f"not ended after {SECONDS:g} seconds") from None
    if isinstance(found, Exception):
        raise found
    if not isinstance(found, Score):
        raise UsageError(f"{path} returned {type(found).__name__} and no score")
    return found

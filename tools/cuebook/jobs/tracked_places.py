"""Whether a contribution put anything into the folders that belong to this tool."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cuebook.core import git
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Tree
from cuebook.core.places import DEFAULT_STATE, OUTPUT, STATE, tracked_in
from cuebook.jobs.workspace import Workspace
from cuebook.registry.settings import load_config

MOST = 20
"""Files that are named one by one; a whole tree would hide every other problem."""


def problems(workspace: Workspace, base: Tree | None = None) -> list[Problem]:
    """Everything tracked in the state or output folder: those in use, and those of the settings.

    What a ``base`` holds below the output folder byte for byte is warned of only: nothing there is read any
    more, and a registry that kept files there before this was looked at goes on.
    """
    states, outputs = _places(workspace, base)
    held = tracked_in(workspace.root, states)
    found = [_problem(path, mode, kept=True) for path, (mode, _) in held.items()]
    for path, entry in tracked_in(workspace.root, outputs).items():
        if path not in held:
            known = isinstance(base, git.Snapshot) and base.entry(path) == entry
            found.append(_problem(path, entry[0], known=known))
    found.sort(key=lambda problem: (problem.severity, problem.file))
    return [*found[:MOST], *_rest(found[MOST:])]


def own(workspace: Workspace) -> list[str]:
    """The state and output folder of the settings, relative to the top of the repository."""
    prefix = workspace.prefix if git.top(workspace.root) else ""
    return [f"{prefix}{DEFAULT_STATE}", f"{prefix}{workspace.config.output}"]


def _places(workspace: Workspace, base: Tree | None) -> tuple[list[Path], list[Path]]:
    """The state and the output folders: by default, by the settings now and before, by the environment."""
    states = [DEFAULT_STATE, os.environ.get(STATE)]
    settings = [_output_of(tree) for tree in (workspace.tree, base) if tree is not None]
    outputs = [*settings, os.environ.get(OUTPUT)]
    root = workspace.root
    return [root / name for name in states if name], [root / name for name in outputs if name]


def _output_of(tree: Tree) -> str | None:
    try:
        return load_config(tree).output
    except InvalidFiles:
        return None  # what is wrong with the settings is said of them


def _problem(path: str, mode: str, *, kept: bool = False, known: bool = False) -> Problem:
    kind = {"120000": "a link", "160000": "a submodule"}.get(mode, "a file")
    what = f"{kind} in the {'state' if kept else 'output'} folder, which belongs to Cuebook alone"
    cure = f"git rm --cached -r {path}"
    if not kept:
        cure += ', or choose another folder in the settings: output = ".cuebook/out"'
    return Problem(path, 0, what, cure, "warning" if known else "error")


def _rest(found: list[Problem]) -> Iterator[Problem]:
    if len(found) == 1:
        yield found[0]
    elif found:
        yield found[0]._replace(message=f"{found[0].message}; so are {len(found) - 1} more files")

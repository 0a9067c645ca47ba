"""States of a branch that can be read: one that nobody can read decides nothing, and blocks nothing.

A branch gets into such a state by a push that no check saw, or by two merges that go wrong together only. The
state before it counts then, so whatever was loosened in between is part of what is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cuebook.core import git
from cuebook.core.errors import InvalidFiles
from cuebook.core.refs import parse_ref
from cuebook.jobs.workspace import Workspace
from cuebook.registry.judges import pinned_judges
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.reader import Registry
from cuebook.registry.renames import as_renamed
from cuebook.registry.settings import FILES, load_config

MOST = 500
"""Commits among which a state that can be read is looked for; each has to be read."""


def base_of(workspace: Workspace, revision: str) -> Registry:
    """The registry where HEAD left ``revision``, or the newest one before it whose files can be read.

    Where there is none, the first is returned, whose faults are then told. Raises GitError, UsageError.
    """
    base = workspace.at(revision)
    if not isinstance(base.tree, git.Snapshot):
        return base
    # Without renames: no change may make its base unreadable, and so choose an older one.
    found = newest_readable(
        workspace, base.tree.sha, workspace.tip, lambda state: read_what_differs(state, workspace.registry)
    )
    if found is None or not isinstance(found.tree, git.Snapshot) or found.tree.sha == base.tree.sha:
        return base
    return as_renamed(found, workspace.registry)


def newest_readable(
    workspace: Workspace, commit: str, state: Callable[[str], Registry], read: Callable[[Registry], object]
) -> Registry | None:
    """The state of a commit, or the newest before it on its first-parent line, that ``read`` can read."""
    for sha in git.first_parents(workspace.root, None, commit, MOST):
        with suppress(InvalidFiles):
            found = state(sha)
            read(found)
            return found
    return None


def read_rules(state: Registry, prompt: str) -> None:
    """Read what decides about the versions of a prompt. Raises InvalidFiles."""
    for suite in state.suites_of(prompt):
        for ref in pinned_judges(suite):
            state.labels(parse_ref(ref).name)


def read_what_differs(state: Registry, head: Registry) -> None:
    """Read the files of a state that differ from those of ``head``. Raises InvalidFiles.

    A fault in any other file is one of the change as well, and ``check`` tells it there.
    """
    groups: set[tuple[str, str]] = set()
    for path in (*state.tree.paths(EVALS), *state.tree.paths(PROMPTS)):
        top, name, *_ = path.split("/")
        if (top, name) not in groups and state.tree.read(path) != head.tree.read(path):
            groups.add((top, name))
    if any(state.tree.read(path) != head.tree.read(path) for path in FILES):
        load_config(state.tree)
    for top, name in sorted(groups):
        if top == EVALS:
            state.labels(name)
            _ = state.suite(name) if name in state.suite_names() else None
        elif name in state.names():
            _ = (state.pointers(name), state.meta(name), state.versions(name))

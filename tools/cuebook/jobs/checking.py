"""What is wrong in a checkout, given what was accepted before."""

from __future__ import annotations

from contextlib import suppress

from cuebook.check import check, forgive
from cuebook.core.errors import GitError, InvalidFiles, Problem, UsageError
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry


def published(workspace: Workspace) -> Registry | None:
    """The default branch as HEAD left it; None where Git or the settings do not say which that is."""
    with suppress(InvalidFiles, GitError):
        return workspace.at(workspace.default_base) if workspace.default_base else None
    return None


def problems_of(workspace: Workspace, before: Registry | None = None) -> list[Problem]:
    """Every problem of a checkout; ``before`` is the registry that its files were accepted in.

    Where none is given it is the default branch as HEAD left it, or else HEAD itself.
    """
    found = check(workspace.tree)
    if not any(item.since for item in found):
        return found  # asking Git takes longer than all the rest of a small check
    known = before or published(workspace) or _committed(workspace)
    return forgive(found, workspace.tree, known.tree if known else None)


def _committed(workspace: Workspace) -> Registry | None:
    with suppress(GitError, UsageError):  # no commit yet, or no repository
        return workspace.at("HEAD")
    return None

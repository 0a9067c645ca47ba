"""Find what a change is compared with, and say where that is not the branch's own last state."""

from __future__ import annotations

from cuebook.cli._shared import note
from cuebook.core import git
from cuebook.jobs.readable_states import base_of
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry
from cuebook.wording.changes import base_skipped


def base_of_change(workspace: Workspace, revision: str) -> Registry:
    """Return the registry where HEAD left ``revision``, or the newest one before it that can be read.

    Raises GitError, UsageError.
    """
    found = base_of(workspace, revision)
    left = workspace.left(revision)
    if isinstance(found.tree, git.Snapshot) and found.tree.sha != left:
        note(base_skipped(revision, left, found.tree.sha))
    return found

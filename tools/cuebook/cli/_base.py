"""Find what a change is compared with, and say where that is not the branch's own last state."""

from __future__ import annotations

from cuebook.cli._shared import note
from cuebook.core import git
from cuebook.github.policy import with_base_settings
from cuebook.jobs.readable_states import base_of
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry
from cuebook.wording.changes import base_skipped, settings_of_base


def base_of_change(workspace: Workspace, revision: str) -> Registry:
    """Return the registry where HEAD left ``revision``, or the newest one before it that can be read.

    Raises GitError, UsageError.
    """
    found = base_of(workspace, revision)
    left = workspace.left(revision)
    if isinstance(found.tree, git.Snapshot) and found.tree.sha != left:
        note(base_skipped(revision, left, found.tree.sha))
    return found


def change_since(workspace: Workspace, revision: str) -> tuple[Workspace, Registry]:
    """Return the checkout under the settings from before a change, as a workflow judges it, and its base.

    A checkout may be somebody else's, and its settings say where prompts and keys are sent.
    Raises GitError, UsageError, InvalidFiles.
    """
    before = base_of_change(workspace, revision)
    guarded = with_base_settings(workspace, before)
    if guarded.config != workspace.config:
        note(settings_of_base(revision))
    return guarded, before

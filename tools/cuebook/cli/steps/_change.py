"""What a change is held against, for the steps that spend on it."""

from __future__ import annotations

from cuebook import ci, job
from cuebook.cli import _event
from cuebook.cli._choose import chosen
from cuebook.errors import UsageError
from cuebook.evaluation import standing
from cuebook.plan import Comparison, Plan
from cuebook.registry import Registry
from cuebook.workspace import Workspace


def change(workspace: Workspace, base: str | None, command: str) -> tuple[Workspace, Registry, Plan]:
    """The checkout under the settings from before the change, the registry before it, and what it needs.

    Raises UsageError where nothing says what the change is held against, and InvalidFiles.
    """
    revision = base or _event.base()
    if revision is None:
        raise UsageError(
            "nothing says what the change is held against", f"cuebook ci {command} --base origin/main"
        )
    before = workspace.at(revision)
    guarded = ci.trusted(workspace, before)
    job.checked(workspace)
    return guarded, before, chosen(guarded, (), revision, None)


def open_questions(workspace: Workspace, plan: Plan) -> list[Comparison]:
    """The comparisons without a verdict that stands."""
    return [item for item in plan.comparisons if standing(workspace, item) is None]

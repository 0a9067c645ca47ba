"""The revision a change is compared with, for the steps that spend on it."""

from __future__ import annotations

from cuebook.cli import _event
from cuebook.cli._choose import chosen
from cuebook.core.errors import UsageError
from cuebook.gate.plan import Comparison, Plan
from cuebook.github import policy
from cuebook.jobs import run_all
from cuebook.jobs.changes import refuse_change
from cuebook.jobs.evaluate import valid_verdict
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry


def change(workspace: Workspace, base: str | None, command: str) -> tuple[Workspace, Registry, Plan]:
    """The checkout under the settings from before the change, the registry before it, and what it needs.

    Raises UsageError where there is no revision to compare with, and InvalidFiles.
    """
    revision = base or _event.base()
    if revision is None:
        raise UsageError("there is no revision to compare with", f"cuebook ci {command} --base origin/main")
    before = workspace.at(revision)
    guarded = policy.with_base_settings(workspace, before)
    run_all.checked(workspace, before)
    refuse_change(workspace, before)
    return guarded, before, chosen(guarded, (), revision, None)


def open_questions(workspace: Workspace, plan: Plan) -> list[Comparison]:
    """The comparisons without a verdict that stands."""
    return [item for item in plan.comparisons if valid_verdict(workspace, item) is None]

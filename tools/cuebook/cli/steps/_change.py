"""Find the revision that a change is compared with, for the steps that call models."""

from __future__ import annotations

import os

from cuebook.cli import _event
from cuebook.cli._base import base_of_change
from cuebook.cli._choose import chosen
from cuebook.cli._shared import say
from cuebook.core.errors import UsageError
from cuebook.gate.attempts import Look
from cuebook.gate.comparison import Comparison
from cuebook.gate.plan import Plan
from cuebook.github import policy
from cuebook.github.api import from_environment
from cuebook.github.earlier_gates import earlier_gates
from cuebook.github.runs import OwnLine
from cuebook.jobs import run_all
from cuebook.jobs.changes import refuse_change
from cuebook.jobs.evaluate import take_over, valid_verdict
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import Registry


def change(workspace: Workspace, base: str | None, command: str) -> tuple[Workspace, Registry, Plan]:
    """Return the checkout under the settings from before a change, the registry then, and what it needs.

    Raises UsageError where there is no revision to compare with, and InvalidFiles.
    """
    revision = base or _event.base()
    if revision is None:
        raise UsageError("there is no revision to compare with", f"cuebook ci {command} --base origin/main")
    before = base_of_change(workspace, revision)
    # Before anything is read of suites: it says whose scorers are run.
    guarded = policy.with_base_settings(workspace, before)
    # Files first: what a change does cannot be said of files that cannot be read.
    run_all.checked(workspace, before)
    refuse_change(workspace, before)
    plan = chosen(guarded, (), before)
    # An app runs with what it is given, so none runs for words of somebody that nobody here knows.
    if policy.is_from_fork(_event.name(), _event.payload()):
        plan = policy.without_apps(plan, "target_fork")
    return guarded, before, plan


def earlier_looks(workspace: Workspace, plan: Plan) -> tuple[Look, ...]:
    """Return what earlier gates of the pull request asked, and take over their verdicts that are valid.

    Outside GitHub, and without a token, only the data branch is known. Raises GitHubError.
    """
    # Only a pull request asks the same question again and again.
    if _event.name() != "pull_request" or not os.environ.get("GITHUB_TOKEN"):
        return ()
    number = (_event.payload().get("pull_request") or {}).get("number")
    run = os.environ.get("GITHUB_RUN_ID", "")
    if not isinstance(number, int) or not run.isdecimal():
        return ()
    line = OwnLine.of(workspace.root, _event.base() or "HEAD")
    found = earlier_gates(from_environment(), number, int(run), line)
    # Those that hold for these digests alone; all others count as looks.
    taken = take_over(workspace, plan.comparisons, found.verdicts)
    for verdict in taken:
        say(f"{verdict.name}: {verdict.outcome}, taken over from an earlier run")
    if found.why:
        say(f"nothing is taken over from earlier runs: {found.why}")
    return found.looks


def open_questions(workspace: Workspace, plan: Plan) -> list[Comparison]:
    """Return the comparisons without a valid verdict."""
    return [item for item in plan.comparisons if valid_verdict(workspace, item) is None]

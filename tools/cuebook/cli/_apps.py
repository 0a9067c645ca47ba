"""Tell a person at a checkout which apps under test a pull request's gate would not ask."""

from __future__ import annotations

from collections.abc import Iterable

from cuebook.cli._shared import note
from cuebook.jobs.checking import published
from cuebook.jobs.workspace import Workspace
from cuebook.registry.apps import app_changes
from cuebook.registry.reader import Registry
from cuebook.shapes.suite import Suite
from cuebook.wording.elsewhere import app_ahead, app_changed


def tell_of_apps(workspace: Workspace, suites: Iterable[Suite], before: Registry | None = None) -> None:
    """Say which apps of the suites differ from those of ``before``, or from the default branch's."""
    names = {suite.target for suite in suites if suite.target}
    # Git is asked only where a suite has an app.
    known = before or (published(workspace) if names else None)
    if known is None:
        return
    for name, how in app_changes(known.tree, workspace.tree, names):
        note(app_changed(name, how) if before else app_ahead(name))

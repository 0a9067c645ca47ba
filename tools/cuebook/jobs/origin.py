"""Which run of a workflow makes a verdict: on what commit, for which pull request, started by whom."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pydantic import ValidationError

from cuebook.core import git
from cuebook.core.errors import GitError
from cuebook.shapes.made_by import MadeBy

_PULL = re.compile(r"refs/pull/([1-9][0-9]*)/merge")


_RUNS = (("GITHUB_ACTIONS", "GITHUB_RUN_ID"), ("GITLAB_CI", "CI_PIPELINE_ID"))
"""How a run knows whose it is, and what it is called there: the same for all its jobs, and when repeated.

Both count the runs of all projects together; a count of one project's own, as Jenkins has, could be guessed.
"""


def run_id() -> str:
    """Return what this run of a workflow is called, known only once it has begun; empty elsewhere."""
    return next((os.environ.get(name, "") for system, name in _RUNS if os.environ.get(system)), "")


def made_by(root: Path) -> MadeBy | None:
    """Return where this run was made; None outside GitHub, where the same run must make the same bytes."""
    if not os.environ.get("GITHUB_ACTIONS"):
        return None
    pull = _PULL.fullmatch(os.environ.get("GITHUB_REF", ""))
    try:
        # A pull request's checkout is its merge into the base; what was proposed is the second parent.
        commit = git.commit_of(root, "HEAD^2" if pull else "HEAD")
        time = git.time_of(root, commit)
    except GitError:
        return None
    server, repository, run = (
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    try:
        return MadeBy(
            time=time,
            commit=commit,
            pull_request=int(pull[1]) if pull else None,
            run_url=f"{server}/{repository}/actions/runs/{run}" if server and repository and run else "",
            by=os.environ.get("GITHUB_ACTOR") or None,
        )
    except ValidationError:
        return None

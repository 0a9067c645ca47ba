"""Tell the pull request what check and gate found."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import click

from cuebook.cli import _event
from cuebook.cli._shared import opened, say
from cuebook.core import git, git_branch
from cuebook.core.errors import EXIT_PASS, CuebookError, GitError, UsageError
from cuebook.core.escape import markdown
from cuebook.github import report
from cuebook.github.api import from_environment
from cuebook.github.runs import PLACES, OwnLine
from cuebook.jobs import tracked_places
from cuebook.jobs.workspace import find_root
from cuebook.publish.data_branch import REMOTE


@click.command("report")
def command() -> int:
    """Tell the pull request what check and gate found: one comment, one check run.

    For the workflow_run event, with a token that may read actions and write checks and pull requests. The
    run's artifacts are treated as hostile input, and the pull request is found by the run's commit. If the
    comment cannot be written, that is a warning. Example: cuebook ci report
    """
    # It runs with a token that may write, so it must never run code or files of a change.
    if _event.name() != "workflow_run":
        raise UsageError("report is a step for the workflow_run event", "see .github/workflows/report.yml")
    try:
        places: Collection[str] = tracked_places.own(opened(find_root(Path.cwd())))
    except CuebookError:
        places = PLACES  # the checkout holds no registry, or settings that cannot be read
    reporter = report.reporter_for(from_environment(), _event.payload(), _line(Path.cwd()), places)
    if reporter is None:
        say("nothing to report: the run is about no change")
        return EXIT_PASS
    said, numbers, failed = reporter.report()
    if failed:
        _event.warn("the comment could not be written", failed)
    told = ", ".join(f"#{number}" for number in numbers) or "no open pull request"
    say(f"{said.line}  ({reporter.head[:12]}, {told})")
    _event.summarise(f"{markdown(said.line)}\n".encode())
    return EXIT_PASS


def _line(root: Path) -> OwnLine | None:
    """The line that the default branch was at; None where there is no clone, or no history to fetch."""
    if git.top(root) is None:
        return None
    with suppress(GitError):
        git_branch.deepen(root, REMOTE)
    return OwnLine.of(root)

"""Make a pull request of a filled-in issue form."""

from __future__ import annotations

from typing import Any

import click

from cuebook import check
from cuebook.cli import _event
from cuebook.cli._shared import say, workspace_option
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS, CuebookError, GitHubError, InvalidFiles, UsageError
from cuebook.core.escape import fence, markdown, one_line
from cuebook.core.files import Overlay
from cuebook.core.refs import LATEST, PRODUCTION, Ref
from cuebook.github import issue_form, pull_request
from cuebook.github.api import GitHub, from_environment
from cuebook.github.pull_request import Proposal
from cuebook.jobs.workspace import Workspace
from cuebook.registry.paths import version_path
from cuebook.registry.version_files import as_file

LABEL = "propose-prompt"


@click.command("propose")
@workspace_option
def command(workspace: Workspace) -> int:
    """Open a pull request from a filled-in issue form; comment the link, or the problems, on the issue.

    For the issues event. What the form leaves out is taken from the live version; the result is checked like
    any version file. Ends with 1 if it is refused. Example: cuebook ci propose
    """
    issue = _issue()
    github = from_environment()
    number = int(issue["number"])
    try:
        wanted = issue_form.read(str(issue["body"] or ""))
        made = _proposal(workspace, wanted, number)
        opened = pull_request.submit(github, made.below(workspace.prefix, workspace.layout))
    except GitHubError:
        raise  # no edit of the issue would help, and no comment may get through
    except CuebookError as error:
        _say(
            github,
            number,
            f"This cannot be a version yet. Edit the issue to try again.\n\n{fence(str(error))}",
        )
        say(f"#{number}: {one_line(error.message, 500)}")
        return EXIT_FAIL
    if not opened.reused:
        _say(github, number, f"Thank you. It is proposed in #{opened.number}; edit this issue to change it.")
    say(f"#{number}: {'updated' if opened.reused else 'opened'} {opened.url}")
    return EXIT_PASS


def _issue() -> dict[str, Any]:
    """The open issue with our label that the event is about. Raises UsageError."""
    try:
        issue: dict[str, Any] = _event.payload()["issue"]
        labels = {item["name"] for item in issue["labels"]}
        if _event.name() == "issues" and issue["state"] == "open" and LABEL in labels:
            return issue
    except (KeyError, TypeError):
        pass
    raise UsageError(
        f"propose is a step for open issues with the label {LABEL!r}", "see .github/workflows/propose.yml"
    )


def _say(github: GitHub, number: int, text: str) -> None:
    github.send("POST", f"issues/{number}/comments", {"body": text})


def _proposal(workspace: Workspace, wanted: issue_form.Form, number: int) -> Proposal:
    """The next version of the prompt, as a pull request. Raises UsageError, RefError and InvalidFiles."""
    registry = workspace.registry
    if wanted.start:
        start = registry.version(wanted.prompt, wanted.start)
    else:
        # What people see in use is what they want to change.
        alias = PRODUCTION if PRODUCTION in registry.aliases(wanted.prompt) else LATEST
        start = registry.resolve(Ref(wanted.prompt, alias=alias))
    data = issue_form.version_file(wanted, start, as_file(start))
    new = registry.next_number(wanted.prompt)
    path = version_path(wanted.prompt, new)
    after = Overlay(workspace.tree, {path: data})
    found = [*check.check(after, workspace.tree), *check.check_change(workspace.tree, after)]
    # Other files may be wrong already, which is no fault of who proposes.
    if wrong := [item for item in found if item.file == path and item.severity == "error"]:
        raise InvalidFiles(wrong)
    body = (
        f"Version {new} of `{wanted.prompt}`, proposed in #{number}, from version {start.number}.\n\n"
        f"**Why:** {markdown(wanted.why)}\n\nCloses #{number}\n"
    )
    return Proposal(
        base=workspace.config.default_branch,
        branch=f"cuebook/proposal-{number}",
        title=f"{wanted.prompt} v{new}: {' '.join(wanted.why.split())}"[:200],
        body=body,
        files={path: data},
        # The number must still be free, and the version that it began with be there as it was.
        held={path: None, start.path: workspace.tree.read(start.path)},
    )

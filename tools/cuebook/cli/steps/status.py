"""Post a commit status."""

from __future__ import annotations

import click

from cuebook.cli import _event
from cuebook.cli._shared import say
from cuebook.core.escape import shorten
from cuebook.github.api import from_environment
from cuebook.github.fork_files import whole_sha

CONTEXT = "cuebook gate-fork"
MOST_TEXT = 140
"""Characters that GitHub takes for a status."""


@click.command("status")
@click.option("--sha", "head", required=True, help="The commit: 40 characters.")
@click.option("--state", required=True, help="pending, success or failure; anything else is error.")
@click.option("--description", default="", help="What happened, in a few words.")
def command(head: str, state: str, description: str) -> None:
    """Post what gate-fork found as a status on exactly the commit that it looked at.

    Example: cuebook ci status --sha SHA --state success --description 'qa/3 on qa: pass'
    """
    # A branch's name would be whatever commit it has by then, and the gate looked at one.
    whole_sha(head)
    # The output of a job that failed early is empty, and that is an error.
    known = state if state in {"pending", "success", "failure"} else "error"
    text = " ".join(description.split()) or "the gate ended without a verdict"
    body = {"state": known, "context": CONTEXT, "description": shorten(text, MOST_TEXT)}
    if url := _event.run_url():
        body["target_url"] = url
    from_environment().send("POST", f"statuses/{head}", body)
    say(f"{CONTEXT}: {known} on {head}")

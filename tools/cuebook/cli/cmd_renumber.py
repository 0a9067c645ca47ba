"""Give a prompt's drafts the next free numbers where the default branch has taken theirs."""

from __future__ import annotations

import click

from cuebook.cli._shared import say, workspace_option
from cuebook.jobs.renumber import renumber
from cuebook.jobs.workspace import Workspace


@click.command("renumber")
@click.argument("name")
@click.option("--base", metavar="REVISION", help="Branch to compare with; default: the default branch.")
@workspace_option
def command(workspace: Workspace, name: str, base: str | None) -> None:
    """Give a prompt's drafts the next free numbers where the default branch has taken theirs.

    Use it when two people wrote a version with the same number and the other one was merged first. The
    files are renamed; aliases that this branch pointed at them follow, and so do its drafts that include
    them. Works before a merge and in the middle of one. Example: cuebook renumber qa-assistant
    """
    done = renumber(workspace, name, base)
    for number, to in done.numbers.items():
        say(f"{name}/{number} is {name}/{to} now")
    for alias in done.aliases:
        say(f"{alias} now points to it in aliases.yml")
    for ref in done.includers:
        say(f"{ref} now includes it under its new number")
    if not done.numbers:
        say(f"nothing to renumber: no draft of {name} has a number already used on {done.branch}")
        return
    folder = workspace.layout.there("prompts" if done.includers else f"prompts/{name}")
    say(f"next: git add {folder} && git merge {done.branch} (or git commit), then cuebook check")

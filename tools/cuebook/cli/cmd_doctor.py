"""Check what is set up on this machine, in the checkout and on GitHub."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import click

from cuebook.cli._shared import json_option, opened, print_json, say
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS, UsageError
from cuebook.core.git_branch import SERVER
from cuebook.doctor import finding, github_settings, local
from cuebook.doctor.finding import Check
from cuebook.doctor.workflows import Workflow, read_workflows
from cuebook.github.api import from_environment
from cuebook.jobs.workspace import Workspace, find_root


@click.command("doctor")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Repository folder; default: the nearest one with a 'prompts' folder.",
)
@json_option
def command(root: Path | None, *, as_json: bool) -> int:
    """Check that machine, checkout, workflows, keys and GitHub are set up, and show how to fix them.

    Changes nothing and shows no key. With GITHUB_TOKEN or GH_TOKEN set it also asks GitHub for the
    repository's settings, and lists what the token cannot read. Ends with 1 if there is a problem. Example:
    cuebook doctor
    """
    try:
        folder = root.resolve() if root else find_root(Path.cwd())
    except UsageError:
        folder = Path.cwd()  # without a registry: that there is none is then what is found
    workspace = opened(folder)
    workflows = read_workflows(workspace.top_tree)
    findings = local.examine(workspace, workflows, os.environ)
    findings += _on_github(workspace, workflows[0])
    if as_json:
        print_json([dataclasses.asdict(item) for item in findings])
    else:
        for line in finding.lines(findings):
            say(line)
    return EXIT_PASS if finding.is_well(findings) else EXIT_FAIL


def _on_github(workspace: Workspace, workflows: list[Workflow]) -> list[Check]:
    config = local.settings_of(workspace)
    if config is None:
        cure = "correct the settings, which name the repository"
        return [Check("GitHub", "not_asked", "unknown", "settings on GitHub were not looked at", cure)]
    # GitHub Enterprise has a server of its own.
    server = os.environ.get("GITHUB_SERVER_URL", "").rstrip("/") or SERVER
    repository = local.repository_of(config.repo_url, server)
    if not repository:
        cure = f'repo_url = "{server}/OWNER/NAME" in the settings, if it is there'
        return [Check("GitHub", "not_asked", "unknown", f"the settings name no repository on {server}", cure)]
    try:
        github = from_environment(repository)
    except UsageError as error:
        cure = f"{error.hint or 'correct it'}: a token that may read the settings of {repository}"
        return [
            Check(
                "GitHub",
                "not_asked",
                "unknown",
                f"settings on GitHub were not looked at: {error.message}",
                cure,
            )
        ]
    return github_settings.examine(github, config.default_branch, workflows)

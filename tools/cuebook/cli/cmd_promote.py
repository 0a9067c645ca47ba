"""Point an alias at a version that has the evidence for it."""

from __future__ import annotations

import click

from cuebook.cli import _promote
from cuebook.cli._shared import workspace_option
from cuebook.core.errors import UsageError
from cuebook.core.refs import alias_problem, parse_ref
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_changes import AliasChange


@click.command("promote", short_help="Point an alias at a version that has the evidence for it.")
@click.argument("name")
@click.argument("version", type=click.IntRange(1), required=False)
@_promote.alias_option
@_promote.open_pr_option
@workspace_option
def command(workspace: Workspace, name: str, version: int | None, alias: str, *, open_pr: bool) -> int:
    """Point an alias at a version by changing one line of its aliases.yml.

    A protected alias moves only to a version with a passing verdict for exactly these digests on every
    suite, one that a recorded override lets through, or one that was live before; otherwise what is
    missing is said and nothing changes. Ends with 0, 1 after a fail, 3 without a conclusion. --open-pr
    needs GITHUB_TOKEN and GITHUB_REPOSITORY. Example: cuebook promote qa-assistant/6
    """
    if version is None:
        name, version = _named(name)
    if problem := alias_problem(alias):
        raise UsageError(problem)
    previous = workspace.registry.aliases(name).get(alias)
    return _promote.move(workspace, AliasChange(name, alias, version, previous), open_pr=open_pr)


def _named(ref: str) -> tuple[str, int]:
    """Prompt and version of a ref, such as ``qa-assistant/6``: as every other command takes them."""
    found = parse_ref(ref, default_alias="latest")
    if found.version is None:
        raise UsageError(f"{ref!r} names no version to promote", f"cuebook promote {found.name}/1")
    return found.name, found.version

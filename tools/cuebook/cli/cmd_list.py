"""List prompts with their versions, aliases, owners and tags."""

from __future__ import annotations

from typing import Any

import click

from cuebook import scorers
from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.jobs.workspace import Workspace
from cuebook.wording.names import new_version
from cuebook.wording.shares import share_lines


@click.command("list")
@click.option("--tag", help="Only prompts with this tag.")
@click.option("--owner", help="Only prompts of this owner.")
@click.option("--alias", help="Only prompts with this alias.")
@click.option(
    "--scorers", "list_scorers", is_flag=True, help="List scorers instead, with the origin of each."
)
@json_option
@workspace_option
def command(
    workspace: Workspace,
    tag: str | None,
    owner: str | None,
    alias: str | None,
    *,
    list_scorers: bool,
    as_json: bool,
) -> None:
    """List prompts with versions, aliases, owners and tags.

    Example: cuebook list --tag support
    """
    if list_scorers:
        _scorers(as_json=as_json)
        return
    rows = [
        row
        for row in (_row(workspace, name) for name in workspace.registry.names())
        if (tag is None or tag in row["tags"])
        and (owner is None or owner in row["owners"])
        and (alias is None or alias in row["aliases"])
    ]
    if as_json:
        print_json(rows)
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        pointed = [f"{name}: {number}" for name, number in row["aliases"].items()]
        for name, tries in row["tries"].items():
            pointed += share_lines(name, tries.items())
        aliases = ", ".join(pointed) or "no alias"
        gone = "".join(f"  {word}: {', '.join(map(str, row[word]))}" for word in _GONE if row[word])
        say(f"{row['name']:<{width}}  latest {row['latest']}  {aliases}{gone}  {row['title']}")
    if not rows:
        say("no prompt matches" if tag or owner or alias else f"no prompts yet: {new_version('my-prompt')}")


_GONE = ("retired", "erased")


def _scorers(*, as_json: bool) -> None:
    rows = [{"name": name, "from": source} for name, source in scorers.sources().items()]
    if as_json:
        print_json(rows)
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        say(f"{row['name']:<{width}}  {row['from']}")


def _row(workspace: Workspace, name: str) -> dict[str, Any]:
    registry = workspace.registry
    meta = registry.meta(name)
    return {
        "name": name,
        "title": meta.title,
        "latest": max(registry.numbers(name), default=0),
        "aliases": registry.aliases(name),
        "tries": {alias: dict(to.tries) for alias, to in registry.pointers(name).items() if to.tries},
        "owners": meta.owners,
        "tags": meta.tags,
        "retired": sorted(meta.retired),
        "erased": sorted(meta.erased),
    }

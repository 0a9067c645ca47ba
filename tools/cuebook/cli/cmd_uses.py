"""List the versions whose text includes another version."""

from __future__ import annotations

import click

from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.core.errors import UsageError
from cuebook.core.refs import parse_ref
from cuebook.jobs.workspace import Workspace
from cuebook.registry.alias_pointers import pointing
from cuebook.registry.includes import includers


@click.command("uses")
@click.argument("ref", metavar="REF")
@json_option
@workspace_option
def command(workspace: Workspace, ref: str, *, as_json: bool) -> None:
    """List the versions that include a version's text, directly or within another fragment.

    REF is name/3; a name alone means each of its versions. Example: cuebook uses tone/3
    """
    registry = workspace.registry
    wanted = parse_ref(ref, default_alias="latest")
    # A bare name has an alias by default, but nobody wrote one.
    if wanted.alias and "@" in ref:
        raise UsageError(
            f"{ref!r}: only a version is included, never an alias", f"cuebook uses {wanted.name}"
        )
    numbers = registry.numbers(wanted.name) if wanted.alias else [registry.resolve(wanted).number]
    rows = [
        {
            "includes": f"{wanted.name}/{number}",
            "ref": version.ref,
            "aliases": pointing(registry.pointers(version.prompt), version.number),
        }
        for number in numbers
        for version in includers(registry.names(), registry.versions, f"{wanted.name}/{number}")
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        marks = "".join(f" @{name}" for name in row["aliases"])
        say(f"{row['ref']}{marks} includes {row['includes']}")
    if not rows:
        say(f"nothing includes {ref}")

"""Fill a prompt's variables and print the messages; no model is called."""

from __future__ import annotations

import click

from cuebook.cli._shared import json_option, print_json, say_text, workspace_option
from cuebook.cli._values import collect, values_options
from cuebook.core.chat import text_of
from cuebook.core.messages import fill
from cuebook.core.refs import PRODUCTION, parse_ref
from cuebook.jobs.workspace import Workspace


@click.command("render")
@click.argument("ref", metavar="REF")
@values_options
@json_option
@workspace_option
def command(
    workspace: Workspace,
    ref: str,
    pairs: tuple[str, ...],
    file: str | None,
    case: str | None,
    *,
    as_json: bool,
) -> None:
    """Fill a prompt's variables and print the messages; no model is called.

    REF is name/3, name@staging, or a bare name, which means name@production.
    Example: cuebook render qa-assistant -v context='Cats purr.' -v question='What do cats do?'
    """
    version = workspace.registry.resolve(parse_ref(ref, default_alias=PRODUCTION))
    values = collect(workspace.registry, version, pairs, file, case)
    messages = fill(version.behaviour, values)
    if as_json:
        print_json(messages)
        return
    for message in messages:
        say_text(f"[{message['role']}]\n{text_of(message).rstrip()}\n")

"""Merge the replies of several shards into this checkout's store."""

from __future__ import annotations

from pathlib import Path

import click

from cuebook.calls.reply_store import merge_files
from cuebook.cli._shared import say, workspace_option
from cuebook.jobs.workspace import Workspace


@click.command("merge")
@click.argument(
    "stores", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@workspace_option
def command(workspace: Workspace, stores: tuple[Path, ...]) -> None:
    """Merge the replies of several shards into this checkout's store.

    Existing replies stay. The order of the files makes no difference.
    Example: cuebook merge shard-*/replies.sqlite
    """
    for path, new in merge_files(workspace.replies, stores):
        say(f"{path}: {new} new replies")

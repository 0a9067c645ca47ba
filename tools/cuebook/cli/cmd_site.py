"""Build the site, or serve the one that was built."""

from __future__ import annotations

from pathlib import Path

import click

from cuebook.cli._shared import workspace_option
from cuebook.job import build_site, checked, publish_all
from cuebook.site import serve as serve_folder
from cuebook.workspace import Workspace


@click.group("site", short_help="Build the site, or serve the one that was built.")
def command() -> None:
    """Build the site, or serve the one that was built. Example: cuebook site build"""


@command.command("build")
@workspace_option
def build(workspace: Workspace) -> None:
    """Publish, then build every page into build/site. Example: cuebook site build"""
    checked(workspace)
    publish_all(workspace)
    summary = build_site(workspace)
    click.echo(f"{summary}\nopen {Path(workspace.site, 'index.html').as_uri()}")


@command.command("serve")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@workspace_option
def serve(workspace: Workspace, port: int) -> None:
    """Serve build/site on this machine until interrupted. Example: cuebook site serve --port 8080"""
    serve_folder(workspace.site, port)

"""Build the site, or serve the one that was built."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from cuebook.cli._shared import workspace_option
from cuebook.errors import PublishConflict
from cuebook.job import build_site, checked, publish_all
from cuebook.preview import serve as serve_site
from cuebook.workspace import Workspace

WATCHED = ("prompts", "evals", "site", ".cuebook/evaluations", "cuebook.toml", "pyproject.toml")


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
    """Build the site, serve it on this machine, and build again when a file changes.

    Prompts, suites, verdicts and guides are watched; open pages reload by themselves. Nothing of this
    reaches build/site or what is published. Example: cuebook site serve --port 8080
    """
    watched = [workspace.root / name for name in WATCHED]
    serve_site(Draft(workspace.root).site, port, watched, lambda: _make(Draft(workspace.root)))


class Draft(Workspace):
    """A workspace whose results stand apart: what is being written may still change."""

    @property
    def api(self) -> Path:
        """A folder of published JSON that nobody fetches."""
        return self.root / "build" / "preview" / "published"

    @property
    def site(self) -> Path:
        """The folder the preview is built into."""
        return self.root / "build" / "preview" / "site"


def _make(draft: Draft) -> str:
    checked(draft)
    try:
        publish_all(draft)
    except PublishConflict:
        # A version that nobody has seen may be edited; only what is published for good may not.
        shutil.rmtree(draft.api)
        publish_all(draft)
    return str(build_site(draft))

"""Build the site, or serve the one that was built."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import click

from cuebook.cli._shared import SERVE, say, workspace_option
from cuebook.cli._words import WholeNumber
from cuebook.jobs.run_all import build_site, checked, publish_all
from cuebook.jobs.workspace import Workspace
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.site.preview import base_of
from cuebook.site.preview import serve as serve_site

WATCHED = (PROMPTS, EVALS, "site", "cuebook.toml", "pyproject.toml")


@click.group("site")
def command() -> None:
    """Build the site, or serve the one that was built.

    Example: cuebook site build
    """


@command.command("build")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to build into, new or a site that Cuebook built; default: site/ in the output folder.",
)
@workspace_option
def build(workspace: Workspace, out: Path | None) -> None:
    """Publish, then build every page.

    Example: cuebook site build --out ../pages
    """
    checked(workspace)
    summary = build_site(workspace, publish_all(workspace), out)
    page = Path(out or workspace.site, "index.html").resolve().as_uri()
    # A browser runs no script of a page that it reads from a file, because it cannot check the script.
    say(f"{summary}\nopen {page}\n{SERVE}")


@command.command("serve")
@click.option(
    "--port", default=8000, show_default=True, type=WholeNumber(0, 65535), help="Port to serve it on."
)
@workspace_option
def serve(workspace: Workspace, port: int) -> None:
    """Build the site, serve it on this machine, and build again when a file changes.

    Prompts, suites, verdicts and guides are watched; open pages reload by themselves. The site is served
    below the path of site_url. None of this reaches the built site or what is published. Example: cuebook
    site serve --port 8080
    """
    # Evidence, too: a gate in another window shows on the pages at once.
    watched = [
        *(workspace.root / workspace.layout.there(name) for name in WATCHED),
        workspace.evidence.folder,
    ]

    def make() -> str:
        # A new one each time: files are read once, and the last build read them before they changed.
        draft = Draft(workspace.root)
        checked(draft)
        return str(build_site(draft, publish_all(draft)))

    base = base_of(workspace.config.site_url)
    # Apart from the built site, so that what is being written is never taken for it.
    serve_site(Draft(workspace.root).site, port, watched, make, base=base)


class Draft(Workspace):
    """A workspace whose results are kept apart: what is being written may still change."""

    @cached_property
    def api(self) -> Path:
        """A folder of published JSON that nobody fetches."""
        return self.output.folder("preview/published")

    @cached_property
    def site(self) -> Path:
        """The folder the preview is built into."""
        return self.output.folder("preview/site")

    @cached_property
    def pages(self) -> Path:
        """The folder of what the preview is made from."""
        return self.output.folder("preview/pages")

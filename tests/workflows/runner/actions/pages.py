"""actions/upload-pages-artifact, deploy-pages and configure-pages."""

from __future__ import annotations

import io
import zipfile

from workflows.runner.actions.artifacts import collect, store, zipped
from workflows.runner.problems import StepFailed
from workflows.runner.using import ACTIONS, Action, Use

LARGEST = 10 * 1024**3
"""Bytes of a site that GitHub Pages takes at all."""


def upload(use: Use) -> None:
    """Keep a folder as the artifact that deploy-pages looks for; links cannot be deployed."""
    folder = use.job.machine.workspace / use["path"]
    files = collect(folder, ["."], hidden=use.flag("include-hidden-files")) if folder.is_dir() else {}
    if not files:
        raise StepFailed(f"there is nothing to deploy in {use['path']}")
    if links := [str(path) for path in folder.rglob("*") if path.is_symlink()]:
        raise StepFailed(f"a site holds no symbolic links: {links}")
    made = store(use, use["name"], zipped(files))
    use.result.outputs["artifact_id"] = str(made.id)


def deploy(use: Use) -> None:
    """Put the uploaded site in place of the old one."""
    if not use.job.result.environment:
        raise StepFailed("Missing environment. Ensure your workflow's deployment job has an environment.")
    use.need("pages", "write")
    use.need("id-token", "write")
    github, run = use.job.github, use.job.run
    name = use["artifact_name"]
    found = [item for item in github.artifacts.values() if (item.run_id, item.name) == (run.id, name)]
    if len(found) != 1:
        raise StepFailed(f"{len(found)} artifacts named {name} were found for this workflow run")
    with zipfile.ZipFile(io.BytesIO(found[0].data)) as archive:
        site = {entry: archive.read(entry) for entry in archive.namelist()}
    if sum(map(len, site.values())) > LARGEST:
        raise StepFailed("the site is too large for GitHub Pages")
    github.pages = site
    use.result.outputs["page_url"] = f"{github.url}/_pages/"


def configure(use: Use) -> None:
    """Say where the site will be."""
    use.need("pages", "read")
    use.result.outputs.update(base_url=f"{use.job.github.url}/_pages", base_path="", host="", origin="")


ACTIONS["actions/upload-pages-artifact"] = Action(
    {"name": "github-pages", "path": "_site/", "retention-days": "1", "include-hidden-files": "false"}, upload
)
ACTIONS["actions/deploy-pages"] = Action(
    {
        "token": "",
        "timeout": "600000",
        "error_count": "10",
        "reporting_interval": "5000",
        "artifact_name": "github-pages",
        "preview": "false",
    },
    deploy,
)
ACTIONS["actions/configure-pages"] = Action(
    {"static_site_generator": "", "generator_config_file": "", "token": "", "enablement": "false"}, configure
)

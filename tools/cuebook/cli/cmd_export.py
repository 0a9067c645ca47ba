"""Write a prompt in another tool's format."""

from __future__ import annotations

from pathlib import Path

import click

from cuebook import exporters
from cuebook.cli._shared import note, say, workspace_option, write_out
from cuebook.core import plugins
from cuebook.core.errors import UsageError
from cuebook.core.refs import parse_ref
from cuebook.jobs import mlflow_registry
from cuebook.jobs.workspace import Workspace
from cuebook.wording.shares import share_lines


@click.command("export")
@click.argument("ref")
@click.option("--to", "form", type=click.Choice(exporters.names()), required=True, help="The format.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to write in.",
)
@click.option(
    "--all-versions", is_flag=True, help="All versions up to this one, if the format supports several."
)
@click.option("--with-tests", is_flag=True, help="Cases and scorers too, if the format supports them.")
@click.option(
    "--mlflow",
    metavar="URI",
    help="Register the prompt in this MLflow instead of writing a file (--to mlflow).",
)
@workspace_option
def command(
    workspace: Workspace,
    ref: str,
    form: str,
    output: Path,
    mlflow: str | None,
    *,
    all_versions: bool,
    with_tests: bool,
) -> None:
    """Write a prompt in another tool's format, and report what that format cannot express.

    Importing the file restores what both formats support, with the same digest. Existing files are not
    overwritten. Example: cuebook export qa-assistant@production --to promptfoo
    """
    if mlflow and form != "mlflow":
        raise UsageError(f"--mlflow is for --to mlflow, not {form}", "write --to mlflow")
    registry = workspace.registry
    version = registry.resolve(parse_ref(ref, default_alias="latest"))
    meta = registry.meta(version.prompt)
    numbers = (
        [n for n in registry.numbers(version.prompt) if n <= version.number]
        if all_versions
        else [version.number]
    )
    request = exporters.ExportRequest(
        version.prompt,
        # With author and time, which most commands need not ask Git for.
        [workspace.signed_registry.version(version.prompt, number) for number in numbers],
        title=meta.title,
        description=meta.description,
        tags=meta.tags,
        aliases={alias: n for alias, n in registry.aliases(version.prompt).items() if n in numbers},
        suites=registry.suites_of(version.prompt) if with_tests else (),
        served=[*workspace.config.endpoints, *plugins.names("cuebook.models")],
    )
    made = exporters.write(form, request)
    for lost in made.lost:
        note(f"{lost.ref}: {form} does not hold {lost.what}")
    # Shares are beside the aliases, which no other format has.
    for alias in request.aliases:
        for said in share_lines(alias, registry.pointers(version.prompt)[alias].tries.items()):
            note(f"{version.prompt}@{alias}: {form} does not hold what a share of units gets: {said}")
    if mlflow:
        (data,) = made.files.values()
        for line in mlflow_registry.register(mlflow, data):
            say(line)
        return
    # All files or none: one that is there must not be found after others were written.
    taken = [name for name in made.files if (output / name).exists()]
    if taken:
        raise UsageError(f"{output / taken[0]} already exists", "choose another folder: -o FOLDER")
    for name, data in made.files.items():
        write_out(output / name, data)
        say(f"wrote {output / name}")

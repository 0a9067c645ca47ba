"""Take over a prompt, its test data and its evaluators from another tool's file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from cuebook import importers
from cuebook.cli._shared import note, say, workspace_option
from cuebook.core.errors import UsageError
from cuebook.core.refs import name_problem, parse_ref, suggest_name
from cuebook.jobs.workspace import Workspace
from cuebook.registry.paths import EVALS


@click.command("import", short_help="Take over a prompt and its tests from another tool's file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="What to call the prompt here; made from the file's name if left out.")
@click.option("--into", metavar="NAME", help="Write the next version of this prompt, with the file's tools.")
@click.option("--format", "kind", type=click.Choice(importers.names()), help="The file's format, if unclear.")
@click.option("--model", help="Ask this model instead of the one in the file.")
@click.option("--judge-model", help="Let this model judge instead of those in the file.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, write nothing.")
@workspace_option
def command(
    workspace: Workspace,
    file: Path,
    name: str | None,
    kind: str | None,
    model: str | None,
    judge_model: str | None,
    into: str | None,
    *,
    dry_run: bool,
) -> None:
    """Take over a prompt, its test data and its evaluators from another tool's file.

    The prompt becomes version 1 under a new name, the test data a dataset, the evaluators a suite. What
    cannot be kept as it was is said, with its line. The tools of an MCP server (its answer to tools/list) go
    into a prompt that is there, by --into. Example: cuebook import ticket.prompt.yml --name triage
    """
    called = into or name or suggest_name(file.name.split(".")[0])
    if problem := name_problem(called):
        raise UsageError(problem, f"try --name {suggest_name(called)}")
    data = file.read_bytes()
    form = kind or importers.sniff(str(file), data)
    request = importers.Request(str(file), data, called, model, judge_model)
    if into:
        if form != "mcp_tools":
            raise UsageError(f"{file} is no list of tools ({form})", "leave --into out, or use --name")
        registry = workspace.registry
        base = registry.resolve(parse_ref(into, default_alias="latest"))
        request = replace(request, into=base, number=registry.next_number(into))
    made = importers.read(form, request)
    if not into:
        _refuse_existing(workspace, made)
    for warning in made.warnings:
        note(str(warning))
    for path, content in made.files.items():
        there = workspace.layout.there(path) if dry_run else workspace.write(path, content)
        say(f"{'would write' if dry_run else 'wrote'} {there}")
    if not dry_run:
        suite = f"{EVALS}/{called}/suite.yml"
        if suite not in made.files and request.number == 1:
            say(f"next: write {workspace.layout.there(suite)} and its dataset: nothing is gated without")
        say(f"next: cuebook check && cuebook gate {called}/{request.number}")


def _refuse_existing(workspace: Workspace, made: importers.Imported) -> None:
    """Nothing that is there is touched: not a file, and not a folder that another prompt or suite has."""
    folders = sorted({workspace.layout.there(path).rpartition("/")[0] for path in made.files})
    taken = [folder for folder in folders if (workspace.root / folder).exists()]
    if taken:
        raise UsageError(f"{', '.join(taken)} is there already", "choose another name: --name NAME")

"""Import prompts, test data and evaluators from other tools' files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cuebook import importers
from cuebook.cli._imported import as_data, show_notes, show_table, write_report
from cuebook.cli._openai_code import CODE, tell
from cuebook.cli._shared import json_option, note, print_json, say, workspace_option
from cuebook.core import plugins
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS, EXIT_USAGE, InvalidFiles, UsageError, did_you_mean
from cuebook.core.files import FixedTree
from cuebook.core.format import plural
from cuebook.core.layout import suite_path
from cuebook.core.refs import name_problem, parse_ref, suggest_name
from cuebook.importers import Note
from cuebook.jobs import mlflow_registry
from cuebook.jobs.import_plan import ImportChoice, ImportPlan, plan
from cuebook.jobs.import_sources import ImportSource, Sources, sources
from cuebook.jobs.workspace import Workspace


@click.command("import")
@click.argument("words", nargs=-1, metavar="SOURCE...")
@click.option("--name", help="Name of the prompt here; derived from the file name by default.")
@click.option("--into", metavar="NAME", help="Add the versions, or a file's tools, to this prompt.")
@click.option(
    "--from",
    "--format",
    "kind",
    type=click.Choice([*importers.names(), CODE]),
    help="Format of the sources, if it cannot be detected.",
)
@click.option("--mlflow", metavar="URI", help="Import all prompts of this MLflow registry, or those named.")
@click.option("--model", help="Use this model instead of the one in the file.")
@click.option("--judge-model", help="Use this model as judge instead of those in the file.")
@click.option(
    "--aliases",
    type=click.Choice(["none", "open", "all"]),
    default="open",
    show_default=True,
    help="Which aliases to write: none, unprotected ones, or all.",
)
@click.option("--who", help="Who is responsible for protected aliases (--aliases all).")
@click.option(
    "--only", multiple=True, metavar="NAME", help="Import only this prompt; may be given several times."
)
@click.option("--split", is_flag=True, help="Make each text of a promptfoo config a prompt of its own.")
@click.option("--data", is_flag=True, help="Append rows to an existing dataset.")
@click.option("--dataset-only", is_flag=True, help="Import test data only, no prompt.")
@click.option(
    "--template",
    type=click.Choice(["simple", "f-string", "jinja2", "plain"]),
    help="Variable syntax of a plain text.",
)
@click.option("--expect", multiple=True, metavar="COLUMN", help="Column of a table with the expected answer.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, write nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every note to this .md or .json file.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 if anything was left out.")
@json_option
@workspace_option
def command(
    workspace: Workspace, words: Sequence[str], *, dry_run: bool, as_json: bool, **chosen: Any
) -> int:
    """Import prompts, test data and evaluators from other tools' files.

    A SOURCE is a file, a folder or a pattern. Prompts become versions, test data a dataset, asserts a
    suite. Reports what it could not convert, with the line. Nothing in a source is run or fetched, no
    existing file is changed, and importing again writes only what is new. If a source cannot be read, all
    errors are listed and nothing is written. Exit code 1: a whole prompt or version was left out; 2: an
    error. With --from openai-code the sources are folders of code: each use of an OpenAI prompt object is
    listed, and nothing is imported. Example: cuebook import promptfooconfig.yaml --dry-run
    """
    if not words and not chosen["mlflow"]:
        raise UsageError("name what to import", "cuebook import promptfooconfig.yaml, or a folder")
    # Before sources are looked for: folders of code hold none.
    if chosen["kind"] == CODE:
        tell(words, as_json=as_json)
        return EXIT_PASS
    if uri := chosen["mlflow"]:
        # The words name prompts there, and no files.
        data = mlflow_registry.registry_json(uri, words)
        found = Sources([ImportSource(mlflow_registry.shown(uri), "mlflow", data, FixedTree({}))])
    else:
        found = sources(words, chosen["kind"])
    taken = _read_all(workspace, found, chosen)
    who = str(chosen["who"] or "").strip()
    # An override without a person is refused by check, so it is asked before anything is written.
    if chosen["aliases"] == "all" and not who:
        raise UsageError(
            "--aliases all records who is responsible for aliases without evidence", "add --who @you"
        )
    if who and not who.startswith("@"):
        raise UsageError(f"--who {who}: that is not the name of an account", f"write --who @{who.split()[0]}")
    wanted = ImportChoice(
        into=chosen["into"] or "",
        aliases=chosen["aliases"],
        who=who,
        today=workspace.today,
        more_rows=chosen["data"],
        protected=workspace.config.protected_aliases,
    )
    made = plan(workspace.registry, taken, wanted)
    if chosen["report"]:
        write_report(chosen["report"], made)
    if as_json:
        print_json(as_data(made))
    else:
        show_table(made)
        show_notes(made.notes, chosen["report"])
    if not dry_run:
        workspace.write_all(made.files)
    if not as_json:
        _say_what_next(workspace, made, found.others, dry_run=dry_run)
    return _exit_code(made, strict=chosen["strict"])


def _name(found: Sources, chosen: dict[str, Any]) -> str:
    """What the prompt is to be called; empty where each source has a name. Raises UsageError."""
    name = str(chosen["into"] or chosen["name"] or "")
    if name and (problem := name_problem(name)):
        raise UsageError(problem, f"try --name {suggest_name(name)}")
    # Before files are read: which of them would get the name is not clear.
    if name and len(found.files) > 1:
        raise UsageError(
            f"--name is one name for {len(found.files)} files", "import them one by one, or leave --name out"
        )
    return name


def _read_all(
    workspace: Workspace, found: Sources, chosen: dict[str, Any]
) -> list[tuple[str, importers.Imported]]:
    """What all sources become. Raises InvalidFiles with all their problems, once all else was told."""
    name, into = _name(found, chosen), chosen["into"]
    if not found.files and not found.problems:
        if found.ours:
            are = "is a version" if found.ours == 1 else "are versions"
            what = f"{plural(found.ours, 'file')} here {are} of Cuebook already"
            raise UsageError(what, importers.COPY)
        raise UsageError(
            "nothing here is a prompt or dataset that can be imported",
            "name a file itself, with --from FORMAT",
        )
    base = workspace.registry.resolve(parse_ref(into, default_alias="latest")) if into else None
    settings = workspace.config
    taken: list[tuple[str, importers.Imported]] = []
    problems, notes = list(found.problems), list[Note]()
    for source in found.files:
        request = importers.Request(
            source.path,
            source.data,
            name,
            model=chosen["model"],
            judge_model=chosen["judge_model"] or settings.judge_model,
            into=base,
            usual_model=settings.model,
            beside=source.beside,
            template=chosen["template"] or "",
            expect=chosen["expect"],
            rows_only=chosen["dataset_only"],
            split=chosen["split"],
            served=[*settings.endpoints, *plugins.names("cuebook.models")],
            settings=settings,
        )
        try:
            taken.append((source.path, importers.read(source.kind, request)))
            notes += taken[-1][1].notes
        except InvalidFiles as error:
            problems += error.problems
            notes += error.notes if isinstance(error, importers.NotImported) else []
    # All sources were read by then, so that everything is told at once and nothing is written.
    if problems:
        if chosen["report"]:
            write_report(chosen["report"], ImportPlan(notes=notes))
        show_notes(notes, chosen["report"])
        raise InvalidFiles(problems)
    return _those(taken, chosen["only"])


def _those(
    taken: list[tuple[str, importers.Imported]], only: Sequence[str]
) -> list[tuple[str, importers.Imported]]:
    """The sources with the prompts of these names alone, their cases, and judges that score these."""
    known = [prompt.name for _, made in taken for prompt in made.prompts]
    # Rows alone have a name as well.
    known += [cases.name for _, made in taken for cases in made.cases]
    if unknown := next((name for name in only if name not in known), None):
        what = f"--only {unknown}: no prompt here has that name"
        raise UsageError(
            what, did_you_mean(unknown, known) or f"there are: {', '.join(dict.fromkeys(known))[:300]}"
        )
    return [(source, made.only(only)) for source, made in taken] if only else taken


def _say_what_next(workspace: Workspace, made: ImportPlan, others: int, *, dry_run: bool) -> None:
    for path in made.files:
        say(f"{'would write' if dry_run else 'wrote'} {workspace.layout.there(path)}")
    if others:
        note(f"{plural(others, 'other file')} skipped: unknown format")
    held = [(f"{line.name}@{alias}", at) for line in made.lines for alias, at in line.held.items()]
    if held:
        also = f" (and {plural(len(held) - 1, 'alias', 'aliases')} more)" if len(held) > 1 else ""
        what = f"{held[0][0]} was not set to {held[0][1]}: it is protected, and needs a verdict{also}"
        note(f"{what}\n    --aliases all --who @you sets what is in brackets, with an override for a week")
    if not made.files:
        versions = sum(line.there for line in made.lines)
        if versions:
            say(f"nothing new: {versions} of {versions} versions already exist")
        else:
            is_lost = any(item.kind == "left-out" for item in made.notes)
            say("nothing new: all rows already exist" if made.lines and not is_lost else "nothing was taken")
        return
    first = next((line for line in made.lines if line.new), None)
    if dry_run:
        return
    if first is None:
        rows = next((line.name for line in made.lines if line.rows), "")
        lacks = rows and workspace.tree.read(suite_path(rows)) is None
        write = f"write {workspace.layout.there(suite_path(rows))}, which says what scores them; then "
        say(f"next: {write if lacks else ''}cuebook check")
        return
    suite = suite_path(first.name)
    if not first.scorers and workspace.tree.read(suite) is None:
        data = "" if first.rows else " and its dataset"
        without = "it" if first.rows else "them"
        say(f"next: write {workspace.layout.there(suite)}{data}: without {without} nothing is gated")
    say(f"next: cuebook check && cuebook gate {first.name}/{first.new[-1]}")


def _exit_code(made: ImportPlan, *, strict: bool) -> int:
    whole = any(item.whole for item in made.notes)
    if not made.lines and not whole:
        return EXIT_USAGE
    return (
        EXIT_FAIL if whole or (strict and any(item.kind == "left-out" for item in made.notes)) else EXIT_PASS
    )

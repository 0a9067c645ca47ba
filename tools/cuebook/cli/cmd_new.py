"""Write the next version of a prompt (or the first of a new one), ready to be edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cuebook.cli._shared import workspace_option
from cuebook.core.errors import UsageError
from cuebook.core.files import dump_yaml, write_atomic
from cuebook.core.refs import name_problem, parse_ref, suggest_name
from cuebook.jobs.workspace import Workspace
from cuebook.registry.reader import PROMPTS, Registry, as_file, version_path


@click.command("new", short_help="Write the next version of a prompt, or the first of a new one.")
@click.argument("name")
@click.option("-m", "--message", required=True, help="Why this version: its commit message, one line.")
@click.option("--from", "source", metavar="REF", help="Start from this version instead of the latest.")
@workspace_option
def command(workspace: Workspace, name: str, message: str, source: str | None) -> None:
    """Write the next version of a prompt (or the first of a new one), ready to be edited.

    A copy of the latest version (or of --from) under the next number. Edit it before you commit: a copy
    that says the same is refused by check. Example: cuebook new qa-assistant -m "Cite the passage"
    """
    if problem := name_problem(name):
        raise UsageError(problem, f"try {suggest_name(name)!r}")
    if not message.strip() or "\n" in message:
        raise UsageError("the message is one line that says why")
    registry = workspace.registry
    known = name in registry.names()
    number = max(registry.numbers(name), default=0) + 1 if known else 1
    start = _start(registry, name, source, known=known)
    written = [
        _write(workspace.root, version_path(name, number), {"message": message, **start}, "prompt-version")
    ]
    if not known:
        title = {"title": name.replace("-", " ").capitalize(), "owners": [], "tags": []}
        written.append(_write(workspace.root, f"{PROMPTS}/{name}/meta.yml", title, "meta"))
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"edit it, then: cuebook check && cuebook gate {name}/{number}")


def _start(registry: Registry, name: str, source: str | None, *, known: bool) -> dict[str, Any]:
    if source is None and not known:
        return {
            "model": "offline/rules",
            "modelParameters": {"temperature": 0},
            "messages": [
                {"role": "system", "content": "Answer the question in one sentence.\n"},
                {"role": "user", "content": "Question: {{question}}\n"},
            ],
        }
    return as_file(registry.resolve(parse_ref(source or name, default_alias="latest")))


def _write(root: Path, path: str, data: dict[str, Any], schema: str) -> str:
    if (root / path).exists():
        raise UsageError(f"{path} is there already", "delete it or edit it")
    write_atomic(root / path, dump_yaml(data, schema))
    return path

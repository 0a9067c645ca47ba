"""Options and output habits that commands share: all that the command line prints goes through here."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cuebook.core.errors import UsageError
from cuebook.core.escape import HIDDEN, block
from cuebook.core.files import write_atomic
from cuebook.core.layout import show
from cuebook.jobs.workspace import Workspace, find_root, is_registry

_F = TypeVar("_F", bound=Callable[..., Any])


SERVE = "with search and filters: cuebook site serve"
"""What to say beside a page that was built."""


def workspace_option(function: _F) -> _F:
    """``--root FOLDER``, given to the command as an opened Workspace called ``workspace``."""

    def chosen(context: click.Context, _parameter: click.Parameter, value: Path | None) -> Workspace:
        from cuebook import scorers  # what the help alone needs is imported above

        if value and not is_registry(value.resolve()):
            # In a wrong folder nothing is wrong, and a check of it would pass.
            raise UsageError(
                f"no registry in {value}: there is no folder 'prompts'", f"cuebook init --root {value}"
            )
        found = opened(value.resolve() if value else find_root(Path.cwd()))
        scorers.offer(found.tree)
        # Said last, and once: any of many files may turn out to be one while the command goes on.
        context.call_on_close(lambda: _tell_of_newer(found))
        return found

    return click.option(
        "--root",
        "workspace",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        callback=chosen,
        help="Repository folder; default: the nearest one with a 'prompts' folder.",
    )(function)


def _tell_of_newer(workspace: Workspace) -> None:
    if paths := workspace.newer_records:
        from cuebook.wording.elsewhere import newer_records

        note(newer_records(paths))


def opened(root: Path) -> Workspace:
    """Return the registry that a command is about: what it says names files as they are called there."""
    workspace = Workspace(root)
    show(workspace.layout)
    return workspace


def base_option(function: _F) -> _F:
    """``--base REVISION`` of a workflow's step."""
    return click.option(
        "--base", metavar="REVISION", help="Revision to compare with. On GitHub it comes from the event."
    )(function)


def json_option(function: _F) -> _F:
    """``--json``: print data for programs instead of text for people."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(function)


def print_json(data: Any) -> None:
    """Print data as indented JSON on standard output; what a terminal would not show is escaped."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    # As escapes of JSON, so that a program reads the text that it was.
    click.echo(HIDDEN.sub(lambda found: found[0] if found[0] == "\n" else json.dumps(found[0])[1:-1], text))


def say(text: object = "", *, nl: bool = True) -> None:
    """Print lines on standard output. Text of others in them is shown and steers nothing."""
    click.echo(block(str(text)), nl=nl)


def say_text(text: str) -> None:
    """Print a prompt's or a model's own text on standard output: as it is where no person is watching."""
    # Piped, the text has to be the one that is in the file; colour is on so that click takes nothing out.
    click.echo(block(text) if sys.stdout.isatty() else text, color=True)


def say_made(text: str) -> None:
    """Print a report, which has escaped the text of others and brings its own colours."""
    click.echo(text, nl=False)


def note(text: str) -> None:
    """Print a line for people on standard error, so that standard output stays clean for pipes."""
    click.echo(block(text), err=True)


def write_out(path: Path, data: bytes) -> None:
    """Write a file where the user asked for it. Raises UsageError where it cannot be."""
    try:
        write_atomic(path, data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "choose another place") from None


def is_terminal() -> bool:
    """Return whether a person is watching: progress and colour only then."""
    # Standard error, where progress goes: standard output may be piped while somebody watches.
    return sys.stderr.isatty()


def part(text: str) -> tuple[int, int]:
    """Return (1, 4) for ``1/4``. Raises UsageError."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", text)
    if not found or int(found[1]) > int(found[2]):
        raise UsageError(f"{text!r} is not a shard", "write 1/4 for the first of four")
    return int(found[1]), int(found[2])

"""Show what changed between two versions, word by word."""

from __future__ import annotations

import sys

import click

from cuebook.cli._shared import json_option, print_json, say, say_made, workspace_option
from cuebook.cli._words import refuse_apart
from cuebook.core import escape
from cuebook.core.errors import UsageError
from cuebook.core.refs import parse_ref
from cuebook.jobs.workspace import Workspace
from cuebook.registry import diff
from cuebook.registry.includes import include_changes
from cuebook.registry.word_diff import Line
from cuebook.shapes.run import Version
from cuebook.wording.differences import MEANING, SAME, difference_line
from cuebook.wording.names import new_version


@click.command("diff")
@click.argument("ref", metavar="REF")
@click.argument("other", metavar="[REF]", required=False)
@json_option
@workspace_option
def command(workspace: Workspace, ref: str, other: str | None, *, as_json: bool) -> None:
    """Show what changed between two versions, word by word.

    With one REF: that version (or the latest of a name) against the one before it.
    Removed words are shown in [-...-], added ones in {+...+}.
    Example: cuebook diff qa-assistant/3 qa-assistant/4
    """
    old, new = _pair(workspace, ref, other)
    changes = diff.compare(old, new)
    if as_json:
        print_json(
            [
                {
                    "kind": item.kind,
                    "path": item.path,
                    "severity": item.severity,
                    "old": item.old,
                    "new": item.new,
                }
                for item in changes
            ]
        )
        return
    say(f"{old.ref} -> {new.ref}  {new.message}")
    if not changes:
        say(SAME)
    for told in include_changes(old.includes, new.includes):
        say(f"  {told}")
    for change in changes:
        say(f"  {MEANING[change.severity]}: {difference_line(change)}")
    # A table, as each parameter has a before and an after for the code that handles calls.
    if rows := diff.table(old, new):
        say("\n[parameters of tools]")
    for row in rows:
        name = escape.line(f"{row.tool}.{row.parameter}")
        say(f"  {name}: {row.before or 'not there'} -> {row.after or 'gone'}")
    for passage in diff.passages(old, new):
        # A message that stayed needs no room.
        if any(line.kind != "same" for line in passage.lines):
            say(f"\n[{passage.new_role or passage.old_role or passage.path}]")
            for line in passage.lines:
                say_made(f"{_line(line)}\n")


def _pair(workspace: Workspace, ref: str, other: str | None) -> tuple[Version, Version]:
    registry = workspace.registry
    refuse_apart(registry, [ref, other] if other else [])
    first = registry.resolve(parse_ref(ref, default_alias="latest"))
    if other is not None:
        return first, registry.resolve(parse_ref(other, default_alias="latest"))
    before = [number for number in registry.numbers(first.prompt) if number < first.number]
    if not before:
        # The first version has none before it, but the one after it may be what is meant.
        later = next((number for number in registry.numbers(first.prompt) if number > first.number), None)
        cure = f"name two: cuebook diff {first.ref} {first.prompt}/{later}" if later else ""
        write = f"there is no other yet: {new_version(first.prompt)}"
        raise UsageError(f"{first.ref} is the first version", cure or write)
    return registry.version(first.prompt, before[-1]), first


_MARKS = {"removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}


def _line(line: Line) -> str:
    # The marks alone say it all, so that a pipe loses nothing without colours.
    colour = sys.stdout.isatty()
    text = ""
    for segment in line.segments:
        if segment.kind == "same":
            text += escape.block(segment.text)
        else:
            left, right, tint = _MARKS[segment.kind]
            marked = f"{left}{escape.block(segment.text)}{right}"
            text += click.style(marked, fg=tint) if colour else marked
    return f"{'  ' if line.kind == 'same' else '* '}{text}"

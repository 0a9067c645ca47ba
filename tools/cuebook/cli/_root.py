"""The root command: finds its commands in the folder and lists them without importing any."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence

import click

from cuebook.cli import command_names, summary
from cuebook.core.errors import did_you_mean


def _meant(words: list[str]) -> str:
    """What was meant by a word that is no command: many programs have one for their help or version."""
    if words[0] == "help":
        known = [word for word in words[1:2] if word in command_names()]
        return f"write {' '.join(['cuebook', *known, '--help'])}"
    return "write cuebook --version" if words[0] == "version" else did_you_mean(words[0], command_names())


class Commands(click.Group):
    """A group whose members are the files of this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return every command's name."""
        return list(command_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command, imported now, or None."""
        if cmd_name not in command_names():
            return None
        module = importlib.import_module(f"cuebook.cli.cmd_{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown word names the nearest command."""
        # click's own message names no other command.
        if args and not args[0].startswith("-") and args[0] not in command_names():
            raise click.UsageError(f"no command {args[0]!r}: {_meant(args)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands, each with the first line of its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in command_names()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cuebook")
def root() -> None:
    """Cuebook: prompts in Git, gated by evidence.

    Exit codes: 0 pass, 1 gate failed or check found problems, 2 wrong usage or an invalid file,
    3 inconclusive, 4 the provider or GitHub failed, 130 interrupted.
    """


def way_out(error: click.ClickException, words: Sequence[str]) -> str:
    """Return what to write in place of a wrong call: what was meant, or the example from the command's help.

    Empty for a command that is not ours.
    """
    from cuebook.cli._words import meant_by  # reads registries, and only a failing program needs it

    if meant := meant_by(error, words):
        return f"write: {meant}"
    context = error.ctx if isinstance(error, click.UsageError) else None
    # An option without its value comes without a context.
    command = context.command if context else root.get_command(click.Context(root), next(iter(words), ""))
    found = re.search(r"Example: *(.+?)(?:\n\s*\n|\Z)", command.help or "", re.S) if command else None
    return f"for example: {' '.join(found[1].split())}" if found else ""

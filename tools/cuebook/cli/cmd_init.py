"""Start a registry here: folders, one example prompt with a suite, settings; overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import click

from cuebook import files
from cuebook.cli._start import starter_files


@click.command("init", short_help="Start a registry here; overwrites nothing.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, write nothing.")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The folder to start in; here if left out.",
)
def command(root: Path, *, dry_run: bool) -> None:
    """Start a registry here: folders, one example prompt with a suite, settings.

    Files that are there already are left alone; so is a prompts folder that holds prompts.
    Example: cuebook init --dry-run
    """
    wanted = starter_files(has_prompts=any((root / "prompts").glob("*/v*.prompt.yml")))
    for path, data in wanted.items():
        if (root / path).exists():
            click.echo(f"kept  {path}")
            continue
        if not dry_run:
            files.write_atomic(root / path, data)
        click.echo(f"{'would write' if dry_run else 'wrote'} {path}")
    click.echo("next: cuebook all")

"""Further steps of a workflow, one file each: ``cuebook ci <file name>``. Found by a folder scan."""

from __future__ import annotations

import importlib

import click

from cuebook.core import family


def members() -> dict[str, click.Command]:
    """Return every step by its name; ``gate_fork.py`` is ``gate-fork``."""
    made: dict[str, click.Command] = {}
    for module in family.members(__path__):
        member = importlib.import_module(f"{__name__}.{module}")
        made[module.replace("_", "-")] = member.command
    return made

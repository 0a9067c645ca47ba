"""Further steps of a workflow, one file each: ``cuebook ci <file name>``. Found by a folder scan."""

from __future__ import annotations

import importlib
import pkgutil

import click


def members() -> dict[str, click.Command]:
    """Every step by its name; ``gate_fork.py`` is ``gate-fork``."""
    found = sorted(item.name for item in pkgutil.iter_modules(__path__) if not item.name.startswith("_"))
    made: dict[str, click.Command] = {}
    for module in found:
        member = importlib.import_module(f"{__name__}.{module}")
        made[module.replace("_", "-")] = member.command
    return made

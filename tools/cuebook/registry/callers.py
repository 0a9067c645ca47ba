"""Compare a version with the one that it replaces, for the apps that call it. Pure."""

from __future__ import annotations

from typing import get_args

from cuebook.registry.diff import compare
from cuebook.shapes.difference import Difference, DifferenceKind, ToolKind
from cuebook.shapes.run import Version
from cuebook.wording.differences import one_line

_CALLS: frozenset[DifferenceKind] = frozenset(
    {"template-kind", "input-added-required", "input-removed", "input-type", "input-default"}
)
_WIDER = frozenset({("integer", "number"), ("integer", "string"), ("number", "string")})
"""Types of an input, old and new, where each value that apps pass is still accepted."""


def refused_calls(old: Version, new: Version) -> list[str]:
    """Return why calls that the old version accepts fail with the new one, a sentence each; empty if none."""
    return [one_line(item) for item in compare(old, new) if _refuses(item)]


def told_calls(old: Version, new: Version) -> list[str]:
    """Return what else may break an app when an alias moves, though its calls still work; a sentence each."""
    return [one_line(item) for item in compare(old, new) if _is_told(item)]


def _is_told(item: Difference) -> bool:
    return item.severity == "breaking" and (item.kind == "artifact-format" or item.kind in get_args(ToolKind))


def _refuses(item: Difference) -> bool:
    if item.kind not in _CALLS or item.severity != "breaking":
        return False
    return item.kind != "input-type" or (item.old, item.new) not in _WIDER

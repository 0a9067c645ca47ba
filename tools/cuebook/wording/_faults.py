"""What the words of faults in files are made of: one sentence and one cure for each code, in a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from cuebook.core.errors import Problem
from cuebook.core.format import joined
from cuebook.core.values import AsWritten


class Said(NamedTuple):
    """What happened and what to do about it, with the names that are filled in, and how much it weighs.

    ``since`` is the release that began to look for it.
    """

    what: str
    cure: str
    severity: Literal["error", "warning"] = "error"
    since: str = ""


def _shown(value: object) -> object:
    text = joined(value) if isinstance(value, list) else value
    return AsWritten(text) if type(text) is str else text


def problem(said: Said, code: str, file: str, line: int, names: Mapping[str, object]) -> Problem:
    """Return the problem of this ``code`` at ``file``; ``names`` are those that its sentences need.

    ``near`` among them is what ``did_you_mean`` says of the known names: it is the cure, and the row's own is
    for where it says nothing. A list of names is joined.
    """
    filled = {name: _shown(value) for name, value in names.items()}
    what, cure = said.what.format(**filled), filled.get("near") or said.cure.format(**filled)
    return Problem(file, line, what, str(cure), said.severity, since=said.since, code=code)

"""What is wrong with an override: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import COMING, Problem
from cuebook.shapes.file_formats import OverrideFile, RemovalFile, RulesFile, UnprotectedFile
from cuebook.wording._faults import Said, problem

OverrideCode = Literal[
    "override_misplaced",
    "no_such_day",
    "no_account",
    "too_long",
    "override_ended",
    "overrides_nothing",
    "overrides_other",
    "overrides_former_name",
    "other_digest",
]

_SAID: dict[OverrideCode, Said] = {
    "override_misplaced": Said("this file overrides {about}", "rename it to {place}"),
    # Earlier releases let these through.
    "no_such_day": Said(
        "until: not a date: {until}", "write the last day it is valid: 2026-12-31", since=COMING
    ),
    "no_account": Said(
        "who: {who} is not the name of an account", 'write "@name" or "@org/team"', since=COMING
    ),
    "too_long": Said(
        "until: {until} is more than {most} days after it was set; it ends on {last}",
        "write until: {last} or earlier, and renew it then",
        since=COMING,
    ),
    "override_ended": Said(
        "the override ended on {until}", "delete it, or renew it with a later day at 'until'", "warning"
    ),
    "overrides_nothing": Said("there is no {ref}", "delete the override"),
    "overrides_other": Said("there is no {ref}", "write {right}, as the file is called, or delete it"),
    "overrides_former_name": Said("there is no {ref}", "write prompt: {now}, and rename it to {right}"),
    "other_digest": Said(
        "the digest is not that of {ref}, so the override has no effect", "its digest is {digest}"
    ),
}


def override_problem(code: OverrideCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of an override; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)


def about(shaped: OverrideFile | RulesFile | RemovalFile | UnprotectedFile) -> str:
    """Return what an override is about."""
    if isinstance(shaped, RulesFile):
        return f"the rules of {shaped.suite}"
    if isinstance(shaped, RemovalFile):
        return f"the removal of {shaped.alias} of {shaped.prompt}"
    if isinstance(shaped, UnprotectedFile):
        return f"the protection of {shaped.alias}"
    return f"{shaped.prompt}/{shaped.version}"

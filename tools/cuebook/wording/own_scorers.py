"""What is wrong with a scorer of the repository: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import Problem
from cuebook.wording._faults import Said, problem

OwnScorerCode = Literal[
    "scorer_file_missing",
    "scorer_file_misnamed",
    "scorer_name_taken",
    "scorer_name_of_plugin",
    "scorer_no_python",
    "scorer_no_function",
    "scorer_imports",
    "scorer_settings_unchecked",
    "scorer_not_loaded",
    "scorer_no_scorer",
]

_RENAME = "give the file another name"
_BY_HAND = "run the file by itself: python {path}"

_SAID: dict[OwnScorerCode, Said] = {
    "scorer_file_missing": Said(
        "the settings name this scorer, and there is no such file",
        "add the file, or remove its path from 'scorers'",
    ),
    "scorer_file_misnamed": Said(
        "{name!r} is not a valid name for a scorer",
        "use lower-case letters, digits and _, then .py: suites refer to it by this name",
    ),
    "scorer_name_taken": Said("{name!r} is already {other}", _RENAME),
    "scorer_name_of_plugin": Said("{plugin} offers {name!r}, too", _RENAME),
    "scorer_no_python": Said("not Python: {why}", "correct the syntax on that line"),
    "scorer_no_function": Said(
        "the file has no function 'score'",
        "see docs/plugins.md: @scorer(Parameters), then def score(context, parameters)",
    ),
    "scorer_imports": Said(
        "{module!r} is neither in the standard library nor in an installed package",
        "put what it needs into this file: a scorer is one file beside installed packages",
    ),
    # What its own process says of it.
    "scorer_settings_unchecked": Said("its settings cannot be checked: {why}", _BY_HAND),
    "scorer_not_loaded": Said("the scorer cannot be loaded: {why}", _BY_HAND),
    "scorer_no_scorer": Said(
        "'score' is not a scorer", "write @scorer(Parameters) above 'def score(context, parameters)'"
    ),
}


def own_scorer_problem(code: OwnScorerCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a scorer's file; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, {"path": path, **names})

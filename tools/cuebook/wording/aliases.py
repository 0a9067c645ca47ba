"""What is wrong with where an alias points: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import Problem
from cuebook.core.units import MOST_SHARE, MOST_TRIES
from cuebook.wording._faults import Said, problem

AliasCode = Literal[
    "alias_no_number",
    "alias_marked",
    "alias_key_unknown",
    "use_missing",
    "use_no_version",
    "tries_nothing",
    "tries_nothing_beside",
    "try_no_version",
    "try_in_use",
    "try_share",
    "try_too_many",
    "try_too_much",
    "alias_on_no_line",
]

EXAMPLE = "{use: 6, try: {7: 10}}"
"""How ``aliases.yml`` tries a version for a share of units."""

_SHOWN = EXAMPLE.replace("{", "{{").replace("}", "}}")
_USE = f"name the version that all others get: {_SHOWN}"
_NO_NUMBER = "expected a version number, got {given}"
_NOTHING = "'try' names no version"

_SAID: dict[AliasCode, Said] = {
    "alias_no_number": Said(_NO_NUMBER, "write the number only, such as 3"),
    "alias_marked": Said(_NO_NUMBER, "write the number only: {alias}: {number}"),
    "alias_key_unknown": Said("{key!r} is not a key of an alias", f"write {_SHOWN}"),
    "use_missing": Said("'use' is missing", _USE),
    "use_no_version": Said("'use' is not a version number: {given}", _USE),
    "tries_nothing": Said(_NOTHING, f"write {_SHOWN}"),
    "tries_nothing_beside": Said(_NOTHING, "write {use} only"),
    "try_no_version": Said("{number!r} is not a version number", "write the number only: {{7: 10}}"),
    "try_in_use": Said("version {number} is both in use and on trial", "try another version, or none"),
    "try_share": Said(
        f"the share of version {{number}} is {{given}}; it must be a whole number from 1 to {MOST_SHARE}",
        "write {number}: 10 for 10%",
    ),
    "try_too_many": Said(f"{{count}} versions are on trial; at most {MOST_TRIES} are allowed", "try fewer"),
    "try_too_much": Said(
        f"{{total}}% of units are to try a version; at most {MOST_SHARE}% are allowed",
        "lower the shares; what most units are to get is 'use', by a promotion",
    ),
    # Of the file, for whoever would point the alias elsewhere by an edit of one line.
    "alias_on_no_line": Said(
        "there is no single line that says where {name!r} points", "set '{name}: {pointer}' in it by hand"
    ),
}


def pointer_problem(code: AliasCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of where an alias points; ``alias`` is which, where that is not said around it."""
    found = problem(_SAID[code], code, path, line, names)
    return found._replace(message=f"{names['alias']}: {found.message}") if "alias" in names else found

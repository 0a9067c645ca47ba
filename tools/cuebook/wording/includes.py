"""Why a fragment is not included, or its inputs do not fit: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import Problem
from cuebook.wording._faults import Said, problem

IncludeCode = Literal[
    "include_in_jinja",
    "include_too_large",
    "include_malformed",
    "include_unnumbered",
    "include_unpinned",
    "include_no_text",
    "include_ring",
    "include_too_deep",
    "include_erased",
    "include_renamed",
    "include_missing",
    "include_broken",
    "inputs_of_two_types",
    "inputs_of_two_kinds",
]

_PIN = "write {{{{> {name}/{number}}}}}"

_SAID: dict[IncludeCode, Said] = {
    "include_in_jinja": Said(
        "{include}: only a 'simple' template can include others",
        "write the text out, or take 'templateFormat' out",
    ),
    "include_too_large": Said("it has more than {most:,} characters with {include}", "include less"),
    "include_malformed": Said("{include}: {why}", "write {{{{> NAME/NUMBER}}}}"),
    "include_unnumbered": Said("{include} names no version", _PIN),
    "include_unpinned": Said(
        "{include} is not pinned: an alias can move, and the digest would not show it", _PIN
    ),
    "include_no_text": Said(
        "{ref} is not a text to include", "a fragment has 'template:', and its templateFormat is simple"
    ),
    "include_ring": Said("includes form a cycle: {ring}", "remove one of them"),
    "include_too_deep": Said("{ref} is nested in {most} others", "write the text of some of them out"),
    "include_erased": Said(
        "{ref} was erased, and its words are in this version",
        "erase this one, too: see 'erased' in docs/formats.md",
    ),
    "include_renamed": Said(
        "there is no {file} to include: {name} is called {now} now",
        "write {{{{> {now}/{number}}}}} in a draft; what is published never changes, "
        "so for that {name} has to keep its name",
    ),
    "include_missing": Said("there is no {file} to include", "write the number of a version that is there"),
    "include_broken": Said("{ref} cannot be included: its own file has errors", "correct {file} first"),
    # Inputs that fragments bring along.
    "inputs_of_two_types": Said("input {name!r} is {here} here and {there} in {ref}", "use one type"),
    "inputs_of_two_kinds": Said(
        "input {name!r} is not the same in all that is included ({ref})",
        "declare it under 'inputs:' here, as you want it",
    ),
}


def include_problem(code: IncludeCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a file that includes; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)

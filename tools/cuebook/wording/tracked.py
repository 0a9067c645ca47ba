"""What Git tracks and must not: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import Problem
from cuebook.wording._faults import Said, problem

TrackedCode = Literal[
    "in_state",
    "in_output",
    "rewritten",
    "undisplayed",
    "image_as_text",
    "spelt_alike",
    "submodule",
    "tracked_link",
    "hidden_by_merges",
]

_OURS = "{kind} in the {folder} folder, which belongs to Cuebook alone"
_OUT = "git rm --cached -r {path}"

_SAID: dict[TrackedCode, Said] = {
    "in_state": Said(_OURS, _OUT),
    "in_output": Said(_OURS, f'{_OUT}, or choose another folder in the settings: output = ".cuebook/out"'),
    # What reviewers read is what Git holds, and what is gated and published is what the checkout holds.
    "rewritten": Said(
        "the attribute {name}={value} makes checked-out bytes differ from those reviewed in Git",
        "take {name} for it out of .gitattributes",
    ),
    "undisplayed": Said(
        "the attribute {name} hides changes in it from reviewers",
        "take {name} for it out of .gitattributes (a macro such as binary sets -diff)",
    ),
    "image_as_text": Said(
        "the attribute text lets Git change the bytes of this image when it is added",
        "write text=auto in .gitattributes; then git rm --cached {path}, and add the original",
        "warning",
    ),
    "spelt_alike": Said(
        "some file systems treat it as {like}, others do not",
        "git mv it to {like}, or give it another name",
    ),
    "submodule": Said("a submodule, which is not read", "put the files themselves here"),
    "tracked_link": Said("a symbolic link, which is not followed", "put the file itself here"),
    "hidden_by_merges": Said(
        "merges crossed, so that this change of it may be missing from what reviewers are shown",
        "git merge {branch} into the branch, and push",
    ),
}


def tracked_problem(code: TrackedCode, path: str, /, *, known: bool = False, **names: object) -> Problem:
    """Return the problem of a tracked file; one that is ``known``, from before the change, only warns."""
    found = problem(_SAID[code], code, path, 0, {"path": path, **names})
    return found._replace(severity="warning") if known else found

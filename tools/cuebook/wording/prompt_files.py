"""What is wrong in the folder of a prompt: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import Problem
from cuebook.wording._faults import Said, problem

PromptCode = Literal[
    "beside_prompts",
    "folder_below",
    "no_file_of_ours",
    "number_in_use",
    "misnamed",
    "same_name",
    "bad_name",
    "no_version",
    "gap",
    "gap_ahead",
    "gap_deleted",
    "says_the_same",
    "erased_there",
    "points_nowhere",
    "untitled",
    "retired_unknown",
    "retired_in_use",
    "retired_tried",
]

_MISNAMED = "{file!r} is not a version's file name"
_RETIRED = "version {number} is retired, but {alias!r}"

_SAID: dict[PromptCode, Said] = {
    # Files and names of folders.
    "beside_prompts": Said(
        "this file is beside the prompts' folders", "prompts are folders: prompts/<name>/v1.prompt.yml"
    ),
    "folder_below": Said("a prompt's folder has no folders in it", "move it to {file}, or elsewhere"),
    "no_file_of_ours": Said("{file!r} does not belong here", "{near}"),
    "number_in_use": Said(_MISNAMED, "{right} exists: delete this one, or make it the next version"),
    "misnamed": Said(_MISNAMED, "rename it to {right}"),
    "same_name": Said("{name!r} and {other!r} are the same name on some file systems", "rename one of them"),
    "bad_name": Said("{why}", "rename the folder, for example to {right!r}"),
    # Versions and their numbers.
    "no_version": Said("the prompt has no version", 'cuebook new {name} -m "Why this prompt"'),
    "gap": Said(
        "version {missing} is missing: numbers go 1, 2, 3, ... without gaps",
        "rename it to v{missing}.prompt.yml",
    ),
    "gap_deleted": Said("a lower version, which HEAD has, is missing", "git checkout HEAD -- {paths}"),
    "gap_ahead": Said("lower versions exist only on {branch}", "git merge {branch}", "warning"),
    "says_the_same": Said(
        "says the same as version {before}: nothing that changes behaviour was edited",
        "edit it, or delete it",
    ),
    "erased_there": Said(
        "version {number} is listed as erased", "delete the file; its number cannot be reused"
    ),
    # What aliases and meta.yml name.
    "points_nowhere": Said("{alias}: version {number} {lost}", "its versions: {known}"),
    "untitled": Said("the prompt has no title and owners", "add meta.yml with 'title:'", "warning"),
    "retired_unknown": Said("retired version {number} does not exist", "its versions: {known}"),
    "retired_in_use": Said(f"{_RETIRED} points to it", "point the alias at another version first"),
    "retired_tried": Said(f"{_RETIRED} lets a share of units try it", "take it out of its 'try' first"),
}


def prompt_problem(code: PromptCode, path: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a prompt's file or folder; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, path, line, names)

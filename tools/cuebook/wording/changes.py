"""What is wrong with a change, or has to be answered for: one sentence and one cure for each code."""

from __future__ import annotations

from typing import Literal

from cuebook.core.errors import Problem
from cuebook.wording._faults import Said, problem

ChangeCode = Literal[
    "edited",
    "removed",
    "prompt_removed",
    "renumbered",
    "erased",
    "brought_back",
    "number_taken",
    "renamed_unsaid",
    "never_called",
    "still_called",
    "name_given_up",
    "former_name_dropped",
    "folders_moved",
    "branch_changed",
    "owner_lost",
    "owners_gone",
    "alias_removed",
    "alias_misspelt",
    "unprotected",
    "call_refused",
    "default_untried",
    "labels_turned",
    "loosened",
]


_REMOVED = "{alias} is protected, and is removed from {prompt}/{version}"

_SAID: dict[ChangeCode, Said] = {
    # Versions: apps pin them, so a published one stays what it is.
    "edited": Said(
        "a published version was edited; versions never change",
        '{back}, and write the change as a new version: cuebook new {name} -m "Why this version"',
    ),
    "removed": Said(
        "a published version was removed; apps may still ask for it",
        "{back}; to withdraw a version list it under 'retired' in {meta}",
    ),
    "prompt_removed": Said(
        "prompt {name!r} was removed with its published versions; apps may still ask for them",
        "{back}; to withdraw its versions list them under 'retired' in {meta}",
    ),
    "renumbered": Said(
        "a published version was renumbered to {to}; numbers are never reused", "git mv {new} {old}"
    ),
    "erased": Said(
        "{ref} is erased: apps that pin it get an error, and nothing brings it back",
        "for legal reasons only; to tell apps to leave a version list it under retired",
        "warning",
    ),
    "brought_back": Said("erased version {listed} is no longer listed", "list it again: erased: {all}"),
    "number_taken": Said("{branch} already has another version {number}{message}", "cuebook renumber {name}"),
    # Names: apps ask by them, and the past of a prompt is found by them.
    "renamed_unsaid": Said(
        "prompt {old} was renamed to {new} without 'formerly': apps lose it, and it loses its history",
        "write there: formerly: [{old}]",
    ),
    "never_called": Said(
        "formerly: {new!r} was not called {old!r} before this change",
        "take {old!r} out of 'formerly'",
    ),
    "still_called": Said(
        "formerly: {old!r} still exists as a prompt, so {new!r} has not replaced it",
        "take {old!r} out of 'formerly'{else_move}",
    ),
    "name_given_up": Said(
        "{new} was called {old} before, and what is published under that name stays",
        "choose a name that no prompt had",
    ),
    "former_name_dropped": Said(
        "formerly: {old} was removed, so another prompt could take that name",
        "list it again: formerly: [{old}]",
    ),
    # Folders and who reviews them.
    "folders_moved": Said(
        "folders are moved: {moved}",
        "rules for paths elsewhere, such as CODEOWNERS, branch rules and other workflows, "
        "name the old folder",
        "warning",
    ),
    "branch_changed": Said(
        "default_branch was {was} and is {now}: local checks compare with {now}, and proposals go into it",
        "change it only if the branch itself was renamed",
        "warning",
    ),
    "owner_lost": Said(
        "new files in {old} have an owner in {owners}, new files in {new} have none",
        "add a line for {new} to {owners}",
    ),
    "owners_gone": Said(
        "these paths lose the owner who reviews their changes: {paths}",
        "restore the lines of their owners, or ask those owners",
        "warning",
    ),
    # What protects apps.
    "alias_removed": Said(
        _REMOVED, "put the line back, or say in {path} who is responsible, why, and until when"
    ),
    "alias_misspelt": Said(
        _REMOVED,
        "write {alias!r} in place of {given!r}, or say in {path} who is responsible, why, and until when",
    ),
    "unprotected": Said(
        "{alias} is no longer protected",
        "list it again, or say in {path} who is responsible, why, and until when",
    ),
    "call_refused": Said(
        "{lack}",
        "keep the inputs, give new ones a default and name a model, or say in {path} who is responsible",
        "warning",
    ),
    "default_untried": Said(
        "{lack}",
        "leave it out of a tenth of the cases, in an earlier change, or say in {path} who is responsible",
        "warning",
    ),
    "labels_turned": Said(
        "{judge} is held to other labels on {count} of {answers}, as more people labelled them",
        "look at who labelled them, and at what those before them said",
        "warning",
    ),
    "loosened": Said(
        "{loosened}", "the next promotion is compared under the former rules as well{accept}", "warning"
    ),
}


def change_problem(code: ChangeCode, file: str, line: int = 0, /, **names: object) -> Problem:
    """Return the problem of a change at ``file``; ``names`` are those that its sentences need."""
    return problem(_SAID[code], code, file, line, names)


def base_skipped(revision: str, left: str, used: str) -> str:
    """Say that the commit which a change goes into has files that nobody can read."""
    return (
        f"{revision} has files at {left[:12]} that cannot be read and that this change corrects: compared "
        f"with {used[:12]} instead, so the commits in between count as part of it"
    )


def settings_of_base(revision: str) -> str:
    """Say that settings which a change edits do not count for it."""
    return (
        f"the settings are those of {revision}, as in the gate of a pull request; those of this checkout "
        "differ, and count from the next change on"
    )

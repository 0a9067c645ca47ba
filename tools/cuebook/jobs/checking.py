"""What is wrong in a checkout, given what was accepted before."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from cuebook.check import GAP, check, check_numbers, forgive
from cuebook.core import git
from cuebook.core.errors import GitError, InvalidFiles, Problem, UsageError, did_you_mean
from cuebook.core.layout import version_file
from cuebook.core.refs import version_number
from cuebook.jobs.workspace import Workspace
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.reader import Registry
from cuebook.registry.settings import place_of, readable_config
from cuebook.wording.prompt_files import prompt_problem
from cuebook.wording.tree_files import tree_problem


def published(workspace: Workspace) -> Registry | None:
    """The default branch as HEAD left it; None where Git or the settings do not say which that is."""
    with suppress(InvalidFiles, GitError):
        return workspace.at(workspace.default_base) if workspace.default_base else None
    return None


def problems_of(
    workspace: Workspace, before: Registry | None = None, asked: Collection[str] = ()
) -> list[Problem]:
    """Every problem of a checkout; ``before`` is the registry that its files were accepted in.

    Where none is given it is the default branch as HEAD left it, or else HEAD itself, and of versions only
    those in use, and those whose paths are ``asked`` for, are looked at for their models and variables.
    """
    paths = workspace.tree.paths(PROMPTS)
    drafts = {*asked, *(set(paths) - set(before.tree.paths(PROMPTS)) if before else ())}
    found = _without_gaps_ahead(workspace, check(workspace.tree, today=workspace.today, drafts=drafts))
    if not any(item.since for item in found):
        return found  # asking Git takes longer than all the rest of a small check
    known = before or published(workspace) or committed(workspace)
    return forgive(found, workspace.tree, known.tree if known else None)


def settings_problems(workspace: Workspace) -> list[Problem]:
    """Folders that the settings name and that are not there, though others of the registry are."""
    there, usual = workspace.layout, (PROMPTS, EVALS)
    named = (("prompts_dir", there.prompts, PROMPTS), ("evals_dir", there.evals, EVALS))
    known = {folder for folder in (*usual, there.prompts, there.evals) if (workspace.root / folder).is_dir()}
    missing = [(key, folder, name) for key, folder, name in named if known and folder not in known]
    with suppress(InvalidFiles):  # settings that cannot be read, which is said already
        return [
            tree_problem("folder_missing", *place_of(workspace.tree, key), key=key, folder=folder, usual=name)
            for key, folder, name in missing
            if folder != name
        ]
    return []


def branch_problem(workspace: Workspace) -> Problem | None:
    """A default branch of the settings that Git does not know; None where they name none."""
    branch, known = workspace.default_branch, git.branches(workspace.root)
    is_named = "default_branch" in readable_config(workspace.tree).model_fields_set
    if not is_named or not known or branch in known:
        return None
    with suppress(InvalidFiles):
        place = place_of(workspace.tree, "default_branch")
        return tree_problem("branch_missing", *place, branch=branch, near=did_you_mean(branch, known))
    return None


def why_no_base(workspace: Workspace) -> str:
    """Why there is no default branch to compare with, in a repository that has a commit. No full stop."""
    branch = workspace.default_branch
    is_known = branch in git.branches(workspace.root)
    why = "has no upstream here" if is_known else "is not one that Git knows"
    return f"{branch!r}, the default branch, {why}"


def taken_numbers(workspace: Workspace, base: str | None) -> list[Problem]:
    """Drafts whose number the branch that they are for has given to another version in the meantime."""
    branch = base or workspace.default_base
    with suppress(InvalidFiles, GitError):
        # Where the branch has not gone on since they began, nobody can have taken a number.
        if branch and workspace.left(branch) != git.commit_of(workspace.root, branch):
            settled, tip = workspace.at(branch), workspace.tip(branch)
            return check_numbers(settled.tree, tip.tree, workspace.tree, branch)
    return []


def by_cause(problems: list[Problem]) -> list[Problem]:
    """The problems without those that follow from another one and go when that is put right."""
    prompts = {item.file for item in problems if item.code == "prompt_removed"}
    gaps = {item.file.rpartition("/")[0] for item in problems if item.code in {"removed", "renumbered"}}

    gone = {item.key for item in problems if item.code in {"alias_removed", "alias_misspelt", "unprotected"}}
    errors = (item.file for item in problems if item.severity == "error")
    wrong = {file.rpartition("/")[0] for file in errors if file.startswith(f"{EVALS}/")}

    def follows(item: Problem) -> bool:
        folder = item.file.rpartition("/")[0]
        if item.code == "loosened":
            # An error of the suite is a slip, and no loosening; the digests to accept would be others, too.
            return folder in wrong or item.key in gone
        if item.code in {*_ONLY_FLOORS, "protected_misspelt", "alias_near_protected"}:
            return item.key in gone
        return folder in gaps if item.code in _FOLLOW else item.code == "alias_removed" and folder in prompts

    return [item for item in problems if not follows(item)]


_ONLY_FLOORS = {"baseline_missing", "baseline_misnamed"}
_FOLLOW = {GAP, "gap_deleted", "points_nowhere", "retired_unknown", "no_version"}
"""What a version that is gone leaves behind."""


def _below(path: str) -> set[str]:
    """The files of the versions before that of a path."""
    folder, _, file = path.rpartition("/")
    return {f"{folder}/{version_file(number)}" for number in range(1, version_number(file) or 0)}


def _with_deleted(workspace: Workspace, found: list[Problem]) -> list[Problem]:
    """The problems; of a missing number that HEAD has only what brings its file back."""
    head = committed(workspace)
    gone = set(head.tree.paths(PROMPTS)) - set(workspace.tree.paths(PROMPTS)) if head else set()
    made = []
    for item in found:
        lost = sorted(_below(item.file) & gone) if item.code == GAP else []
        told = prompt_problem("gap_deleted", item.file, paths=" ".join(lost)) if lost else item
        made.append(told)
    folders = {item.file.rpartition("/")[0] for item in made if item.code == "gap_deleted"}
    follows = _FOLLOW - {"gap_deleted"}
    return [item for item in made if not (item.code in follows and item.file.rpartition("/")[0] in folders)]


def _without_gaps_ahead(workspace: Workspace, found: list[Problem]) -> list[Problem]:
    """The problems, but for a missing number that the default branch has: it comes with the next merge."""
    if not any(item.code == GAP for item in found):
        return found
    if not workspace.default_base:
        return _with_deleted(workspace, found)
    settled = set(
        workspace.at(workspace.default_base).tree.paths(PROMPTS)
    )  # what is gone here comes by no merge
    there = set(workspace.tip(workspace.default_base).tree.paths(PROMPTS)) - settled
    here = set(workspace.tree.paths(PROMPTS))

    def is_ahead(item: Problem) -> bool:
        return item.code == GAP and _below(item.file) - here <= there

    kept = [item for item in found if not is_ahead(item)]
    ahead = (item.file for item in found if is_ahead(item))
    return kept + [prompt_problem("gap_ahead", file, branch=workspace.default_base) for file in ahead]


def committed(workspace: Workspace) -> Registry | None:
    """The registry in HEAD; None outside a repository and before the first commit."""
    with suppress(GitError, UsageError):  # no commit yet, or no repository
        return workspace.at("HEAD")
    return None

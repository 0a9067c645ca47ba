"""Find everything wrong in the repository's prompts, suites and datasets; all at once."""

from __future__ import annotations

import click

from cuebook.cli._base import base_of_change
from cuebook.cli._shared import json_option, print_json, say, workspace_option
from cuebook.core import git
from cuebook.core.errors import EXIT_FAIL, EXIT_PASS
from cuebook.core.format import plural
from cuebook.core.layout import shown
from cuebook.jobs import tracked_places
from cuebook.jobs.changes import change_problems
from cuebook.jobs.checking import (
    branch_problem,
    by_cause,
    committed,
    problems_of,
    published,
    settings_problems,
    taken_numbers,
    why_no_base,
)
from cuebook.jobs.workspace import Workspace
from cuebook.registry.overrides import FOLDER
from cuebook.registry.paths import EVALS, PROMPTS

_BELOW = {PROMPTS, EVALS, FOLDER}
_WORDS = ("file", "message", "hint")
_NOT_COMPARED = (
    "not compared with published versions: {why}; pass a commit to compare with: cuebook check --base COMMIT"
)
_NO_COMMIT = "not compared with published versions: nothing is committed yet"
_NO_GIT = (
    "not compared with published versions: this is not a Git repository; run git init and make a first commit"
)


@click.command("check")
@click.option("--base", metavar="REVISION", help="Branch to compare with; default: the default branch.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@json_option
@workspace_option
def command(workspace: Workspace, base: str | None, *, strict: bool, as_json: bool) -> int:
    """Find everything wrong in prompts, suites and datasets.

    Every problem comes with file, line and what to do; with --json also with a code, which stays the same
    when its words change. Versions that are already on the default branch (or on --base) must not have
    changed; others are drafts. Ends with 1 when there is an error.
    Example: cuebook check --base origin/main
    """
    before = base_of_change(workspace, base) if base else published(workspace)
    problems = problems_of(workspace, before or committed(workspace))
    problems += tracked_places.problems(workspace, before.tree if base and before else None)
    problems += tracked_places.hidden(workspace, base) if base else ()
    if before:
        problems = by_cause(problems + change_problems(workspace, before))
        problems += taken_numbers(workspace, base)
    elif unknown := branch_problem(workspace):
        problems.append(unknown)
    if missing := settings_problems(workspace):
        # Of all that is missing with a folder nothing is said.
        problems = missing + [item for item in problems if item.file.partition("/")[0] not in _BELOW]
    errors = sum(problem.severity == "error" or strict for problem in problems)
    if as_json:
        print_json(
            [
                {key: shown(value) if key in _WORDS else value for key, value in item._asdict().items()}
                for item in problems
            ]
        )
    else:
        for problem in problems:
            say(problem)
        say(_summary(workspace, errors, len(problems) - errors))
        if before is None:
            say(_why_not_compared(workspace))
    return EXIT_FAIL if errors else EXIT_PASS


def _why_not_compared(workspace: Workspace) -> str:
    # In this order: without Git there is no commit, and without a commit no branch.
    if git.top(workspace.root) is None:
        return _NO_GIT
    if committed(workspace) is None:
        return _NO_COMMIT
    return _NOT_COMPARED.format(why=why_no_base(workspace))


def _summary(workspace: Workspace, errors: int, warnings: int) -> str:
    registry = workspace.registry
    names = registry.names()
    versions = sum(len(registry.numbers(name)) for name in names)
    suites = len(registry.suite_names())
    found = f"{plural(len(names), 'prompt')}, {plural(versions, 'version')}, {plural(suites, 'suite')}"
    if not errors and not warnings:
        return f"{found}: all good"
    return f"{found}: {plural(errors, 'error')}, {plural(warnings, 'warning')}"

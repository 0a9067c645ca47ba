"""One step of a workflow: check a change, gate it, or publish what was merged."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from cuebook import ci, job, lint, reports
from cuebook.cli._choose import chosen
from cuebook.cli._shared import workspace_option
from cuebook.errors import EXIT_FAIL, GitError, Problem, UsageError
from cuebook.escape import fence
from cuebook.evaluation import Judged, judge_all
from cuebook.files import read_json, write_atomic
from cuebook.plan import Plan
from cuebook.registry import Registry
from cuebook.workspace import Workspace

FORMATS = ("markdown", "json", "junit", "annotations")
"""Reports of a gate: for the step summary, for programs, for test viewers, for the changed files."""

_F = TypeVar("_F", bound=Callable[..., Any])


def _base_option(function: _F) -> _F:
    return click.option(
        "--base", metavar="REVISION", help="What the change is held against; the event says it on GitHub."
    )(function)


@click.group("ci", short_help="One step of a workflow: check, gate or publish.")
def command() -> None:
    """One step of a workflow: check a change, gate it, or publish what was merged.

    On GitHub the base comes from the event and the report goes to the step summary; anywhere else name the
    base. Example: cuebook ci check --base origin/main
    """


@command.command("check")
@_base_option
@workspace_option
def check(workspace: Workspace, base: str | None) -> int:
    """Check the files, rehearse the gate offline, and build the site; needs no key.

    Safe for pull requests from forks. Example: cuebook ci check --base origin/main
    """
    revision = base or _base()
    before = workspace.at(revision) if revision else None
    problems = lint.check(workspace.tree)
    if before is not None:
        problems += lint.check_change(before.tree, workspace.tree)
    if _told(problems):
        return EXIT_FAIL
    offline = ci.without_models(workspace)
    plan = ci.offline_part(chosen(offline, (), revision, None))
    code = _report(
        offline, before, plan, judge_all(offline, plan.comparisons), workspace.root / "build" / "check"
    )
    job.publish_all(workspace)
    click.echo(f"site: {job.build_site(workspace)}")
    return code


@command.command("gate")
@_base_option
@workspace_option
def gate(workspace: Workspace, base: str | None) -> int:
    """Gate a change with the configured models, under the settings from before it.

    A fail stops the merge, an inconclusive verdict stops a promotion only. Reports go to build/gate.
    Example: cuebook ci gate --base origin/main
    """
    revision = base or _base()
    if revision is None:
        raise UsageError("nothing says what the change is held against", "cuebook ci gate --base origin/main")
    before = workspace.at(revision)
    guarded = ci.trusted(workspace, before)
    job.checked(workspace)
    plan = chosen(guarded, (), revision, None)
    return _report(
        guarded, before, plan, judge_all(guarded, plan.comparisons), workspace.root / "build" / "gate"
    )


@command.command("publish")
@_base_option
@workspace_option
def publish(workspace: Workspace, base: str | None) -> int:
    """Do the whole job on what was merged; stop when an alias moved to a version without a pass.

    A return to a version that was live before is published at once. Example: cuebook ci publish
    """
    before = _known(workspace, base or _base())
    done = job.run(workspace)
    weighed = [
        item
        for item in ci.weigh(
            done.judged,
            before,
            workspace.registry,
            workspace.history.moves,
            workspace.config.protected_aliases,
        )
        if item.promoted
    ]
    lines = [item.sentence for item in weighed] or ["no alias moved"]
    table = reports.render("table", [item.verdict for item in job.live_first(done.judged)])
    _summarise(ci.summary(f"{fence(table)}\n", lines))
    for line in lines:
        click.echo(line)
    return ci.exit_code(weighed)


def _known(workspace: Workspace, revision: str | None) -> Registry | None:
    """The registry at a revision; None when a forced push has taken it away, which makes every alias new."""
    try:
        return workspace.at(revision) if revision else None
    except GitError:
        return None


def _base() -> str | None:
    """What the event that started this workflow is held against; None outside GitHub."""
    event, path = os.environ.get("GITHUB_EVENT_NAME"), os.environ.get("GITHUB_EVENT_PATH")
    if not event or not path:
        return None
    try:
        payload = read_json(Path(path).read_text(encoding="utf-8"), depth=100)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the event's payload cannot be read: {error}", "name the base: --base main"
        ) from None
    return ci.base_of(event, payload)


def _told(problems: Sequence[Problem]) -> bool:
    """Show problems in the log and at their lines; whether any is an error."""
    for line in ci.commands_for(problems):
        click.echo(line)
    errors = [problem for problem in problems if problem.severity == "error"]
    click.echo(f"check: {len(errors)} errors, {len(problems) - len(errors)} warnings")
    if errors:
        _summarise(ci.summary("", [str(problem) for problem in errors]))
    return bool(errors)


def _report(
    workspace: Workspace, before: Registry | None, plan: Plan, judged: Sequence[Judged], out: Path
) -> int:
    """Write the reports, tell the log and the summary what they do to the change; the exit code."""
    verdicts = [item.verdict for item in judged]
    for name in FORMATS:
        path = out / f"gate{reports.find(name).SUFFIX}"
        write_atomic(path, reports.render(name, verdicts).encode())
    weighed = ci.weigh(
        judged, before, workspace.registry, workspace.history.moves, workspace.config.protected_aliases
    )
    lines = [*(item.sentence for item in weighed), *plan.notes]
    click.echo(reports.render("annotations", verdicts), nl=False)
    for line in lines:
        click.echo(line)
    _summarise(ci.summary(reports.render("markdown", verdicts) if verdicts else "", lines))
    return ci.exit_code(weighed)


def _summarise(data: bytes) -> None:
    """Add to the step's summary, where there is one."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("ab") as file:
            file.write(data)

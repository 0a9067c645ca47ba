"""Gate the prompt files of a fork's pull request, taken as bytes."""

from __future__ import annotations

import click

from cuebook import check, reports
from cuebook.cli import _event
from cuebook.cli._choose import refuse_broken
from cuebook.cli._reports import write_reports
from cuebook.cli._shared import say, workspace_option
from cuebook.cli._words import WholeNumber
from cuebook.cli.steps._places import STAGED
from cuebook.core.errors import InvalidFiles, ModelError
from cuebook.core.files import write_atomic
from cuebook.gate.change_plan import plan_change
from cuebook.github import fork_files, policy
from cuebook.github.api import from_environment
from cuebook.github.fork_files import Contribution, RegistryPlace
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.live_history import LiveHistory
from cuebook.jobs.promote import Proposed
from cuebook.jobs.workspace import Workspace
from cuebook.publish import data_branch
from cuebook.shapes._base import encode
from cuebook.wording.elsewhere import not_evaluated_line


@click.command("gate-fork")
@click.option("--pull", "number", type=WholeNumber(1), required=True, help="Number of the pull request.")
@click.option("--sha", "head", required=True, help="The approved commit: 40 characters.")
@workspace_option
def command(workspace: Workspace, number: int, head: str) -> int:
    """Gate the prompt files of a fork's pull request, taken as bytes from the commit that was approved.

    Run it on the default branch: judges, suites, thresholds, models and settings are those of the checkout. A
    pull request with anything but new versions and meta.yml is refused. Sets the outputs 'state' and
    'description' for 'cuebook ci status'. Example: cuebook ci gate-fork --pull 7 --sha SHA
    """
    try:
        brought = fork_files.fetch(
            from_environment(),
            workspace.root,
            number,
            head,
            workspace.config.default_branch,
            RegistryPlace(workspace.prefix, workspace.layout),
        )
        # Laid over this checkout as bytes: nothing of the fork is checked out, and nothing of it runs.
        after = Proposed(workspace.root, workspace.tree, dict(brought.files), workspace.config)
        _refuse(workspace, after, brought)
    except InvalidFiles as error:
        for line in policy.commands_for(error.problems):
            say(line)
        # Set before the error ends this step: a later job posts it on the commit.
        _event.output(state="error", description=f"refused: {len(error.problems)} problems; see the log")
        raise
    return _gate(workspace, after)


def _refuse(workspace: Workspace, after: Proposed, brought: Contribution) -> None:
    """Raise InvalidFiles for files that check would refuse, and for models that are not allowed."""
    found = [*check.check(after.tree, workspace.tree), *check.check_change(workspace.tree, after.tree)]
    wrong = [problem for problem in found if problem.severity == "error"]
    if wrong:
        raise InvalidFiles(wrong)
    mine = set(brought.files)
    versions = [item for name in after.registry.names() for item in after.registry.versions(name)]
    asked = {item.path: item.model for item in versions if item.path in mine}
    # A fork must not choose what is paid for; models that versions here ask are no new choice.
    known = {item.model for item in versions if item.path not in mine}
    if wrong := fork_files.model_problems(asked, workspace.config, known):
        raise InvalidFiles(wrong)


def _gate(workspace: Workspace, after: Proposed) -> int:
    protected, before = workspace.config.protected_aliases, workspace.registry
    past = LiveHistory(after, before)
    plan = plan_change(before, after.registry, protected, past.pasts(protected))
    # As for every fork: an app would run with words of somebody that nobody here knows.
    plan = policy.without_apps(plan, "target_fork")
    refuse_broken(after, plan, workspace.registry)
    try:
        judged = judge_all(after, plan.comparisons)
    except ModelError as error:
        say(policy.error_command(error))
        _event.output(state="error", description=error.message)
        raise
    verdicts = [item.verdict for item in judged]
    out, staged = workspace.output.emptied("gate-fork"), workspace.output.emptied(STAGED)
    write_reports(out, verdicts)
    seconds = [verdict for item in judged for verdict in item.seconds]
    for path, verdict in data_branch.by_path([*verdicts, *seconds]).items():
        # The job that writes to the data branch has no model's key, so the verdicts are left for it.
        write_atomic(staged / path, encode(verdict))
    weighed = policy.effects_of(judged, before, after.registry, past.versions, protected, past.tried)
    lines = policy.effect_lines(weighed)
    lines += map(not_evaluated_line, plan.nothing)
    for line in lines:
        say(line)
    code = policy.exit_code(weighed, plan.nothing)
    shown = reports.render("markdown", verdicts) if verdicts else ""
    _event.summarise(policy.summary(shown, lines))
    _event.output(state="failure" if code else "success", description="; ".join(lines))
    return code

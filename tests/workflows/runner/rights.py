"""What a job is given: its token's permissions, its secrets, its environment and who must agree first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workflows.runner.documents import matches
from workflows.runner.model import LEVELS, Environment
from workflows.runner.problems import InvalidWorkflow

if TYPE_CHECKING:
    from workflows.runner.events import Event
    from workflows.runner.github import GitHub

SCOPES = (
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
)


def granted(
    of_workflow: Any, of_job: Any, event: Event, cap: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A job's permissions. The job's own replace the workflow's; a fork's are cut down to reading.

    ``cap`` is what a calling job may do; asking for more is an error at the start of the run.
    """
    declared = of_job if of_job is not None else of_workflow
    if declared is None:
        found = dict(cap if cap is not None else event.github.default_permissions)
    elif isinstance(declared, str):
        found = dict.fromkeys(SCOPES, {"read-all": "read", "write-all": "write"}[declared])
    else:
        found = dict(declared)
    for scope, level in found.items():
        if cap is not None and LEVELS[level] > LEVELS[cap.get(scope, "none")]:
            allowed = f"{scope}: {cap.get(scope, 'none')}"
            raise InvalidWorkflow(f"the nested job wants '{scope}: {level}', but is only allowed '{allowed}'")
    if event.restricted:
        found = {scope: "read" if level == "write" else level for scope, level in found.items()}
        found.pop("id-token", None)
    return found


def secrets_of(github: GitHub, event: Event, environment: Environment | None) -> dict[str, str]:
    """The secrets of the repository and of the environment that a job names; none for a fork."""
    if event.restricted:
        return {}
    return {**github.secrets, **(environment.secrets if environment else {})}


def variables_of(github: GitHub, event: Event, environment: Environment | None) -> dict[str, str]:
    """``vars``; none for a fork."""
    if event.restricted:
        return {}
    return {**github.variables, **(environment.variables if environment else {})}


def find_environment(github: GitHub, name: str) -> Environment | None:
    """The environment a job names; one that does not exist is made, without rules, as on GitHub."""
    if not name:
        return None
    if name not in github.environments:
        github.environment(name)
    return github.environments[name]


def refused(environment: Environment, event: Event) -> str:
    """Why this ref may not use the environment; empty when it may."""
    ref = event.ref.removeprefix("refs/heads/")
    if environment.branches is None or matches(ref, environment.branches):
        return ""
    rules = "due to environment protection rules"
    return f'Branch "{ref}" is not allowed to deploy to {environment.name} {rules}.'


def check_approval(environment: Environment, event: Event, by: str) -> None:
    """Raise PermissionError for one who may not approve."""
    if by not in environment.reviewers:
        raise PermissionError(f"{by} is not a reviewer of {environment.name}")
    if environment.prevent_self_review and by == event.actor:
        raise PermissionError(f"{by} started the run and cannot approve it")

"""Compare what a repository's settings on GitHub allow with what its workflows rely on.

Read-only. A setting that the token may not see is ``unknown``: it is never taken for right or wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cuebook.core.errors import GitHubError, Refused
from cuebook.doctor.finding import Check, CheckState, judged
from cuebook.doctor.workflows import ON_A_CHANGE, Workflow
from cuebook.github.api import GitHub, segment
from cuebook.publish.data_branch import BRANCH

UNSEEN = "cannot be seen with this token"
_RIGHTS = (
    "use a token that may read the repository's administration, actions, environments, secrets and pages"
)

REQUIRED = ("check.yml", "gate.yml")
"""Workflows whose last jobs must have succeeded before anything is merged."""

REVIEWED = ("gate-fork.yml",)
"""Workflows that look at strangers' work with a key: a person must have agreed."""

_RULES = "Settings > Rules > Rulesets > the one for the default branch"
_ACTIONS = "Settings > Actions > General"


class _Unseen(Exception):
    """GitHub does not show this to the token, or says that it is not there."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def examine(github: GitHub, branch: str, workflows: Sequence[Workflow]) -> list[Check]:
    """Return every setting that matters, each ok, wrong or unseen. A GitHub out of reach is one finding."""
    parts: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        ("branch rules", lambda: _branch(github, branch, workflows)),
        ("branch rules", lambda: _data_branch(github)),
        ("environments", lambda: _environments(github, workflows)),
        ("secrets", lambda: _secrets(github, workflows)),
        ("Pages", lambda: _pages(github)),
        ("Actions", lambda: _allowed(github)),
        ("Actions", lambda: _token(github, workflows)),
        ("Actions", lambda: _forks(github)),
    ]
    try:
        found = list(_repository(github, branch))
        # Each by itself: a token may see one setting and not the next.
        for area, part in parts:
            try:
                found += list(part())
            except _Unseen as unseen:
                found.append(Check(area, "unseen", "unknown", f"{unseen.said} {UNSEEN}", _RIGHTS))
            except (AttributeError, KeyError, TypeError):
                what = "GitHub's answer has a form that this Cuebook does not know"
                found.append(Check(area, "unseen", "unknown", what))
    except Refused as error:
        return [Check("repository", "token", "problem", error.message, error.hint)]
    except GitHubError as error:
        return [
            Check(
                "repository", "unreachable", "unknown", f"GitHub cannot be asked: {error.message}", error.hint
            )
        ]
    return found


def _get(github: GitHub, path: str, what: str) -> Any:
    """The answer. Raises _Unseen when it is refused, Refused when the token itself is."""
    try:
        return github.get(path)
    except Refused as error:
        if error.status == 401:  # the token itself is wrong: nothing else can be seen with it either
            raise
        raise _Unseen(what) from None


def _repository(github: GitHub, branch: str) -> Iterator[Check]:
    default = github.get("").get("default_branch", "")
    yield judged(
        "repository",
        "default_branch",
        default == branch,
        (
            f"the default branch is {branch}",
            f"the default branch is {default!r}, but the settings say {branch!r}",
        ),
        f"set default_branch = {default!r} in the settings of Cuebook",
    )


def _branch(github: GitHub, branch: str, workflows: Sequence[Workflow]) -> Iterator[Check]:
    rules = _get(github, f"rules/branches/{segment(branch)}", f"rules of {branch}")
    # Rules and the older branch protection hold side by side, so what one lacks the other may have.
    classic, seen = _classic(github, branch)
    absent: CheckState = "problem" if seen else "unknown"
    note = "" if seen else f" in a ruleset; an older branch protection {UNSEEN}"
    required = {
        check["context"]
        for rule in rules
        if rule["type"] == "required_status_checks"
        for check in rule["parameters"]["required_status_checks"]
    }
    required |= set((classic.get("required_status_checks") or {}).get("contexts", []))
    for workflow in workflows:
        for job in workflow.last_jobs if workflow.file in REQUIRED else ():
            said = (f"{job.check!r} must succeed", f"{job.check!r} of {workflow.file} is not required{note}")
            cure = f"{_RULES} > Require status checks to pass: add {job.check!r}, source GitHub Actions"
            yield judged("branch rules", "required_check", job.check in required, said, cure, absent)
    # Who calls Cuebook has workflows of other names, and nobody here knows which checks are theirs.
    if not {item.file for item in workflows} & set(REQUIRED):
        said = ("checks must succeed before a merge", f"no check must succeed before a merge{note}")
        yield judged(
            "branch rules",
            "required_check",
            bool(required),
            said,
            f"{_RULES} > Require status checks to pass",
            absent,
        )
    pulls = [rule["parameters"] for rule in rules if rule["type"] == "pull_request"]
    reviews = classic.get("required_pull_request_reviews") or {}
    owners = reviews.get("require_code_owner_reviews") or any(
        item.get("require_code_owner_review") for item in pulls
    )
    said = ("code owners must review", f"code owners need not review{note}")
    yield judged(
        "branch rules",
        "code_owner_review",
        bool(owners),
        said,
        f"{_RULES} > Require a pull request before merging > Require review from Code Owners",
        absent,
    )


def _classic(github: GitHub, branch: str) -> tuple[dict[str, Any], bool]:
    """The older kind of branch protection ({} for none), and whether the token may see that."""
    try:
        found = github.get(f"branches/{segment(branch)}/protection")
    except Refused as error:
        # GitHub says 404 of a branch without protection, and to a token that may not look as well.
        return {}, error.status == 404 and "not protected" in error.message
    return (found, True) if isinstance(found, dict) else ({}, False)


def _data_branch(github: GitHub) -> Iterator[Check]:
    kinds = {rule["type"] for rule in _get(github, f"rules/branches/{BRANCH}", f"rules of {BRANCH}")}
    yield judged(
        "branch rules",
        "data_branch",
        {"non_fast_forward", "deletion"} <= kinds,
        (f"{BRANCH} only grows", f"{BRANCH}, which keeps the evidence, may be rewritten or deleted"),
        f"Settings > Rules > Rulesets > New branch ruleset: {BRANCH}, restrict deletions, block force pushes",
        "warning",
    )


UNASKED = "notify"
"""The environment of a job that runs only where the settings name repositories to notify of moves."""


def _environments(github: GitHub, workflows: Sequence[Workflow]) -> Iterator[Check]:
    # One that is only called runs in the repository of its caller, with the environments there.
    own = [item for item in workflows if set(item.triggers) != {"workflow_call"}]
    wanted = sorted({job.environment for item in own for job in item.jobs if job.environment} - {UNASKED})
    if not wanted:
        return
    listed = _get(github, "environments", f"environments ({', '.join(wanted)})")["environments"]
    there = {item["name"]: item for item in listed}
    for name in wanted:
        if "${{" in name:
            yield Check(
                "environments",
                "environment",
                "unknown",
                f"{name!r} gets its name only while the workflow runs",
            )
        elif name not in there:
            what = f"{name!r} does not exist: a workflow would create it without any protection"
            yield Check(
                "environments",
                "environment",
                "problem",
                what,
                f"Settings > Environments > New environment: {name}",
            )
        else:
            users = [item for item in own if name in {job.environment for job in item.jobs}]
            yield from _environment(github, there[name], users)


def _environment(github: GitHub, item: Any, users: Sequence[Workflow]) -> Iterator[Check]:
    name = item["name"]
    place = f"Settings > Environments > {name}"
    rules = [rule for rule in item.get("protection_rules") or [] if rule["type"] == "required_reviewers"]
    asked = any(rule.get("reviewers") for rule in rules)
    policy = item.get("deployment_branch_policy")
    by_stranger = any(user.file in REVIEWED for user in users)
    on_change = [user.file for user in users if set(user.triggers) & ON_A_CHANGE]
    if by_stranger or on_change:
        why = "strangers' prompts reach a key" if by_stranger else f"{on_change[0]} spends money"
        said = (f"{name}: required reviewers are set", f"{name}: no required reviewers, although {why}")
        state: CheckState = "problem" if by_stranger else "warning"
        yield judged("environments", "reviewers", asked, said, f"{place} > Required reviewers", state)
    if by_stranger and asked:
        alone = any(rule.get("prevent_self_review") for rule in rules)
        said = (f"{name}: self-review is prevented", f"{name}: self-review is allowed")
        yield judged("environments", "self_review", alone, said, f"{place} > Prevent self-review", "warning")
    if on_change:
        shut = bool(policy) and not _admits_pulls(github, name, policy)
        said = (
            f"{name}: pull requests may use it",
            f"{name}: no pull request can use it, but {on_change[0]} must",
        )
        cure = f"{place} > Deployment branches and tags > No restriction, or add refs/pull/*/merge"
        yield judged("environments", "branches", not shut, said, cure)
    else:
        said = (f"{name}: chosen branches only", f"{name}: any branch may use it and what it holds")
        cure = f"{place} > Deployment branches and tags > Selected branches: the default branch"
        yield judged("environments", "branches", bool(policy), said, cure)


def _admits_pulls(github: GitHub, name: str, policy: Any) -> bool:
    """Whether a chosen list of branches holds the refs that pull requests run on."""
    if policy.get("protected_branches"):
        return False  # the ref of a pull request's merge is no branch, so no rule protects it
    path = f"environments/{segment(name)}/deployment-branch-policies"
    listed = _get(github, path, f"branches of {name}")["branch_policies"]
    return any(item["name"].startswith("refs/pull/") for item in listed)


def _secrets(github: GitHub, workflows: Sequence[Workflow]) -> Iterator[Check]:
    guarded = {name for item in workflows for job in item.jobs if job.environment for name in job.secrets} - {
        "GITHUB_TOKEN"
    }
    if not guarded:
        return
    # Stored for the repository as well, a key is handed to any workflow, whatever its environment guards.
    listed = _get(github, "actions/secrets", "names of the repository's secrets")["secrets"]
    exposed = sorted(guarded & {item["name"] for item in listed})
    yield judged(
        "secrets",
        "exposed",
        not exposed,
        (
            "keys are environment secrets",
            f"{', '.join(exposed)}: any workflow on any branch can read this",
        ),
        "put it into the environments (Settings > Environments), then delete it under "
        "Settings > Secrets and variables > Actions > Repository secrets",
    )


def _pages(github: GitHub) -> Iterator[Check]:
    kind = _get(github, "pages", "whether Pages is on").get("build_type")
    said = (
        "Pages serves what publish.yml deploys",
        "Pages builds from a branch, so publish.yml cannot deploy",
    )
    yield judged("Pages", "source", kind == "workflow", said, "Settings > Pages > Source: GitHub Actions")


def _allowed(github: GitHub) -> Iterator[Check]:
    found = _get(github, "actions/permissions", "which actions may run")
    if not found["enabled"]:
        yield Check(
            "Actions", "enabled", "problem", "Actions are switched off", f"{_ACTIONS} > Actions permissions"
        )
        return
    said = ("actions must be pinned to a full SHA", "a workflow may run actions that are not pinned")
    cure = f"{_ACTIONS} > Require actions to be pinned to a full-length commit SHA"
    yield judged("Actions", "pinned", bool(found.get("sha_pinning_required")), said, cure, "warning")


def _token(github: GitHub, workflows: Sequence[Workflow]) -> Iterator[Check]:
    found = _get(github, "actions/permissions/workflow", "what workflows may by default")
    said = ("by default a workflow may only read", "by default a workflow may write to the repository")
    cure = f"{_ACTIONS} > Workflow permissions > Read repository contents and packages permissions"
    yield judged("Actions", "token_rights", found["default_workflow_permissions"] == "read", said, cure)
    # A job with both rights pushes a branch and opens a pull request of it.
    opening = [
        item.file
        for item in workflows
        for job in item.jobs
        if (job.permissions or {}).get("contents") == (job.permissions or {}).get("pull-requests") == "write"
    ]
    if opening:
        said = (
            "workflows may open pull requests",
            f"{opening[0]} may not open pull requests without a token of its own (PULL_REQUEST_TOKEN)",
        )
        cure = f"{_ACTIONS} > Allow GitHub Actions to create and approve pull requests"
        yield judged(
            "Actions",
            "pull_requests",
            bool(found.get("can_approve_pull_request_reviews")),
            said,
            cure,
            "warning",
        )


def _forks(github: GitHub) -> Iterator[Check]:
    path = "actions/permissions/fork-pr-contributor-approval"
    policy = _get(github, path, "which pull requests run without approval").get("approval_policy")
    cure = f"{_ACTIONS} > Approval for running fork pull request workflows > Require approval for all"
    said = (
        "workflows of pull requests from outside wait for approval",
        "outside contributors can run workflows without approval after one merged pull request",
    )
    yield judged("Actions", "fork_approval", policy == "all_external_contributors", said, cure, "warning")

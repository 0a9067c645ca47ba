"""The events that start workflows, with payloads made from the stand-in's own state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workflows.runner import payloads
from workflows.runner.model import Comment, Issue, PullRequest, WorkflowRun
from workflows.runner.repository import ZERO

if TYPE_CHECKING:
    from workflows.runner.github import GitHub
    from workflows.runner.results import Result

CAN_WRITE = {"admin", "maintain", "write"}
"""Roles that may start a workflow by hand."""


@dataclass
class Event:
    """Something that happened. ``restricted``: runs get a read-only token, no secrets and no variables."""

    github: GitHub
    name: str
    payload: dict[str, Any]
    sha: str
    ref: str
    actor: str
    base_ref: str = ""
    head_ref: str = ""
    restricted: bool = False
    paths: list[str] = field(default_factory=list)
    head: tuple[str, str, str] | None = None
    pull_requests: list[int] = field(default_factory=list)

    @property
    def action(self) -> str | None:
        """The activity, such as ``opened``."""
        return self.payload.get("action")


def pull_request(
    github: GitHub, pull: PullRequest, action: str = "opened", *, by: str | None = None, **more: Any
) -> Event:
    """A pull request was opened, pushed to or labelled. Raises ValueError for one in conflict."""
    github.refresh()
    if pull.merge_sha is None:
        raise ValueError(f"pull request {pull.number} is in conflict, for which GitHub runs nothing")
    actor = by or pull.by
    payload = {
        "action": action,
        "number": pull.number,
        "pull_request": payloads.pull_request(pull, github),
        **_common(github, actor),
        **more,
    }
    fork = pull.head_repository != github.full_name
    return Event(
        github,
        "pull_request",
        payload,
        pull.merge_sha,
        f"refs/pull/{pull.number}/merge",
        actor,
        base_ref=pull.base_branch,
        head_ref=pull.head_branch,
        restricted=fork or actor == "dependabot[bot]",
        paths=[path for _, path in github.repository.changed(pull.base_sha, pull.head_sha)],
        head=(pull.head_sha, pull.head_branch, pull.head_repository),
        pull_requests=[pull.number],
    )


def merge_group(github: GitHub, pull: PullRequest) -> Event:
    """A pull request is first in the merge queue: it runs in the base repository, with secrets."""
    base = github.repository.resolve(f"refs/heads/{pull.base_branch}")
    assert base is not None
    branch = f"gh-readonly-queue/{pull.base_branch}/pr-{pull.number}-{base}"
    message = f"Merge pull request #{pull.number} from {pull.head_repository}/{pull.head_branch}"
    sha = github.repository.merge(f"refs/heads/{branch}", base, pull.head_sha, message)
    if sha is None:
        raise ValueError(f"pull request {pull.number} is in conflict, so the queue drops it")
    group = {
        "head_sha": sha,
        "head_ref": f"refs/heads/{branch}",
        "base_sha": base,
        "base_ref": f"refs/heads/{pull.base_branch}",
        "head_commit": {"id": sha, "message": message},
    }
    actor = "github-merge-queue[bot]"
    payload = {"action": "checks_requested", "merge_group": group, **_common(github, actor)}
    return Event(github, "merge_group", payload, sha, f"refs/heads/{branch}", actor)


def push(
    github: GitHub, before: str | None = None, *, branch: str = "main", tag: str = "", by: str = "ada"
) -> Event:
    """A branch or tag was pushed; ``before`` is where it was, by default the parent of its tip."""
    ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}"
    after = github.repository.resolve(ref)
    assert after is not None
    before = before or github.repository.resolve(f"{after}^") or ZERO
    paths = [] if before == ZERO else [path for _, path in github.repository.changed(before, after)]
    payload = {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == ZERO,
        "deleted": False,
        "forced": False,
        "head_commit": {"id": after},
        "pusher": {"name": by},
        **_common(github, by),
    }
    return Event(github, "push", payload, after, ref, by, paths=paths, restricted=by == "dependabot[bot]")


def workflow_dispatch(
    github: GitHub, inputs: Mapping[str, str] | None = None, *, ref: str = "main", by: str = "ada"
) -> Event:
    """Somebody pressed the button, or a token dispatched it. Raises PermissionError for one who may not."""
    if by != "github-actions[bot]" and github.roles.get(by) not in CAN_WRITE:
        raise PermissionError(f"{by} needs write access to start a workflow")
    sha = github.repository.resolve(f"refs/heads/{ref}")
    assert sha is not None
    full = f"refs/heads/{ref}"
    payload = {"ref": full, "inputs": dict(inputs or {}), **_common(github, by)}
    return Event(github, "workflow_dispatch", payload, sha, full, by)


def workflow_run(github: GitHub, found: Result | WorkflowRun, action: str = "completed") -> Event:
    """A run began or ended; what it starts works on the default branch, whoever caused the first run."""
    run = found if isinstance(found, WorkflowRun) else found.run
    payload = {
        "action": action,
        "workflow_run": payloads.workflow_run(run, github),
        "workflow": {"name": run.name, "path": run.path},
        **_common(github, run.actor),
    }
    return _on_default_branch(github, "workflow_run", payload, run.actor)


def schedule(github: GitHub, cron: str = "0 3 * * *") -> Event:
    """It is time."""
    return _on_default_branch(github, "schedule", {"schedule": cron, **_common(github, "ada")}, "ada")


def issues(github: GitHub, issue: Issue, action: str = "opened", *, label: str = "", by: str = "") -> Event:
    """An issue was opened, edited or labelled."""
    actor = by or issue.by
    payload = {"action": action, "issue": payloads.issue(issue, github), **_common(github, actor)}
    if label:
        payload["label"] = {"name": label}
    return _on_default_branch(github, "issues", payload, actor)


def issue_comment(github: GitHub, comment: Comment, action: str = "created") -> Event:
    """Somebody commented on an issue or pull request."""
    payload = {
        "action": action,
        "comment": payloads.comment(comment, github),
        "issue": payloads.issue(github.issues[comment.number], github),
        **_common(github, comment.by),
    }
    return _on_default_branch(github, "issue_comment", payload, comment.by)


def _on_default_branch(github: GitHub, name: str, payload: dict[str, Any], actor: str) -> Event:
    ref = f"refs/heads/{github.default_branch}"
    sha = github.repository.resolve(ref)
    assert sha is not None
    return Event(github, name, payload, sha, ref, actor)


def _common(github: GitHub, actor: str) -> dict[str, Any]:
    return {
        "repository": payloads.repository(github.full_name, github),
        "sender": payloads.user(actor, github),
    }


def record(event: Event, name: str, path: str) -> WorkflowRun:
    """The run that an event starts, as ``/actions/runs`` lists it."""
    github = event.github
    head = event.head or (event.sha, event.ref.removeprefix("refs/heads/"), github.full_name)
    number = 1 + sum(run.path == path for run in github.runs.values())
    run = WorkflowRun(
        github.next_id(),
        name,
        path,
        event.name,
        *head,
        event.pull_requests,
        event.actor,
        number,
        github.now(),
    )
    github.runs[run.id] = run
    return run

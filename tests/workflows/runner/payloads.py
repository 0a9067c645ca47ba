"""Records as GitHub's REST API and webhooks write them, with the fields that workflows read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from workflows.runner.model import Artifact, CheckRun, Comment, Issue, PullRequest, WorkflowRun

if TYPE_CHECKING:
    from workflows.runner.github import GitHub


def user(login: str, github: GitHub) -> dict[str, Any]:
    """An account; its id is made from its name."""
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {
        "login": login,
        "id": crc32(login.encode()),
        "type": kind,
        "site_admin": False,
        "url": f"{github.api_url}/users/{login}",
        "html_url": f"{github.url}/{login}",
    }


def repository(full_name: str, github: GitHub) -> dict[str, Any]:
    """The repository or a fork of it."""
    owner, _, name = full_name.partition("/")
    return {
        "id": crc32(full_name.encode()),
        "name": name,
        "full_name": full_name,
        "owner": user(owner, github),
        "private": github.visibility != "public",
        "visibility": github.visibility,
        "fork": full_name != github.full_name,
        "default_branch": github.default_branch,
        "url": f"{github.api_url}/repos/{full_name}",
        "html_url": f"{github.url}/{full_name}",
        "clone_url": f"{github.url}/{full_name}.git",
    }


def association(login: str, github: GitHub) -> str:
    """How an author stands to the repository."""
    if login == github.owner:
        return "OWNER"
    return "COLLABORATOR" if login in github.roles else "NONE"


def issue(item: Issue, github: GitHub) -> dict[str, Any]:
    """An issue; a pull request is one with the key ``pull_request``."""
    url = f"{github.api_url}/repos/{github.full_name}"
    kind = "pull" if isinstance(item, PullRequest) else "issues"
    found = {
        "id": 5000 + item.number,
        "number": item.number,
        "title": item.title,
        "body": item.body,
        "state": item.state,
        "locked": item.locked,
        "user": user(item.by, github),
        "author_association": association(item.by, github),
        "labels": [{"name": name, "color": "ededed", "default": False} for name in item.labels],
        "assignees": [user(name, github) for name in item.assignees],
        "comments": sum(found.number == item.number for found in github.comments.values()),
        "created_at": item.created,
        "updated_at": item.created,
        "url": f"{url}/issues/{item.number}",
        "comments_url": f"{url}/issues/{item.number}/comments",
        "html_url": f"{github.url}/{github.full_name}/{kind}/{item.number}",
    }
    if isinstance(item, PullRequest):
        found["pull_request"] = {"url": f"{url}/pulls/{item.number}", "merged_at": item.merged_at}
    return found


def pull_request(pull: PullRequest, github: GitHub) -> dict[str, Any]:
    """A pull request."""
    shared = issue(pull, github)
    for name in ("pull_request", "comments"):
        del shared[name]
    url = f"{github.api_url}/repos/{github.full_name}"
    return shared | {
        "url": f"{url}/pulls/{pull.number}",
        "issue_url": f"{url}/issues/{pull.number}",
        "draft": pull.draft,
        "merged": pull.merged_at is not None,
        "merged_at": pull.merged_at,
        "mergeable": pull.merge_sha is not None,
        "merge_commit_sha": pull.merge_sha,
        "requested_reviewers": [user(name, github) for name in pull.reviewers],
        "head": _side(pull.head_branch, pull.head_sha, pull.head_repository, github),
        "base": _side(pull.base_branch, pull.base_sha, github.full_name, github),
    }


def _side(branch: str, sha: str, full_name: str, github: GitHub) -> dict[str, Any]:
    owner = full_name.partition("/")[0]
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(owner, github),
        "repo": repository(full_name, github),
    }


def comment(item: Comment, github: GitHub) -> dict[str, Any]:
    """A comment on an issue or pull request."""
    kind = "pull" if isinstance(github.issues[item.number], PullRequest) else "issues"
    url = f"{github.api_url}/repos/{github.full_name}"
    return {
        "id": item.id,
        "body": item.body,
        "user": user(item.by, github),
        "author_association": association(item.by, github),
        "created_at": item.created,
        "updated_at": item.updated,
        "url": f"{url}/issues/comments/{item.id}",
        "issue_url": f"{url}/issues/{item.number}",
        "html_url": f"{github.url}/{github.full_name}/{kind}/{item.number}#issuecomment-{item.id}",
    }


def check_run(item: CheckRun, github: GitHub) -> dict[str, Any]:
    """A check run."""
    output = dict(item.data.get("output") or {})
    output["annotations_count"] = len(output.pop("annotations", []))
    return {
        "status": "queued",
        "conclusion": None,
        "details_url": f"{github.url}/{github.full_name}/runs/{item.id}",
        **item.data,
        "id": item.id,
        "name": item.name,
        "head_sha": item.head_sha,
        "url": f"{github.api_url}/repos/{github.full_name}/check-runs/{item.id}",
        "html_url": f"{github.url}/{github.full_name}/runs/{item.id}",
        "output": {
            "title": None,
            "summary": None,
            "text": None,
            **output,
        },
        "app": {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"},
        "pull_requests": [],
    }


def workflow_run(run: WorkflowRun, github: GitHub) -> dict[str, Any]:
    """A run. Its ``pull_requests`` is empty when the head is in a fork, as on GitHub."""
    url = f"{github.api_url}/repos/{github.full_name}/actions"
    own = run.head_repository == github.full_name
    pulls = [github.issues[number] for number in run.pull_requests if own]
    return {
        "id": run.id,
        "name": run.name,
        "path": run.path,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "head_sha": run.head_sha,
        "head_branch": run.head_branch,
        "head_commit": {"id": run.head_sha},
        "head_repository": repository(run.head_repository, github),
        "repository": repository(github.full_name, github),
        "workflow_id": crc32(run.path.encode()),
        "run_number": run.number,
        "run_attempt": 1,
        "actor": user(run.actor, github),
        "triggering_actor": user(run.actor, github),
        "created_at": run.created,
        "updated_at": run.created,
        "pull_requests": [_minimal(pull, github) for pull in pulls if isinstance(pull, PullRequest)],
        "url": f"{url}/runs/{run.id}",
        "artifacts_url": f"{url}/runs/{run.id}/artifacts",
        "html_url": f"{github.url}/{github.full_name}/actions/runs/{run.id}",
    }


def _minimal(pull: PullRequest, github: GitHub) -> dict[str, Any]:
    return {
        "id": 5000 + pull.number,
        "number": pull.number,
        "head": {"ref": pull.head_branch, "sha": pull.head_sha},
        "base": {"ref": pull.base_branch, "sha": pull.base_sha},
    }


def artifact(item: Artifact, github: GitHub) -> dict[str, Any]:
    """An artifact."""
    run = github.runs[item.run_id]
    url = f"{github.api_url}/repos/{github.full_name}/actions/artifacts/{item.id}"
    return {
        "id": item.id,
        "name": item.name,
        "size_in_bytes": len(item.data),
        "expired": item.expired,
        "created_at": item.created,
        "url": url,
        "archive_download_url": f"{url}/zip",
        "workflow_run": {
            "id": run.id,
            "repository_id": repository(github.full_name, github)["id"],
            "head_repository_id": repository(run.head_repository, github)["id"],
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    }

"""What the stand-in of GitHub remembers: plain records, changed by tests and by the REST routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LEVELS = {"none": 0, "read": 1, "write": 2}
"""Permission levels, weakest first."""


@dataclass
class Token:
    """A job's token: what it may do, and what it was used for."""

    value: str
    permissions: dict[str, str]
    run_id: int
    job: str
    actor: str
    used: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def may(self, scope: str, level: str) -> bool:
        """Whether the token has the permission; noted as used when it does, else as refused."""
        if LEVELS[self.permissions.get(scope, "none")] < LEVELS[level]:
            self.refused.add((scope, level))
            return False
        self.used.add((scope, level))
        return True


@dataclass
class Comment:
    """A comment on an issue or pull request."""

    id: int
    number: int
    body: str
    by: str
    created: str
    updated: str = ""


@dataclass
class Issue:
    """An issue, or the issue side of a pull request."""

    number: int
    title: str
    body: str
    by: str
    created: str
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    state: str = "open"
    locked: bool = False


@dataclass
class PullRequest(Issue):
    """A pull request. ``head_repository`` is the fork's full name when it comes from one."""

    head_branch: str = ""
    head_repository: str = ""
    head_ref: str = ""
    head_sha: str = ""
    base_branch: str = "main"
    base_sha: str = ""
    merge_sha: str | None = None
    draft: bool = False
    merged_at: str | None = None
    reviewers: list[str] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class CheckRun:
    """A check run; ``data`` holds what the creator sent."""

    id: int
    head_sha: str
    name: str
    data: dict[str, Any]


@dataclass
class Status:
    """A commit status."""

    id: int
    sha: str
    context: str
    state: str
    data: dict[str, Any]
    by: str


@dataclass
class Artifact:
    """A zip that a run uploaded."""

    id: int
    name: str
    run_id: int
    data: bytes
    created: str
    expired: bool = False


@dataclass
class WorkflowRun:
    """A finished or running run, as ``/actions/runs`` shows it."""

    id: int
    name: str
    path: str
    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    pull_requests: list[int]
    actor: str
    number: int
    created: str
    status: str = "in_progress"
    conclusion: str | None = None
    jobs: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Environment:
    """A deployment environment. its jobs wait for ``reviewers``; only ``branches`` may use it."""

    name: str
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    reviewers: tuple[str, ...] = ()
    branches: tuple[str, ...] | None = None
    prevent_self_review: bool = False


@dataclass
class CacheEntry:
    """A cache: visible to runs of its own ref and, from a base or default branch, to others."""

    ref: str
    key: str
    version: str
    data: bytes
    order: int


@dataclass
class Triggered:
    """An event that a job's token caused. ``runs``: ``yes``, ``after approval`` or ``no`` workflow run."""

    event: str
    action: str
    target: str
    runs: str
    inputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Attestation:
    """A signed statement about a file."""

    name: str
    digest: str
    predicate_type: str
    predicate: Any
    run_id: int


@dataclass
class Request:
    """A request that reached the REST stand-in. ``job`` is None for one without a known token."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    job: str | None
    run_id: int | None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

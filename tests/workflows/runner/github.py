"""The stand-in of GitHub: one repository with its settings, what happened in it, and the loopback server.

Tests change it as people do (commit, open a pull request, comment, approve) and look at it afterwards.
"""

from __future__ import annotations

import copy
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from workflows.runner.model import (
    Artifact,
    Attestation,
    CacheEntry,
    CheckRun,
    Comment,
    Environment,
    Issue,
    PullRequest,
    Request,
    Status,
    Token,
    Triggered,
    WorkflowRun,
)
from workflows.runner.repository import ZERO, Content, Repository
from workflows.runner.server import Hook, Reply, Server

BOT = "github-actions[bot]"
"""Who acts when a job's token does."""

DEFAULT_PERMISSIONS = {"contents": "read", "packages": "read"}
"""What a workflow without ``permissions`` gets in a new repository."""


class GitHub:
    """One repository on a loopback GitHub.

    ``full_name`` is the repository's. ``roles`` maps logins to admin, maintain, write, triage or read.
    Settings that tests may change: ``secrets``, ``variables``, ``visibility``, ``environments``, ``roles``,
    ``rules`` (those on the default branch), ``protected_branches`` (tokens cannot push there),
    ``default_permissions`` and ``actions_open_pull_requests`` (off in new repositories on GitHub).
    """

    def __init__(self, folder: Path, files: Mapping[str, Content], full_name: str = "acme/prompts") -> None:
        self.folder = folder
        self.full_name = full_name
        self.default_branch = "main"
        self.visibility = "public"
        self.repository = Repository(folder / "origin.git")
        self.roles = {"ada": "admin", "bob": "write"}
        self.secrets: dict[str, str] = {}
        self.variables: dict[str, str] = {}
        self.environments: dict[str, Environment] = {}
        self.rules: list[dict[str, Any]] = []
        self.rulesets: list[dict[str, Any]] = []
        self.protected_branches: set[str] = set()
        self.actions_open_pull_requests = True
        self.default_permissions = dict(DEFAULT_PERMISSIONS)
        self.forks: set[str] = set()
        self.issues: dict[int, Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.labels: set[str] = set()
        self.issue_events: list[dict[str, Any]] = []
        self.check_runs: dict[int, CheckRun] = {}
        self.statuses: list[Status] = []
        self.artifacts: dict[int, Artifact] = {}
        self.runs: dict[int, WorkflowRun] = {}
        self.caches: list[CacheEntry] = []
        self.attestations: list[Attestation] = []
        self.deployments: list[dict[str, Any]] = []
        self.pushes: list[dict[str, str]] = []
        self.pages: dict[str, bytes] | None = None
        self.tokens: dict[str, Token] = {}
        self.triggered: list[Triggered] = []
        self.requests: list[Request] = []
        self.unknown: list[str] = []
        self.lock = threading.RLock()
        self._last_id = 1000
        self._last_number = 0
        self._merged: dict[int, tuple[str, str]] = {}
        self.repository.commit(files, "refs/heads/main", "Begin", "ada")
        self.server = Server(self)

    def take_over(self, other: GitHub) -> None:
        """Go on from where another one is: its repository, its settings and all that happened there."""
        shutil.rmtree(self.repository.folder)
        shutil.copytree(other.repository.folder, self.repository.folder)
        self.repository.time = other.repository.time
        own = {"folder", "repository", "server", "lock", "tokens"}
        for name, value in vars(other).items():
            if name not in own:
                setattr(self, name, copy.deepcopy(value))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    @property
    def url(self) -> str:
        """GITHUB_SERVER_URL of its runs."""
        return self.server.url

    @property
    def api_url(self) -> str:
        """GITHUB_API_URL of its runs."""
        return f"{self.server.url}/api/v3"

    @property
    def owner(self) -> str:
        """The account that the repository belongs to."""
        return self.full_name.partition("/")[0]

    def now(self) -> str:
        """The time of the next thing that happens, as GitHub writes it."""
        return datetime.fromtimestamp(self.repository.tick(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def next_id(self) -> int:
        """An id that nothing has yet."""
        self._last_id += 1
        return self._last_id

    def next_number(self) -> int:
        """The next number that issues and pull requests share."""
        self._last_number += 1
        return self._last_number

    # What people do

    def commit(
        self, files: Mapping[str, Content], branch: str = "main", message: str = "Change", by: str = "bob"
    ) -> str:
        """Push a commit to a branch of this repository; a new branch starts at the default branch.

        Pull requests from the branch or into it follow, as on GitHub.
        """
        start = self.repository.resolve(f"refs/heads/{self.default_branch}")
        ref = f"refs/heads/{branch}"
        before = self.repository.resolve(ref) or ZERO
        sha = self.repository.commit(files, ref, message, by, parent=start)
        self.pushes.append({"ref": ref, "before": before, "after": sha, "timestamp": self.now()})
        self.refresh()
        return sha

    def commit_to_fork(
        self, files: Mapping[str, Content], branch: str = "idea", message: str = "Change", by: str = "eve"
    ) -> str:
        """Push a commit to a branch of somebody's fork; a new branch starts at our default branch."""
        start = self.repository.resolve(f"refs/heads/{self.default_branch}")
        self.forks.add(f"{by}/{self.full_name.partition('/')[2]}")
        sha = self.repository.commit(files, f"refs/forks/{by}/{branch}", message, by, parent=start)
        self.refresh()
        return sha

    def open_pull_request(
        self,
        branch: str,
        *,
        title: str = "A change",
        body: str = "",
        by: str = "bob",
        base: str = "main",
        fork: bool = False,
        labels: Sequence[str] = (),
        draft: bool = False,
    ) -> PullRequest:
        """Open a pull request from a branch of this repository, or with ``fork`` of the author's fork."""
        head = f"{by}/{self.full_name.partition('/')[2]}" if fork else self.full_name
        ref = f"refs/forks/{by}/{branch}" if fork else f"refs/heads/{branch}"
        pull = PullRequest(
            self.next_number(),
            title,
            body,
            by,
            self.now(),
            labels=list(labels),
            head_branch=branch,
            head_repository=head,
            head_ref=ref,
            base_branch=base,
            draft=draft,
        )
        self.issues[pull.number] = pull
        self.refresh()
        if not pull.head_sha:
            raise ValueError(f"there is no branch {branch} to open a pull request from")
        return pull

    def open_issue(self, title: str, body: str = "", *, by: str = "eve", labels: Sequence[str] = ()) -> Issue:
        """Open an issue."""
        issue = Issue(self.next_number(), title, body, by, self.now(), labels=list(labels))
        self.issues[issue.number] = issue
        self.labels |= set(labels)
        return issue

    def comment(self, number: int, body: str, *, by: str = "bob") -> Comment:
        """Comment on an issue or pull request."""
        when = self.now()
        made = Comment(self.next_id(), number, body, by, when, when)
        self.comments[made.id] = made
        return made

    def merge(self, pull: PullRequest, *, by: str = "ada") -> str:
        """Merge a pull request; the new commit on its base branch."""
        ref = f"refs/heads/{pull.base_branch}"
        base = self.repository.resolve(ref)
        assert base is not None
        message = f"Merge pull request #{pull.number} from {pull.head_repository}/{pull.head_branch}"
        made = self.repository.merge(ref, base, pull.head_sha, message)
        if made is None:
            raise ValueError(f"pull request {pull.number} is in conflict with {pull.base_branch}")
        pull.state, pull.merged_at, pull.merge_sha = "closed", self.now(), made
        self.refresh()
        return made

    def retarget(self, pull: PullRequest, base: str) -> None:
        """Move a pull request to another base branch."""
        pull.base_branch, pull.head_sha = base, ""
        self.issue_events.append({"number": pull.number, "event": "base_ref_changed"})
        self.refresh()

    def environment(self, name: str, **settings: Any) -> Environment:
        """Make or replace a deployment environment."""
        self.environments[name] = Environment(name, **settings)
        return self.environments[name]

    # What happens between the lines

    def before(self, method: str, path: str, action: Callable[[Any], Reply | None], times: int = 1) -> None:
        """Run something before requests whose path matches are handled; what it returns is sent instead."""
        self.server.hooks.append(Hook("before", method, re.compile(path), action, times))

    def after(self, method: str, path: str, action: Callable[[Any], Reply | None], times: int = 1) -> None:
        """Run something after the answer is made and before it is sent: a race."""
        self.server.hooks.append(Hook("after", method, re.compile(path), action, times))

    def fail(self, method: str, path: str, status: int, times: int = 1, **headers: str) -> None:
        """Answer requests whose path matches with an error; ``retry_after="1"`` becomes a header."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        limited = status in {403, 429}
        text = "You have exceeded a secondary rate limit." if limited else "Server Error"
        self.before(method, path, lambda _: Reply(status, {"message": text}, named), times)

    # What the stand-in does for itself

    def refresh(self) -> None:
        """Bring open pull requests up to date with their branches."""
        for pull in self.pull_requests():
            head = self.repository.resolve(pull.head_ref)
            base = self.repository.resolve(f"refs/heads/{pull.base_branch}")
            if pull.state != "open" or head is None or base is None:
                continue
            if head != pull.head_sha:
                pull.head_sha, pull.base_sha = head, base
                self.repository.git("update-ref", f"refs/pull/{pull.number}/head", head)
            if self._merged.get(pull.number) != (base, head):
                self._merged[pull.number] = (base, head)
                name = f"refs/pull/{pull.number}/merge"
                pull.merge_sha = self.repository.merge(name, base, head, f"Merge {head} into {base}")

    def pull_requests(self) -> list[PullRequest]:
        """All pull requests, oldest first."""
        return [issue for issue in self.issues.values() if isinstance(issue, PullRequest)]

    def new_token(self, permissions: Mapping[str, str], run_id: int, job: str, actor: str) -> Token:
        """A token for one job."""
        granted = {**permissions, "metadata": "read"}
        token = Token(f"ghs_{secrets.token_hex(18)}", granted, run_id, job, actor)
        self.tokens[token.value] = token
        return token

    def cause(
        self,
        event: str,
        action: str,
        target: str,
        *,
        runs: str = "no",
        inputs: Mapping[str, str] | None = None,
    ) -> None:
        """Note an event that a job's token caused; nearly all of them start no workflow."""
        if event == "pull_request" and action in {"opened", "synchronize", "reopened"}:
            runs = "after approval"
        self.triggered.append(Triggered(event, action, target, runs, dict(inputs or {})))
        if event == "push":
            for pull in self.pull_requests():
                if pull.head_ref == target and pull.state == "open":
                    self.cause("pull_request", "synchronize", str(pull.number))

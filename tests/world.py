"""A repository on GitHub as reports see it: a pull request, runs, artifacts, comments and check runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from claims import HEAD, a_claim, artifact
from cuebook.github.report import Reporter, reporter_for
from cuebook.github.runs import OwnLine
from rest import Asked, Comments, Rest, Says

FORK = "mallory/r"


@dataclass(frozen=True)
class Line(OwnLine):
    """A default branch of which every commit holds the same state."""

    def last_held(self, commits: Sequence[str]) -> str | None:
        """The tip."""
        return self.tip


LINE = Line(Path(), "b" * 40)


def compared(*names: str) -> dict[str, Any]:
    """A comparison in which these files differ."""
    return {"ahead_by": 0, "commits": [], "files": [{"filename": name} for name in names]}


@dataclass
class World:
    """Repository ``o/r`` with pull request 7 and the runs for its head."""

    rest: Rest
    runs: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    files: list[str] = field(default_factory=lambda: ["prompts/qa/v3.prompt.yml"])
    source: str = "o/r"
    head: str = HEAD
    pushes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.comments = Comments(self.rest, 7)
        on = self.rest.on
        on("GET", "actions/runs", lambda asked: {"workflow_runs": self._runs(asked.query.get("branch"))})
        on(
            "GET",
            r"actions/runs/(\d+)/artifacts",
            lambda a: {"artifacts": self.artifacts.get(int(a.groups[0]), [])},
        )
        on("GET", "actions/artifacts", lambda _: {"artifacts": [*chain(*self.artifacts.values())]})
        on("GET", "pulls", lambda _: [self.pull(7)])
        on("GET", "issues/7/events", [])
        on("GET", "compare/.*", compared())
        on("GET", "activity", lambda _: [{"after": sha} for sha in self.pushes])
        on("GET", "pulls/7/files", lambda _: [{"filename": name} for name in self.files])
        on("GET", f"commits/{HEAD}/check-runs", lambda _: {"check_runs": self.checks})
        on("POST", "check-runs", self._check)
        on("PATCH", r"check-runs/(\d+)", self._recheck)

    def _runs(self, branch: str | None) -> list[dict[str, Any]]:
        return [run for run in self.runs if branch in {None, run["head_branch"]}]

    def pull(self, number: int) -> dict[str, Any]:
        head = {"sha": self.head, "ref": "change", "repo": {"full_name": self.source}}
        return {"number": number, "head": head, "base": {"ref": "main", "sha": "b" * 40}}

    def run(self, step: str, number: int, *, data: bytes | None = None, **changes: Any) -> dict[str, Any]:
        """A run of a step, completed, with an artifact (of its ``name``) when there is data."""
        called = changes.pop("name", step)
        made = {
            "id": number,
            "path": f".github/workflows/{step}.yml",
            "event": "pull_request",
            "status": "completed",
            "conclusion": "success",
            "head_sha": HEAD,
            "head_branch": "change",
            "head_repository": {"full_name": self.source},
            "repository": {"full_name": "o/r"},
            "html_url": f"https://github.com/o/r/actions/runs/{number}",
        } | changes
        self.runs.append(made)
        if data is not None:
            item: dict[str, Any] = {"id": number * 10, "name": called, "expired": False}
            about = {name: made[name] for name in ("id", "head_sha", "head_branch")}
            own = made["head_repository"]["full_name"] == made["repository"]["full_name"]
            ids = {"repository_id": 1, "head_repository_id": 1 if own else 2}
            item |= {"size_in_bytes": len(data), "workflow_run": about | ids}
            self.artifacts[number] = [item]
            self.rest.on("GET", f"actions/artifacts/{number * 10}/zip", Says(data))
        return made

    def checked(self) -> None:
        """A finished rehearsal."""
        self.run("check", 1, data=artifact(a_claim(step="check", verdicts=[], lines=["needs a model"])))

    def reporter(self, **changes: Any) -> Reporter:
        payload = {"workflow_run": self.runs[-1] | changes, "repository": {"default_branch": "main"}}
        found = reporter_for(self.rest.client, payload, LINE)
        assert found
        return found

    def _check(self, asked: Asked) -> Says:
        made = {"id": len(self.checks) + 1, **asked.body}
        self.checks.append(made)
        return Says(made, 201)

    def _recheck(self, asked: Asked) -> Says:
        made = next(item for item in self.checks if item["id"] == int(asked.groups[0]))
        made |= asked.body
        return Says(made)

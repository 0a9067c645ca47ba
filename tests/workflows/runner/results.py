"""What a run leaves behind, for tests to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workflows.runner.model import LEVELS, Artifact, Request, Token, WorkflowRun

if TYPE_CHECKING:
    from workflows.runner.github import GitHub

SHOWN = 10
"""Annotations of a level that GitHub shows for one step."""


@dataclass(frozen=True)
class Annotation:
    """A ``::error``, ``::warning`` or ``::notice``."""

    level: str
    message: str
    file: str = ""
    line: int | None = None
    title: str = ""


@dataclass
class StepResult:
    """A step. ``outcome`` is before ``continue-on-error``, ``conclusion`` after it."""

    name: str
    id: str = ""
    uses: str = ""
    outcome: str = "skipped"
    conclusion: str = "skipped"
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    steps: list[StepResult] = field(default_factory=list)

    def shown(self, level: str) -> list[Annotation]:
        """The annotations of a level that GitHub would show."""
        return [item for item in self.annotations if item.level == level][:SHOWN]


@dataclass
class JobResult:
    """A job, one for each leg of a matrix; its ``conclusion`` is ``waiting`` until somebody approves."""

    id: str
    name: str
    conclusion: str = ""
    steps: list[StepResult] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    matrix: dict[str, Any] = field(default_factory=dict)
    environment: str = ""
    environment_url: str = ""
    concurrency: Mapping[str, Any] | None = None
    token: Token | None = None
    error: str = ""

    def step(self, name: str) -> StepResult:
        """The step with this name or id, or which uses this action (without its version)."""
        for step in _flat(self.steps):
            if name in {step.name, step.id, step.uses.partition("@")[0]}:
                return step
        raise KeyError(f"no step {name!r} in {self.name}: {[step.name for step in self.steps]}")

    @property
    def log(self) -> str:
        """Everything its steps printed."""
        return self.error + "".join(step.log for step in self.steps)

    @property
    def summary(self) -> str:
        """The job's step summaries."""
        return "".join(step.summary for step in _flat(self.steps))

    @property
    def permissions(self) -> dict[str, str]:
        """What its token may do."""
        granted = dict(self.token.permissions) if self.token else {}
        return {scope: level for scope, level in granted.items() if scope != "metadata"}


def _flat(steps: Sequence[StepResult]) -> Iterator[StepResult]:
    for step in steps:
        yield step
        yield from _flat(step.steps)


@dataclass
class Result:
    """A run. ``conclusion``: success, failure, cancelled, skipped, waiting, or ``not triggered``."""

    github: GitHub
    run: WorkflowRun
    conclusion: str = "not triggered"
    jobs: list[JobResult] = field(default_factory=list)
    concurrency: Mapping[str, Any] | None = None
    waiting: list[str] = field(default_factory=list)
    resume: Callable[[str, str], None] | None = None

    def job(self, name: str) -> JobResult:
        """The job with this id or name; a leg of a matrix by its name, such as ``shard (2)``."""
        found = [job for job in self.jobs if name in {job.id, job.name}]
        if len(found) != 1:
            raise KeyError(f"{len(found)} jobs {name!r} among {[job.name for job in self.jobs]}")
        return found[0]

    def legs(self, job: str) -> list[JobResult]:
        """All legs of a matrix job."""
        return [item for item in self.jobs if item.id == job]

    def approve(self, environment: str, by: str = "ada") -> Result:
        """Let the jobs that wait for an environment go on. Raises PermissionError for one who may not."""
        if self.resume is None:
            raise ValueError("this run waits for nobody")
        self.resume(environment, by)
        return self

    @property
    def log(self) -> str:
        """Everything that was printed."""
        return "".join(job.log for job in self.jobs)

    @property
    def summary(self) -> str:
        """All step summaries."""
        return "".join(job.summary for job in self.jobs)

    @property
    def annotations(self) -> list[Annotation]:
        """All annotations, also those that GitHub would not show."""
        return [item for job in self.jobs for step in _flat(job.steps) for item in step.annotations]

    @property
    def artifacts(self) -> dict[str, Artifact]:
        """What was uploaded, by name."""
        return {item.name: item for item in self.github.artifacts.values() if item.run_id == self.run.id}

    @property
    def requests(self) -> list[Request]:
        """The REST requests that its tokens made."""
        return [request for request in self.github.requests if request.run_id == self.run.id]

    def explain(self) -> str:
        """Jobs, steps and logs, for the message of a failing assertion."""
        lines = [f"{self.run.path} on {self.run.event}: {self.conclusion}"]
        for job in self.jobs:
            lines.append(f"  job {job.name}: {job.conclusion} {job.error}")
            for step in _flat(job.steps):
                lines.append(f"    step {step.name}: {step.conclusion}")
                lines += [f"      | {line}" for line in step.log.splitlines()]
        return "\n".join(lines)


def unused_permissions(*results: Result) -> dict[str, dict[str, str]]:
    """Permissions that jobs declare and none of these runs needed at that level, by job id.

    A job that did not run says nothing about its permissions; give runs in which each job ran.
    """
    granted: dict[str, dict[str, str]] = {}
    used: dict[str, set[tuple[str, str]]] = {}
    for result in results:
        for job in result.jobs:
            if job.token and job.conclusion in {"success", "failure"}:
                most = granted.setdefault(job.id, {})
                for scope, level in job.permissions.items():
                    most[scope] = max(level, most.get(scope, "none"), key=LEVELS.__getitem__)
                used.setdefault(job.id, set()).update(job.token.used)
    found = {
        job: {
            scope: level
            for scope, level in scopes.items()
            if LEVELS[level] > 0 and (scope, level) not in used[job]
        }
        for job, scopes in granted.items()
    }
    return {job: scopes for job, scopes in found.items() if scopes}

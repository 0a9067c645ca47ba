"""The jobs of one workflow file in the order of their needs: matrices, approvals, called workflows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.runner import rights
from workflows.runner.contexts import github_context
from workflows.runner.documents import Document, read_workflow
from workflows.runner.expressions import Scope, as_text, expressions
from workflows.runner.inputs import of_call
from workflows.runner.jobs import Given, Job
from workflows.runner.matrix import expand, title
from workflows.runner.problems import InvalidWorkflow
from workflows.runner.results import JobResult, Result

if TYPE_CHECKING:
    from workflows.runner.events import Event

ORDER = ("failure", "cancelled", "success", "skipped")
"""Results, the one that a job with several legs takes first."""


@dataclass
class Running:
    """What all graphs of a run share."""

    event: Event
    result: Result
    folder: Path
    cancel_before: str = ""
    cancelled: bool = False
    approved: set[str] = field(default_factory=set)


@dataclass
class Ended:
    """How a job ended, as ``needs`` shows it. ``failed`` also for one whose failure is forgiven."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    failed: bool = False


@dataclass
class Graph:
    """The jobs of a workflow file. ``cap`` and ``secrets`` are set for a called one."""

    running: Running
    document: Document
    inputs: Mapping[str, Any]
    cap: Mapping[str, str] | None = None
    secrets: Mapping[str, str] | None = None
    prefix: str = ""
    ended: dict[str, Ended] = field(default_factory=dict)
    called: dict[str, Graph] = field(default_factory=dict)

    def proceed(self) -> bool:
        """Run every job that can run; whether all have ended."""
        moved = True
        while moved:
            moved = False
            for name, spec in self.document.jobs.items():
                if name not in self.ended and all(other in self.ended for other in _needs(spec)):
                    moved |= self._start(name, spec)
        return len(self.ended) == len(self.document.jobs)

    @property
    def conclusion(self) -> str:
        """The result of the whole."""
        found = {item.result for item in self.ended.values()}
        return next((result for result in ORDER if result in found), "success")

    def outputs(self) -> dict[str, str]:
        """What a called workflow hands back."""
        declared = self.document.triggers.get("workflow_call", {}).get("outputs") or {}
        jobs = {name: {"result": item.result, "outputs": item.outputs} for name, item in self.ended.items()}
        scope = Scope({**self._shared({}), "jobs": jobs})
        return {name: expressions().text(about["value"], scope) for name, about in declared.items()}

    def _start(self, name: str, spec: Mapping[str, Any]) -> bool:
        """Run a job if it does not have to wait; whether it has ended."""
        asked = spec.get("if", "success()")
        if name not in self.called and not expressions().condition(asked, self._scope(spec)):
            self._end(name, [self._new(name, spec, {}, conclusion="skipped")])
            return True
        try:
            legs = self._legs(spec)
        except ValueError as problem:
            error = f"Error when evaluating 'strategy' for job '{name}'. {problem}\n"
            self._end(name, [self._new(name, spec, {}, conclusion="failure", error=error)])
            return True
        if "uses" in spec:
            if len(legs) > 1:
                raise InvalidWorkflow(f"job {name}: a matrix of called workflows has no stand-in")
            return self._call(name, spec)
        results = [self._new(name, spec, leg) for leg in legs]
        if any(self._waits(result) for result in results):
            return False
        self._end(name, list(self._run_legs(spec, results)))
        return True

    def _legs(self, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
        matrix = (spec.get("strategy") or {}).get("matrix")
        if matrix is None:
            return [{}]
        return expand(expressions().resolve(matrix, self._scope(spec)))

    def _run_legs(self, spec: Mapping[str, Any], results: list[JobResult]) -> Iterator[JobResult]:
        fail_fast = (spec.get("strategy") or {}).get("fail-fast", True)
        stopped = False
        for at, result in enumerate(results):
            if stopped:
                result.conclusion = "cancelled"
            elif refusal := self._refusal(result):
                result.conclusion, result.error = "failure", refusal + "\n"
            else:
                self._run_leg(spec, result, {"job-index": at, "job-total": len(results)})
            stopped |= bool(fail_fast) and result.conclusion == "failure"
            yield result

    def _refusal(self, result: JobResult) -> str:
        place = rights.find_environment(self.running.event.github, result.environment)
        return rights.refused(place, self.running.event) if place else ""

    def _run_leg(self, spec: Mapping[str, Any], result: JobResult, strategy: dict[str, int]) -> None:
        running = self.running
        number = len(list(running.folder.iterdir()))
        given = Given(
            running.event,
            running.result.run,
            self.document,
            {**self._shared(spec), "matrix": result.matrix, "strategy": strategy},
            self._permissions(spec),
            self.secrets,
            running.folder / f"job{number}",
            running.cancel_before,
        )
        given.folder.mkdir()
        job = Job(given, spec, result, cancelled=running.cancelled)
        job.execute()
        running.cancelled |= job.cancelled
        if result.environment:
            running.event.github.deployments.append(
                {"environment": result.environment, "run_id": given.run.id, "sha": running.event.sha}
            )

    def _call(self, name: str, spec: Mapping[str, Any]) -> bool:
        """Run a workflow that a job calls; whether it has ended."""
        if name not in self.called:
            self.called[name] = self._callee(name, spec)
        graph = self.called[name]
        if not graph.proceed():
            return False
        self.ended[name] = Ended(graph.conclusion, graph.outputs(), graph.conclusion == "failure")
        return True

    def _callee(self, name: str, spec: Mapping[str, Any]) -> Graph:
        github, event = self.running.event.github, self.running.event
        path, _, version = str(spec["uses"]).partition("@")
        path = path.removeprefix("./").removeprefix(f"{github.full_name}/")
        data = github.repository.read(version or event.sha, path)
        if data is None:
            raise InvalidWorkflow(f"job {name} calls {spec['uses']}, which has no stand-in")
        document = read_workflow(path, data.decode())
        scope = self._scope(spec)
        inputs = of_call(document, expressions().resolve(dict(spec.get("with") or {}), scope))
        secrets = self.secrets
        if spec.get("secrets") != "inherit":
            known = rights.secrets_of(github, event, None) if self.secrets is None else self.secrets
            scope.contexts["secrets"] = dict(known)
            found = expressions().resolve(dict(spec.get("secrets") or {}), scope)
            secrets = {key: as_text(value) for key, value in found.items()}
        title_ = f"{self.prefix}{spec.get('name', name)} / "
        return Graph(self.running, document, inputs, self._permissions(spec), secrets, title_)

    def _new(self, name: str, spec: Mapping[str, Any], leg: dict[str, Any], **changes: Any) -> JobResult:
        scope = self._scope(spec)
        scope.contexts["matrix"] = leg
        shown = str(spec.get("name", name))
        shown = expressions().text(shown, scope) if "${{" in shown else title(shown, leg)
        place = spec.get("environment", "")
        place = place.get("name", "") if isinstance(place, Mapping) else place
        concurrency = spec.get("concurrency")
        return JobResult(
            name,
            self.prefix + shown,
            matrix=leg,
            environment=expressions().text(place, scope),
            concurrency=limits(expressions().resolve(concurrency, scope)) if concurrency else None,
            **changes,
        )

    def _waits(self, result: JobResult) -> bool:
        place = rights.find_environment(self.running.event.github, result.environment)
        if place is None or not place.reviewers or place.name in self.running.approved:
            return False
        if rights.refused(place, self.running.event):
            return False
        if place.name not in self.running.result.waiting:
            self.running.result.waiting.append(place.name)
        result.conclusion = "waiting"
        if result.name not in {job.name for job in self.running.result.jobs}:
            self.running.result.jobs.append(result)
        return True

    def _end(self, name: str, results: list[JobResult]) -> None:
        self.running.result.jobs += results
        found = {result.conclusion for result in results}
        outcome = next(result for result in ORDER if result in found)
        outputs = {key: text for result in results for key, text in result.outputs.items() if text}
        allowed = bool(self.document.jobs[name].get("continue-on-error")) and outcome == "failure"
        self.ended[name] = Ended("success" if allowed else outcome, outputs, outcome == "failure")

    def _permissions(self, spec: Mapping[str, Any]) -> dict[str, str]:
        whole = self.document.data.get("permissions")
        return rights.granted(whole, spec.get("permissions"), self.running.event, self.cap)

    def _shared(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        event = self.running.event
        needs = {
            name: {"result": self.ended[name].result, "outputs": self.ended[name].outputs}
            for name in _needs(spec)
        }
        return {
            "github": github_context(event, self.running.result.run, self.document),
            "inputs": dict(self.inputs),
            "needs": needs,
            "vars": rights.variables_of(event.github, event, None),
            "matrix": {},
            "strategy": {},
        }

    def _scope(self, spec: Mapping[str, Any]) -> Scope:
        """Status functions of a job look at everything it depends on, however far away."""
        before = [self.ended[name].result for name in self._ancestors(spec)]
        cancelled = self.running.cancelled
        return Scope(
            self._shared(spec),
            success=all(result == "success" for result in before) and not cancelled,
            failure="failure" in before,
            cancelled=cancelled,
        )

    def _ancestors(self, spec: Mapping[str, Any]) -> set[str]:
        found = set(_needs(spec))
        for name in tuple(found):
            found |= self._ancestors(self.document.jobs[name])
        return found


def _needs(spec: Mapping[str, Any]) -> list[str]:
    needs = spec.get("needs") or []
    return [needs] if isinstance(needs, str) else list(needs)


def limits(concurrency: Any) -> dict[str, Any]:
    """``concurrency`` as a mapping."""
    if isinstance(concurrency, Mapping):
        return {"cancel-in-progress": False, **concurrency}
    return {"group": as_text(concurrency), "cancel-in-progress": False}

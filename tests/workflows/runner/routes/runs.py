"""Workflow runs, their artifacts, and dispatches."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from workflows.runner import payloads
from workflows.runner.model import Artifact, WorkflowRun
from workflows.runner.routing import Call, Refused, Reply, route


@route("GET", "/repos/actions/runs", "actions: read")
def list_runs(call: Call) -> Any:
    return _runs(call, list(call.github.runs.values()))


@route("GET", "/repos/actions/workflows/{workflow}/runs", "actions: read")
def list_runs_of_workflow(call: Call, workflow: str) -> Any:
    path = _workflow(call, workflow)
    return _runs(call, [run for run in call.github.runs.values() if run.path == path])


def _runs(call: Call, found: list[WorkflowRun]) -> dict[str, Any]:
    fields = {"event": "event", "head_sha": "head_sha", "branch": "head_branch", "actor": "actor"}
    for asked, name in fields.items():
        if asked in call.query:
            found = [run for run in found if getattr(run, name) == call.query[asked]]
    if status := call.query.get("status"):
        found = [run for run in found if status in {run.status, run.conclusion}]
    found = sorted(found, key=lambda run: run.id, reverse=True)
    shown = call.page([payloads.workflow_run(run, call.github) for run in found])
    return {"total_count": len(found), "workflow_runs": shown}


@route("GET", "/repos/actions/runs/{number:int}", "actions: read")
def get_run(call: Call, number: int) -> Any:
    return payloads.workflow_run(_run(call, number), call.github)


@route("GET", "/repos/actions/runs/{number:int}/jobs", "actions: read")
def list_jobs(call: Call, number: int) -> Any:
    jobs = _run(call, number).jobs
    return {"total_count": len(jobs), "jobs": call.page(jobs)}


def _run(call: Call, number: int) -> WorkflowRun:
    if number not in call.github.runs:
        raise Refused(404, "Not Found")
    return call.github.runs[number]


@route("GET", "/repos/actions/runs/{number:int}/artifacts", "actions: read")
def list_artifacts_of_run(call: Call, number: int) -> Any:
    _run(call, number)
    return _artifacts(call, [item for item in call.github.artifacts.values() if item.run_id == number])


@route("GET", "/repos/actions/artifacts", "actions: read")
def list_artifacts(call: Call) -> Any:
    return _artifacts(call, list(call.github.artifacts.values()))


def _artifacts(call: Call, found: list[Artifact]) -> dict[str, Any]:
    if name := call.query.get("name"):
        found = [item for item in found if item.name == name]
    shown = call.page([payloads.artifact(item, call.github) for item in reversed(found)])
    return {"total_count": len(found), "artifacts": shown}


@route("GET", "/repos/actions/artifacts/{number:int}", "actions: read")
def get_artifact(call: Call, number: int) -> Any:
    return payloads.artifact(_artifact(call, number), call.github)


@route("GET", "/repos/actions/artifacts/{number:int}/zip", "actions: read")
def download_artifact(call: Call, number: int) -> Any:
    """The bytes are elsewhere; the other host refuses a request that still carries the token."""
    item = _artifact(call, number)
    if item.expired:
        raise Refused(410, "Artifact has expired")
    return Reply(302, b"", {"Location": call.github.server.blob_url(item.id)})


def _artifact(call: Call, number: int) -> Artifact:
    if number not in call.github.artifacts:
        raise Refused(404, "Not Found")
    return call.github.artifacts[number]


@route("GET", "/repos/actions/workflows/{workflow}", "actions: read")
def get_workflow(call: Call, workflow: str) -> Any:
    path = _workflow(call, workflow)
    return {"id": crc32(path.encode()), "path": path, "state": "active"}


@route("POST", "/repos/actions/workflows/{workflow}/dispatches", "actions: write")
def dispatch_workflow(call: Call, workflow: str) -> Any:
    path = _workflow(call, workflow)
    ref = call.field("ref")
    call.commit(ref.removeprefix("refs/heads/"))
    inputs = call.body.get("inputs") or {}
    call.github.cause("workflow_dispatch", path, ref, runs="yes", inputs=inputs)
    return Reply(204)


def _workflow(call: Call, name: str) -> str:
    """A workflow is named by its file or its id, and exists once the default branch has it."""
    entries = call.github.repository.tree(f"refs/heads/{call.github.default_branch}")
    for _, _, _, path in entries:
        if path.startswith(".github/workflows/") and name in {
            path.rpartition("/")[2],
            str(crc32(path.encode())),
        }:
            return path
    raise Refused(404, "Not Found")

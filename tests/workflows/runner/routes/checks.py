"""Check runs and commit statuses."""

from __future__ import annotations

from typing import Any

from workflows.runner import payloads
from workflows.runner.model import CheckRun, Status
from workflows.runner.routing import Call, Refused, Reply, route

CONCLUSIONS = {
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "stale",
    "timed_out",
}
TEXT_LIMIT = 65535
ANNOTATIONS = 50
"""Annotations that one request may carry."""


@route("POST", "/repos/check-runs", "checks: write")
def create_check_run(call: Call) -> Any:
    name, sha = call.field("name"), call.field("head_sha")
    call.commit(sha)
    made = CheckRun(call.github.next_id(), sha, name, _data(call, {}))
    call.github.check_runs[made.id] = made
    return Reply(201, payloads.check_run(made, call.github))


@route("PATCH", "/repos/check-runs/{number:int}", "checks: write")
def update_check_run(call: Call, number: int) -> Any:
    found = _check_run(call, number)
    found.data = _data(call, found.data)
    found.name = call.body.get("name", found.name)
    return payloads.check_run(found, call.github)


@route("GET", "/repos/check-runs/{number:int}", "checks: read")
def get_check_run(call: Call, number: int) -> Any:
    return payloads.check_run(_check_run(call, number), call.github)


@route("GET", "/repos/check-runs/{number:int}/annotations", "checks: read")
def list_annotations(call: Call, number: int) -> Any:
    return call.page((_check_run(call, number).data.get("output") or {}).get("annotations", []))


@route("GET", "/repos/commits/{ref}/check-runs", "checks: read")
def list_check_runs(call: Call, ref: str) -> Any:
    sha = call.commit(ref)
    found = [item for item in call.github.check_runs.values() if item.head_sha == sha]
    if name := call.query.get("check_name"):
        found = [item for item in found if item.name == name]
    shown = call.page([payloads.check_run(item, call.github) for item in found])
    return {"total_count": len(found), "check_runs": shown}


def _check_run(call: Call, number: int) -> CheckRun:
    if number not in call.github.check_runs:
        raise Refused(404, "Not Found")
    return call.github.check_runs[number]


def _data(call: Call, before: dict[str, Any]) -> dict[str, Any]:
    sent = dict(call.body)
    output = sent.get("output")
    if output is not None:
        if not output.get("title") or "summary" not in output:
            raise Refused(422, "Invalid request.\n\noutput needs a title and a summary.")
        if any(len(str(output.get(name) or "")) > TEXT_LIMIT for name in ("summary", "text")):
            raise Refused(422, f"Invalid request.\n\nOnly {TEXT_LIMIT} characters are allowed.")
        if len(output.get("annotations") or []) > ANNOTATIONS:
            raise Refused(422, f"Invalid request.\n\nNo more than {ANNOTATIONS} items are allowed.")
        old = (before.get("output") or {}).get("annotations", [])
        sent["output"] = {**output, "annotations": old + (output.get("annotations") or [])}
    if "conclusion" in sent:
        if sent["conclusion"] not in CONCLUSIONS:
            raise Refused(422, f"Invalid request.\n\n{sent['conclusion']} is not a conclusion.")
        sent.setdefault("status", "completed")
    elif sent.get("status") == "completed":
        raise Refused(422, "Invalid request.\n\nA completed check run needs a conclusion.")
    return {**before, **sent}


@route("POST", "/repos/statuses/{sha}", "statuses: write")
def create_status(call: Call, sha: str) -> Any:
    call.commit(sha)
    state = call.field("state")
    if state not in {"error", "failure", "pending", "success"}:
        raise Refused(422, "Validation Failed: state is not included in the list")
    if len(call.body.get("description") or "") > 140:
        raise Refused(422, "Validation Failed: description is too long (maximum is 140 characters)")
    context = call.body.get("context", "default")
    made = Status(call.github.next_id(), sha, context, state, dict(call.body), call.actor)
    call.github.statuses.append(made)
    return Reply(201, _status(call, made))


@route("GET", "/repos/commits/{ref}/statuses", "statuses: read")
def list_statuses(call: Call, ref: str) -> Any:
    sha = call.commit(ref)
    found = [item for item in reversed(call.github.statuses) if item.sha == sha]
    return call.page([_status(call, item) for item in found])


@route("GET", "/repos/commits/{ref}/status", "statuses: read")
def get_combined_status(call: Call, ref: str) -> Any:
    sha = call.commit(ref)
    last = {item.context: item for item in call.github.statuses if item.sha == sha}
    states = {item.state for item in last.values()}
    state = "failure" if states & {"error", "failure"} else "pending"
    if states == {"success"}:
        state = "success"
    return {"state": state, "sha": sha, "statuses": [_status(call, item) for item in last.values()]}


def _status(call: Call, item: Status) -> dict[str, Any]:
    about = {"id": item.id, "context": item.context, "state": item.state}
    return {**item.data, **about, "creator": payloads.user(item.by, call.github)}

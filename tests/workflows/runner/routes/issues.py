"""Issues, their comments and labels; pull requests share them."""

from __future__ import annotations

from typing import Any

from workflows.runner import payloads
from workflows.runner.model import Comment, PullRequest
from workflows.runner.routing import Call, Refused, Reply, route

COMMENT_LIMIT = 65536
"""Characters of a body."""


@route("GET", "/repos/issues", "issues: read | pull-requests: read")
def list_issues(call: Call) -> Any:
    state = call.query.get("state", "open")
    wanted = {name for name in call.query.get("labels", "").split(",") if name}
    found = [
        item
        for item in call.github.issues.values()
        if (state == "all" or item.state == state) and wanted <= set(item.labels)
    ]
    if creator := call.query.get("creator"):
        found = [item for item in found if item.by == creator]
    found.sort(key=lambda item: item.number, reverse=call.query.get("direction", "desc") == "desc")
    return call.page([payloads.issue(item, call.github) for item in found])


@route("POST", "/repos/issues", "issues: write")
def create_issue(call: Call) -> Any:
    made = call.github.open_issue(
        call.field("title"), _body(call, ""), by=call.actor, labels=call.body.get("labels") or []
    )
    made.assignees = list(call.body.get("assignees") or [])
    call.github.cause("issues", "opened", str(made.number))
    return Reply(201, payloads.issue(made, call.github))


@route("GET", "/repos/issues/{number:int}", "issue: read")
def get_issue(call: Call, number: int) -> Any:
    return payloads.issue(call.issue(number), call.github)


@route("PATCH", "/repos/issues/{number:int}", "issue: write")
def update_issue(call: Call, number: int) -> Any:
    item = call.issue(number)
    for name in ("title", "state", "labels", "assignees"):
        if name in call.body:
            setattr(item, name, call.body[name])
    item.body = _body(call, item.body)
    return payloads.issue(item, call.github)


@route("GET", "/repos/issues/{number:int}/comments", "issue: read")
def list_comments(call: Call, number: int) -> Any:
    call.issue(number)
    found = [item for item in call.github.comments.values() if item.number == number]
    return call.page(
        [payloads.comment(item, call.github) for item in sorted(found, key=lambda item: item.id)]
    )


@route("POST", "/repos/issues/{number:int}/comments", "issue: write")
def create_comment(call: Call, number: int) -> Any:
    if call.issue(number).locked:
        raise Refused(403, "Unable to create comment because issue is locked.")
    call.field("body")
    made = call.github.comment(number, _body(call, ""), by=call.actor)
    call.github.cause("issue_comment", "created", str(number))
    return Reply(201, payloads.comment(made, call.github))


@route("GET", "/repos/issues/comments/{comment:int}", "issue: read")
def get_comment(call: Call, comment: int) -> Any:
    return payloads.comment(_comment(call, comment), call.github)


@route("PATCH", "/repos/issues/comments/{comment:int}", "issue: write")
def update_comment(call: Call, comment: int) -> Any:
    item = _comment(call, comment)
    call.field("body")
    item.body, item.updated = _body(call, ""), call.github.now()
    return payloads.comment(item, call.github)


@route("DELETE", "/repos/issues/comments/{comment:int}", "issue: write")
def delete_comment(call: Call, comment: int) -> Any:
    del call.github.comments[_comment(call, comment).id]
    return Reply(204)


def _comment(call: Call, number: int) -> Comment:
    if number not in call.github.comments:
        raise Refused(404, "Not Found")
    return call.github.comments[number]


def _body(call: Call, otherwise: str) -> str:
    body = call.body.get("body", otherwise) or ""
    if not isinstance(body, str) or len(body) > COMMENT_LIMIT:
        raise Refused(422, "Validation Failed: body is too long (maximum is 65536 characters)")
    return body


@route("GET", "/repos/issues/{number:int}/events", "issue: read")
def list_events(call: Call, number: int) -> Any:
    call.issue(number)
    return call.page([item for item in call.github.issue_events if item["number"] == number])


@route("GET", "/repos/issues/{number:int}/labels", "issue: read")
def list_issue_labels(call: Call, number: int) -> Any:
    return call.page(payloads.issue(call.issue(number), call.github)["labels"])


@route("POST", "/repos/issues/{number:int}/labels", "issue: write")
def add_labels(call: Call, number: int) -> Any:
    item = call.issue(number)
    wanted = call.field("labels", list)
    call.github.labels |= set(wanted)
    item.labels += [name for name in wanted if name not in item.labels]
    kind = "pull_request" if isinstance(item, PullRequest) else "issues"
    call.github.cause(kind, "labeled", str(number))
    return payloads.issue(item, call.github)["labels"]


@route("DELETE", "/repos/issues/{number:int}/labels/{label}", "issue: write")
def remove_label(call: Call, number: int, label: str) -> Any:
    item = call.issue(number)
    if label not in item.labels:
        raise Refused(404, "Label does not exist")
    item.labels.remove(label)
    return payloads.issue(item, call.github)["labels"]


@route("POST", "/repos/issues/{number:int}/assignees", "issue: write")
def add_assignees(call: Call, number: int) -> Any:
    item = call.issue(number)
    item.assignees += [name for name in call.field("assignees", list) if name in call.github.roles]
    return Reply(201, payloads.issue(item, call.github))


@route("GET", "/repos/labels", "issues: read | pull-requests: read")
def list_labels(call: Call) -> Any:
    return call.page([{"name": name} for name in sorted(call.github.labels)])


@route("POST", "/repos/labels", "issues: write | pull-requests: write")
def create_label(call: Call) -> Any:
    name = call.field("name")
    if name in call.github.labels:
        raise Refused(422, "Validation Failed: already_exists")
    call.github.labels.add(name)
    return Reply(201, {"name": name, "color": call.body.get("color", "ededed")})

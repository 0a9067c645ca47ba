"""The repository itself: branches, rules, environments, people, settings, dispatches."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from workflows.runner import payloads
from workflows.runner.routing import Call, Refused, Reply, route


@route("GET", "/repos", "metadata: read")
def get_repository(call: Call) -> Any:
    return payloads.repository(call.repository, call.github)


@route("GET", "/repos/branches", "contents: read")
def list_branches(call: Call) -> Any:
    return call.page([_branch(call, name.removeprefix("refs/heads/")) for name in _branches(call)])


@route("GET", "/repos/branches/{branch:rest}/protection", "administration: read")
def get_protection(call: Call, branch: str) -> Any:
    raise Refused(404, f"Branch not protected: {branch}")


@route("GET", "/repos/branches/{branch:rest}", "contents: read")
def get_branch(call: Call, branch: str) -> Any:
    if f"refs/heads/{branch}" not in _branches(call):
        raise Refused(404, "Branch not found")
    return _branch(call, branch)


def _branches(call: Call) -> dict[str, str]:
    if call.repository == call.github.full_name:
        return call.github.repository.refs("refs/heads")
    owner = call.repository.partition("/")[0]
    found = call.github.repository.refs(f"refs/forks/{owner}")
    return {name.replace(f"refs/forks/{owner}/", "refs/heads/", 1): sha for name, sha in found.items()}


def _branch(call: Call, name: str) -> dict[str, Any]:
    sha = _branches(call)[f"refs/heads/{name}"]
    return {"name": name, "commit": {"sha": sha}, "protected": name in call.github.protected_branches}


@route("GET", "/repos/rules/branches/{branch:rest}", "metadata: read")
def list_rules(call: Call, branch: str) -> Any:
    return call.page(call.github.rules if branch == call.github.default_branch else [])


@route("GET", "/repos/rulesets", "metadata: read")
def list_rulesets(call: Call) -> Any:
    return call.page(call.github.rulesets)


@route("GET", "/repos/rulesets/{number:int}", "metadata: read")
def get_ruleset(call: Call, number: int) -> Any:
    for found in call.github.rulesets:
        if found.get("id") == number:
            return found
    raise Refused(404, "Not Found")


@route("GET", "/repos/environments", "actions: read")
def list_environments(call: Call) -> Any:
    found = [_environment(call, name) for name in call.github.environments]
    return {"total_count": len(found), "environments": call.page(found)}


@route("GET", "/repos/environments/{name}", "actions: read")
def get_environment(call: Call, name: str) -> Any:
    if name not in call.github.environments:
        raise Refused(404, "Not Found")
    return _environment(call, name)


def _environment(call: Call, name: str) -> dict[str, Any]:
    item = call.github.environments[name]
    rules: list[dict[str, Any]] = []
    if item.reviewers:
        people = [{"type": "User", "reviewer": payloads.user(login, call.github)} for login in item.reviewers]
        rules.append(
            {
                "type": "required_reviewers",
                "reviewers": people,
                "prevent_self_review": item.prevent_self_review,
            }
        )
    policy = None
    if item.branches is not None:
        rules.append({"type": "branch_policy"})
        policy = {"protected_branches": False, "custom_branch_policies": True}
    return {
        "id": crc32(name.encode()),
        "name": name,
        "protection_rules": rules,
        "deployment_branch_policy": policy,
    }


@route("GET", "/repos/collaborators/{login}/permission", "metadata: read")
def get_role(call: Call, login: str) -> Any:
    role = call.github.roles.get(login, "read")
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    return {"permission": permission, "role_name": role, "user": payloads.user(login, call.github)}


@route("GET", "/repos/actions/permissions", "administration: read")
def get_actions_permissions(call: Call) -> Any:
    return {"enabled": True, "allowed_actions": "all"}


@route("GET", "/repos/actions/permissions/workflow", "administration: read")
def get_workflow_permissions(call: Call) -> Any:
    allowed = call.github.actions_open_pull_requests
    return {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": allowed}


@route("GET", "/repos/pages", "pages: read")
def get_pages(call: Call) -> Any:
    return {"status": "built", "build_type": "workflow", "html_url": f"{call.github.url}/_pages/"}


@route("POST", "/repos/dispatches", "contents: write")
def dispatch(call: Call) -> Any:
    call.github.cause("repository_dispatch", call.field("event_type"), call.github.full_name, runs="yes")
    return Reply(204)


@route("GET", "/users/{login}", "metadata: read")
def get_user(call: Call, login: str) -> Any:
    return payloads.user(login, call.github)


@route("GET", "/rate_limit", "metadata: read")
def get_rate_limit(call: Call) -> Any:
    return {"rate": {"limit": 1000, "remaining": 999, "reset": 1767229200}}

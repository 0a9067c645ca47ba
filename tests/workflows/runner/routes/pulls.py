"""Pull requests."""

from __future__ import annotations

from typing import Any

from workflows.runner import payloads
from workflows.runner.model import PullRequest
from workflows.runner.routing import Call, Refused, Reply, route

_LETTERS = {"A": "added", "M": "modified", "D": "removed", "T": "modified"}


@route("GET", "/repos/pulls", "pull-requests: read")
def list_pulls(call: Call) -> Any:
    state, head, base = (call.query.get(name) for name in ("state", "head", "base"))
    found = [
        pull for pull in call.github.pull_requests() if state == "all" or pull.state == (state or "open")
    ]
    if head:
        owner, _, branch = head.partition(":")
        found = [
            pull
            for pull in found
            if pull.head_branch == branch and pull.head_repository.partition("/")[0] == owner
        ]
    if base:
        found = [pull for pull in found if pull.base_branch == base]
    newest_first = call.query.get("direction", "desc") == "desc"
    found.sort(key=lambda pull: pull.number, reverse=newest_first)
    return call.page([payloads.pull_request(pull, call.github) for pull in found])


@route("POST", "/repos/pulls", "pull-requests: write")
def create_pull(call: Call) -> Any:
    if not call.github.actions_open_pull_requests:
        raise Refused(403, "GitHub Actions is not permitted to create or approve pull requests.")
    title, head, base = call.field("title"), call.field("head"), call.field("base")
    branch = head.rpartition(":")[2]
    names = call.github.repository.refs("refs/heads")
    if f"refs/heads/{branch}" not in names or f"refs/heads/{base}" not in names:
        raise Refused(422, "Validation Failed")
    if names[f"refs/heads/{branch}"] == names[f"refs/heads/{base}"]:
        raise Refused(422, f"Validation Failed: No commits between {base} and {branch}")
    for other in call.github.pull_requests():
        if other.state == "open" and (other.head_branch, other.base_branch) == (branch, base):
            raise Refused(
                422, f"Validation Failed: A pull request already exists for {call.github.owner}:{branch}."
            )
    made = call.github.open_pull_request(
        branch,
        title=title,
        body=call.body.get("body") or "",
        by=call.actor,
        base=base,
        draft=bool(call.body.get("draft")),
    )
    call.github.cause("pull_request", "opened", str(made.number))
    return Reply(201, payloads.pull_request(made, call.github))


@route("GET", "/repos/pulls/{number:int}", "pull-requests: read")
def get_pull(call: Call, number: int) -> Any:
    return payloads.pull_request(call.pull(number), call.github)


@route("PATCH", "/repos/pulls/{number:int}", "pull-requests: write")
def update_pull(call: Call, number: int) -> Any:
    pull = call.pull(number)
    for name in ("title", "body", "state"):
        if name in call.body:
            setattr(pull, name, call.body[name])
    return payloads.pull_request(pull, call.github)


@route("GET", "/repos/pulls/{number:int}/files", "pull-requests: read")
def list_files(call: Call, number: int) -> Any:
    """At most 3,000 files, as on GitHub."""
    pull = call.pull(number)
    repository = call.github.repository
    contents = f"{call.github.api_url}/repos/{pull.head_repository}/contents"
    found = []
    for letter, path in repository.changed(pull.base_sha, pull.head_sha)[:3000]:
        data = repository.read(pull.base_sha if letter == "D" else pull.head_sha, path)
        sha = (
            repository.git("hash-object", "--stdin", data=data).decode().strip() if data is not None else None
        )
        found.append(
            {
                "filename": path,
                "status": _LETTERS.get(letter, "changed"),
                "sha": sha,
                "contents_url": f"{contents}/{path}?ref={pull.head_sha}",
            }
        )
    return call.page(found)


@route("GET", "/repos/pulls/{number:int}/commits", "pull-requests: read")
def list_commits(call: Call, number: int) -> Any:
    pull = call.pull(number)
    shas = call.github.repository.line("rev-list", "--reverse", f"{pull.base_sha}..{pull.head_sha}").split()
    return call.page([{"sha": sha} for sha in shas])


@route("POST", "/repos/pulls/{number:int}/requested_reviewers", "pull-requests: write")
def request_reviewers(call: Call, number: int) -> Any:
    pull = call.pull(number)
    wanted = call.field("reviewers", list)
    if any(login not in call.github.roles for login in wanted):
        raise Refused(422, "Reviews may only be requested from collaborators.")
    pull.reviewers += [login for login in wanted if login not in pull.reviewers]
    return Reply(201, payloads.pull_request(pull, call.github))


@route("GET", "/repos/pulls/{number:int}/reviews", "pull-requests: read")
def list_reviews(call: Call, number: int) -> Any:
    return call.page(call.pull(number).reviews)


@route("GET", "/repos/commits/{sha}/pulls", "pull-requests: read")
def list_pulls_of_commit(call: Call, sha: str) -> Any:
    """Merged ones, and open ones from the repository asked: for a fork's open head ask the fork."""
    call.commit(sha)
    found = [pull for pull in call.github.pull_requests() if _knows(call, pull, sha)]
    return call.page([payloads.pull_request(pull, call.github) for pull in found])


def _knows(call: Call, pull: PullRequest, sha: str) -> bool:
    shas = call.github.repository.line("rev-list", f"{pull.base_sha}..{pull.head_sha}").split()
    if pull.merged_at and call.repository == call.github.full_name:
        return sha in {pull.merge_sha, *shas}
    return pull.head_repository == call.repository and sha in shas

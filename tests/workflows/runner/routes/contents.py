"""Files and commits as the contents API shows and changes them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from workflows.runner.repository import Content
from workflows.runner.routing import Call, Refused, Reply, route

LARGEST = 1 << 20
"""Bytes above which a file has no content in JSON; ask for it raw."""

_KINDS = {"120000": "symlink", "160000": "submodule"}


@route("GET", "/repos/contents", "contents: read")
def get_root(call: Call) -> Any:
    return get_contents(call, "")


@route("GET", "/repos/contents/{path:rest}", "contents: read")
def get_contents(call: Call, path: str) -> Any:
    sha = call.commit(call.query.get("ref", call.github.default_branch))
    path = path.strip("/")
    entries = {name: (mode, kind, blob) for mode, kind, blob, name in call.github.repository.tree(sha)}
    if not path or entries.get(path, ("", "", ""))[1] == "tree":
        inside = [name for name in entries if name.rpartition("/")[0] == path]
        return [_entry(name, *entries[name]) for name in sorted(inside)]
    if path not in entries:
        raise Refused(404, "Not Found")
    mode, kind, blob = entries[path]
    if kind == "commit":
        return _entry(path, mode, kind, blob)
    data = call.github.repository.git("cat-file", "blob", blob)
    if "raw" in call.headers.get("accept", ""):
        return Reply(200, data, {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"})
    return _entry(path, mode, kind, blob) | _content(data)


def _entry(path: str, mode: str, kind: str, sha: str) -> dict[str, Any]:
    shown = _KINDS.get(mode, "dir" if kind == "tree" else "file")
    return {"name": path.rpartition("/")[2], "path": path, "sha": sha, "type": shown}


def _content(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        return {"size": len(data), "encoding": "none", "content": ""}
    return {"size": len(data), "encoding": "base64", "content": base64.encodebytes(data).decode()}


@route("PUT", "/repos/contents/{path:rest}", "contents: write")
def put_contents(call: Call, path: str) -> Any:
    try:
        data = base64.b64decode(call.field("content"), validate=False)
    except binascii.Error:
        raise Refused(422, "content is not valid Base64") from None
    return _change(call, path, data)


@route("DELETE", "/repos/contents/{path:rest}", "contents: write")
def delete_contents(call: Call, path: str) -> Any:
    return _change(call, path, None)


def _change(call: Call, path: str, data: Content) -> Reply:
    branch = call.body.get("branch", call.github.default_branch)
    message = call.field("message")
    before = call.github.repository.resolve(f"refs/heads/{branch}")
    if before is None:
        raise Refused(404, f"Branch {branch} not found")
    refuse_write(call, branch, [path])
    entries = {name: sha for _, _, sha, name in call.github.repository.tree(before)}
    if path in entries and call.body.get("sha") != entries[path]:
        status = 409 if call.body.get("sha") else 422
        raise Refused(status, f'{path} does not match. "sha" wasn\'t supplied or is not the current one.')
    if data is None and path not in entries:
        raise Refused(404, "Not Found")
    made = call.github.repository.commit({path: data}, f"refs/heads/{branch}", message, call.actor)
    call.github.cause("push", "", f"refs/heads/{branch}")
    call.github.refresh()
    return Reply(200 if path in entries else 201, {"commit": {"sha": made}, "content": {"path": path}})


def refuse_write(call: Call, branch: str, paths: list[str]) -> None:
    """What a job's token may never do: write to a protected branch, or write workflows."""
    if branch in call.github.protected_branches:
        raise Refused(409, "Repository rule violations found\n\nChanges must be made through a pull request.")
    if any(path.startswith(".github/workflows/") for path in paths):
        raise Refused(403, "Resource not accessible by integration")


@route("GET", "/repos/commits", "contents: read")
def list_commits(call: Call) -> Any:
    sha = call.commit(call.query.get("sha", call.github.default_branch))
    path = ["--", call.query["path"]] if "path" in call.query else []
    found = call.github.repository.line("rev-list", sha, *path).split()
    return [commit(call, item) for item in call.page(found)]


@route("GET", "/repos/activity", "contents: read")
def list_activity(call: Call) -> Any:
    """What was pushed, the newest first."""
    ref = call.query.get("ref")
    return call.page([item for item in reversed(call.github.pushes) if ref in {None, item["ref"]}])


@route("GET", "/repos/commits/{ref}", "contents: read")
def get_commit(call: Call, ref: str) -> Any:
    return commit(call, call.commit(ref))


def commit(call: Call, sha: str) -> dict[str, Any]:
    """A commit."""
    text = call.github.repository.line("show", "-s", "--format=%T%x00%P%x00%an%x00%ae%x00%aI%x00%B", sha)
    tree, parents, name, email, when, message = text.split("\0")
    who = {"name": name, "email": email, "date": when}
    return {
        "sha": sha,
        "commit": {"message": message.strip(), "author": who, "committer": who, "tree": {"sha": tree}},
        "parents": [{"sha": parent} for parent in parents.split()],
    }


@route("GET", "/repos/compare/{basehead:rest}", "contents: read")
def compare(call: Call, basehead: str) -> Any:
    base, dots, head = basehead.partition("...")
    if not dots:
        raise Refused(404, "Not Found")
    first, last = call.commit(base), call.commit(head.rpartition(":")[2])
    repository = call.github.repository
    ahead = repository.line("rev-list", "--reverse", f"{first}..{last}").split()
    behind = repository.line("rev-list", f"{last}..{first}").split()
    status = {(True, False): "ahead", (False, True): "behind", (True, True): "diverged"}.get(
        (bool(ahead), bool(behind)), "identical"
    )
    names = {"A": "added", "D": "removed"}
    return {
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "merge_base_commit": {"sha": repository.line("merge-base", first, last)},
        "commits": [commit(call, sha) for sha in ahead[:250]],
        "files": [
            {"filename": path, "status": names.get(letter, "modified")}
            for letter, path in repository.changed(first, last)[:300]
        ],
    }

"""Git's own objects: refs, trees, blobs, commits."""

from __future__ import annotations

import base64
import subprocess
from typing import Any

from workflows.runner.routes.contents import refuse_write
from workflows.runner.routing import Call, Refused, Reply, route


@route("GET", "/repos/git/ref/{ref:rest}", "contents: read")
def get_ref(call: Call, ref: str) -> Any:
    found = call.github.repository.refs(f"refs/{ref}").get(f"refs/{ref}")
    if found is None:
        raise Refused(404, "Not Found")
    return _ref(f"refs/{ref}", found)


@route("GET", "/repos/git/matching-refs/{ref:rest}", "contents: read")
def list_refs(call: Call, ref: str) -> Any:
    found = call.github.repository.refs("refs")
    shown = {name: sha for name, sha in found.items() if name.startswith(f"refs/{ref}")}
    return call.page([_ref(name, sha) for name, sha in shown.items() if not name.startswith("refs/forks/")])


def _ref(name: str, sha: str) -> dict[str, Any]:
    return {"ref": name, "object": {"type": "commit", "sha": sha}}


@route("POST", "/repos/git/refs", "contents: write")
def create_ref(call: Call) -> Any:
    name, sha = call.field("ref"), call.field("sha")
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Refused(422, f"{name} is not a valid ref name.")
    if name in call.github.repository.refs("refs"):
        raise Refused(422, "Reference already exists")
    return Reply(201, _move(call, name, sha))


@route("PATCH", "/repos/git/refs/{ref:rest}", "contents: write")
def update_ref(call: Call, ref: str) -> Any:
    name, sha = f"refs/{ref}", call.field("sha")
    old = call.github.repository.refs("refs").get(name)
    if old is None:
        raise Refused(422, "Reference does not exist")
    if not call.body.get("force") and call.github.repository.line("merge-base", old, call.commit(sha)) != old:
        raise Refused(422, "Update is not a fast forward")
    return _move(call, name, sha)


@route("DELETE", "/repos/git/refs/{ref:rest}", "contents: write")
def delete_ref(call: Call, ref: str) -> Any:
    if f"refs/{ref}" not in call.github.repository.refs("refs"):
        raise Refused(422, "Reference does not exist")
    refuse_write(call, ref.removeprefix("heads/"), [])
    call.github.repository.git("update-ref", "-d", f"refs/{ref}")
    return Reply(204)


def _move(call: Call, name: str, sha: str) -> dict[str, Any]:
    repository = call.github.repository
    if repository.resolve(sha) != sha:
        raise Refused(422, "Object does not exist")
    refuse_write(call, name.removeprefix("refs/heads/"), repository.workflow_changes(sha))
    repository.git("update-ref", name, sha)
    call.github.cause("push", "", name)
    call.github.refresh()
    return _ref(name, sha)


@route("GET", "/repos/git/blobs/{sha}", "contents: read")
def get_blob(call: Call, sha: str) -> Any:
    try:
        data = call.github.repository.git("cat-file", "blob", sha)
    except subprocess.CalledProcessError:
        raise Refused(404, "Not Found") from None
    if "raw" in call.headers.get("accept", ""):
        return Reply(200, data)
    return {
        "sha": sha,
        "size": len(data),
        "encoding": "base64",
        "content": base64.encodebytes(data).decode(),
    }


@route("POST", "/repos/git/blobs", "contents: write")
def create_blob(call: Call) -> Any:
    text = call.field("content")
    data = base64.b64decode(text) if call.body.get("encoding") == "base64" else text.encode()
    sha = call.github.repository.git("hash-object", "-w", "--stdin", data=data).decode().strip()
    return Reply(201, {"sha": sha})


@route("GET", "/repos/git/trees/{sha}", "contents: read")
def get_tree(call: Call, sha: str) -> Any:
    try:
        found = list(call.github.repository.tree(sha, recursive="recursive" in call.query))
    except subprocess.CalledProcessError:
        raise Refused(404, "Not Found") from None
    return {"sha": sha, "truncated": False, "tree": [_item(call, *entry) for entry in found]}


def _item(call: Call, mode: str, kind: str, sha: str, path: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": path, "mode": mode, "type": kind, "sha": sha}
    if kind == "blob":
        shown["size"] = int(call.github.repository.line("cat-file", "-s", sha))
    return shown


@route("POST", "/repos/git/trees", "contents: write")
def create_tree(call: Call) -> Any:
    repository = call.github.repository
    base = call.body.get("base_tree")
    entries = (
        {path: (mode, sha) for mode, kind, sha, path in repository.tree(base) if kind != "tree"}
        if base
        else {}
    )
    for item in call.field("tree", list):
        sha = item.get("sha")
        if "content" in item:
            sha = (
                repository.git("hash-object", "-w", "--stdin", data=item["content"].encode()).decode().strip()
            )
        entries[item["path"]] = (item["mode"], sha)
        if sha is None:
            del entries[item["path"]]
    return Reply(201, {"sha": _write_tree(call, entries)})


def _write_tree(call: Call, entries: dict[str, tuple[str, str]]) -> str:
    """Trees are written folder by folder, deepest first, as ``mktree`` wants them."""
    repository = call.github.repository
    lines, folders = [], {}
    for path, (mode, sha) in entries.items():
        top, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(top, {})[rest] = (mode, sha)
        else:
            kind = "commit" if mode == "160000" else "blob"
            lines.append(f"{mode} {kind} {sha}\t{path}")
    lines += [f"040000 tree {_write_tree(call, inside)}\t{name}" for name, inside in folders.items()]
    return repository.git("mktree", data="\n".join(lines).encode() + b"\n").decode().strip()


@route("GET", "/repos/git/commits/{sha}", "contents: read")
def get_git_commit(call: Call, sha: str) -> Any:
    found = call.commit(sha)
    tree = call.github.repository.line("rev-parse", f"{found}^{{tree}}")
    parents = call.github.repository.line("show", "-s", "--format=%P", found).split()
    return {"sha": found, "tree": {"sha": tree}, "parents": [{"sha": parent} for parent in parents]}


@route("POST", "/repos/git/commits", "contents: write")
def create_git_commit(call: Call) -> Any:
    parents = call.body.get("parents") or []
    made = call.github.repository.commit_tree(call.field("tree"), parents, call.field("message"), call.actor)
    return Reply(201, {"sha": made, "tree": {"sha": call.body["tree"]}})

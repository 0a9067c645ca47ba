"""Git over HTTP by ``git http-backend``, with the permissions that GitHub asks of a job's token."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from workflows.runner.repository import ZERO, clean_environment
from workflows.runner.routing import Reply

if TYPE_CHECKING:
    from workflows.runner.github import GitHub

_PATH = re.compile(r"^/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)$")

HOOK = f"""#!/bin/sh
while read -r old new ref; do
  for name in $PROTECTED; do
    if [ "$ref" = "refs/heads/$name" ]; then
      echo "error: GH013: Repository rule violations found for $ref."
      exit 1
    fi
  done
  [ "$new" = {ZERO} ] && continue
  if [ -n "$(git log --format= --name-only "$new" --not --all -- .github/workflows)" ]; then
    echo "refusing to allow a GitHub App to create or update a workflow without \\`workflows\\` permission"
    exit 1
  fi
done
"""
"""What GitHub refuses of a push by a job's token: protected branches and changed workflows."""


def wanted(path: str) -> bool:
    """Whether a request is one of Git's."""
    return bool(_PATH.match(path))


def refusal(github: GitHub, name: str, headers: dict[str, str], *, pushes: bool = False) -> Reply | None:
    """What GitHub answers whoever may not read the repository of this name, or not push to it."""
    if name != github.full_name:
        github.unknown.append(f"git {name}")
        return Reply(404, b"Repository not found.")
    token = github.server.token(headers)
    plain = {"Content-Type": "text/plain"}
    if token is None:
        return Reply(401, b"Authentication required", {**plain, "WWW-Authenticate": 'Basic realm="GitHub"'})
    if not token.may("contents", "write" if pushes else "read"):
        kind = b"Write access" if pushes else b"Access"
        return Reply(403, kind + b" to repository not granted.", plain)
    return None


def answer(github: GitHub, method: str, path: str, query: str, headers: dict[str, str], data: bytes) -> Reply:
    """Check the token and hand the request to Git."""
    found = _PATH.match(path)
    assert found is not None
    pushes = "git-receive-pack" in (path + query)
    if refused := refusal(github, found[1], headers, pushes=pushes):
        return refused
    before = github.repository.refs("refs/heads")
    reply = _backend(github, method, found[2], query, headers, data)
    if pushes and method == "POST":
        _note(github, before)
    return reply


def _backend(
    github: GitHub, method: str, service: str, query: str, headers: dict[str, str], data: bytes
) -> Reply:
    folder = github.repository.folder
    hook = folder / "hooks" / "pre-receive"
    if not hook.exists():
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK)
        hook.chmod(0o755)
    environment = clean_environment() | {
        "GIT_PROJECT_ROOT": str(folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{folder.name}/{service}",
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(data)),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "GIT_PROTOCOL": headers.get("git-protocol", ""),
        "REMOTE_USER": "x-access-token",
        "PROTECTED": " ".join(sorted(github.protected_branches)),
    }
    done = subprocess.run(
        ["git", "http-backend"], input=data, env=environment, capture_output=True, check=False
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    sent = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(sent.pop("Status", "200").split()[0])
    return Reply(status if done.stdout else 500, body, sent)


def _note(github: GitHub, before: dict[str, str]) -> None:
    with github.lock:
        after = github.repository.refs("refs/heads")
        for name in sorted(before | after):
            if before.get(name) != after.get(name):
                github.cause("push", "", name)
        github.refresh()

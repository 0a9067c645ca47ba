"""Fetch a branch that programs write, add files to it without a checkout, and push it."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from cuebook.core.errors import GitError
from cuebook.core.git import commit_of, is_shallow, remote_url, run

SERVER = "https://github.com"
"""Where GitHub is, unless GITHUB_SERVER_URL names a server of one's own."""

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._@-]+(/[A-Za-z0-9._@-]+)*")
_MOVED = ("[rejected]", "(fetch first)", "non-fast-forward", "cannot lock ref", "failed to update ref")
"""Words by which Git says that somebody else pushed first: it has no exit code for that."""


def git_settings(url: str | None) -> dict[str, str]:
    """Settings by which git shows the environment's token to the GitHub that ``url`` is on; else nothing.

    Reads GITHUB_TOKEN and GITHUB_SERVER_URL. No checkout needs to keep the token for that.
    """
    token = os.environ.get("GITHUB_TOKEN", "").strip()
    server = os.environ.get("GITHUB_SERVER_URL", "").rstrip("/") or SERVER
    if not token or not (url or "").startswith(f"{server}/"):
        return {}
    secret = b64encode(f"x-access-token:{token}".encode()).decode()
    return {f"http.{server}/.extraheader": f"AUTHORIZATION: basic {secret}"}


def fetch_branch(
    root: Path, remote: str, branch: str, settings: Mapping[str, str] | None = None
) -> str | None:
    """Fetch a branch, and only it; the SHA of its tip, or None when the remote has no such branch."""
    ref = f"refs/heads/{branch}"
    listed = run(root, "ls-remote", remote, ref, settings=settings).decode().split()
    if not listed:
        return None
    words = ["--quiet", "--no-tags", "--no-write-fetch-head", remote]
    run(root, "fetch", *words, f"+{ref}:refs/remotes/{remote}/{branch}", settings=settings)
    return commit_of(root, f"refs/remotes/{remote}/{branch}")


def deepen(root: Path, remote: str) -> None:
    """Fetch what a shallow clone lacks of HEAD's history, and no branch. Raises GitError.

    A workflow of an earlier release may check the newest commit out alone.
    """
    if is_shallow(root):
        words = ["--quiet", "--no-tags", "--no-write-fetch-head", "--unshallow", remote]
        run(root, "fetch", *words, commit_of(root, "HEAD"), settings=git_settings(remote_url(root, remote)))


def add_files(root: Path, parent: str | None, files: Mapping[str, bytes], message: str, moment: int) -> str:
    """The SHA of a new commit on no branch: ``parent`` (None: nothing) and these files, nothing checked out.

    ``moment`` in seconds since 1970. Raises GitError for a path that is not plainly one below the root, and
    when the commit came to be anything but these files on top of ``parent``.
    """
    for path in files:
        if not _PLAIN_PATH.fullmatch(path) or {"", ".", "..", ".git"} & set(path.casefold().split("/")):
            raise GitError(f"{path!r} cannot be added: it is not a plain path below the root")
    ref = f"refs/cuebook/{uuid4().hex}"
    who = f"Cuebook <cuebook@localhost> {moment} +0000"
    head = f"commit {ref}\nauthor {who}\ncommitter {who}\ndata {len(message.encode())}\n{message}\n"
    stream = head.encode() + (f"from {parent}\n".encode() if parent else b"")
    for path, data in sorted(files.items()):
        # Quoted, so that nothing of a name can end the line and be a command of its own.
        stream += f'M 100644 inline "{path}"\ndata {len(data)}\n'.encode() + data + b"\n"
    run(root, "fast-import", "--quiet", "--date-format=raw", stdin=stream)
    made = commit_of(root, ref)
    run(root, "update-ref", "-d", ref)
    empty = run(root, "hash-object", "-t", "tree", "--stdin", stdin=b"").decode().strip()
    words = ["--raw", "-r", "-z", "--no-renames", "--diff-filter=ACDMRTUX"]
    listed = run(root, "diff-tree", *words, parent or empty, made).decode(errors="surrogateescape")
    changed = listed.split("\0")[:-1]
    statuses, paths = {line.rpartition(" ")[2] for line in changed[::2]}, set(changed[1::2])
    if statuses - {"A"} or paths != set(files):
        raise GitError(
            "the new commit does more than add these files", "look at who else writes to the branch"
        )
    return made


def push(
    root: Path, remote: str, commit: str, branch: str, settings: Mapping[str, str] | None = None
) -> bool:
    """Move a remote's branch forward to a commit; False when somebody else has moved it meanwhile."""
    try:
        run(root, "push", "--quiet", remote, f"{commit}:refs/heads/{branch}", settings=settings)
    except GitError as error:
        if any(word in error.message for word in _MOVED):
            return False
        raise
    return True

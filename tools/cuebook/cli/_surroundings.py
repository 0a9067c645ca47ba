"""Find out for ``cuebook init`` where the repository is, its default branch, and who owns it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cuebook.core import git
from cuebook.core.errors import GitError
from cuebook.core.places import DEFAULT_OUTPUT, tracked_in

# git@host:path, the short form of ssh, which is no URL.
_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>[^/:].*)")
_PATH = re.compile(r"[\w.~-]+(/[\w.~-]+)+")
_BRANCH = re.compile(r"[\w.-]+(/[\w.-]+)*")
_OWNER = re.compile(r"@[A-Za-z0-9-]+(/[\w.-]+)?|[\w.+-]+@[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Empty texts for what could not be found. ``owner`` is as CODEOWNERS takes it: @name or an address.

    ``top`` is the repository's root and ``prefix`` the folder's place below it, such as ``services/ai/``.
    ``has_build``: Git tracks files in ``build/`` already, so that output has to go elsewhere.
    """

    repo_url: str = ""
    site_url: str = ""
    branch: str = "main"
    owner: str = ""
    top: Path | None = None
    prefix: str = ""
    has_build: bool = False


def look_around(root: Path) -> Surroundings:
    """Return what Git knows about a folder. Raises GitError when Git itself is missing or broken."""
    top = git.top(root)
    if top is None:
        return Surroundings()
    repo_url = web_address(git.remote_url(root, "origin") or "")
    inside = root.resolve().relative_to(top.resolve()).as_posix()
    return Surroundings(
        repo_url,
        _pages_of(repo_url),
        _branch(root),
        _owner(root),
        top,
        "" if inside == "." else f"{inside}/",
        bool(tracked_in(root, [root / DEFAULT_OUTPUT])),
    )


def web_address(remote: str) -> str:
    """Return a remote's page without account and key, as https://example.org/o/r; empty for a local one."""
    scheme, host, path = _parts(remote)
    path = path.strip("/").removesuffix(".git")
    return f"{scheme}://{host}/{path}" if host and _PATH.fullmatch(path) else ""


def _parts(remote: str) -> tuple[str, str, str]:
    """Scheme, host with its port, and path of a remote's page; no host for a folder."""
    if "://" not in remote:
        found = _SCP.fullmatch(remote)
        return ("https", found["host"], found["path"]) if found else ("", "", "")
    try:
        parts = urlsplit(remote)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # the port or the brackets of an address are wrong
        return "", "", ""
    # The port is of ssh, and the page is somewhere else.
    if parts.scheme in {"ssh", "git"}:
        return "https", host, parts.path
    if parts.scheme in {"http", "https"}:
        # The user and a token before the host are left behind.
        return parts.scheme, f"{host}:{port}" if host and port else host, parts.path
    return "", "", ""


def _pages_of(repo_url: str) -> str:
    """Where GitHub Pages puts the site of a repository; empty for any other host."""
    found = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+)", repo_url)
    if not found:
        return ""
    # A repository of this name is served at the top and not below its name.
    home = f"{found[1].lower()}.github.io"
    return f"https://{home}/" if found[2].lower() == home else f"https://{home}/{found[2]}/"


def _branch(root: Path) -> str:
    """The remote's default branch; without one ``main`` or ``master``, else the branch checked out."""
    # What the server says, then what people usually mean, then what is there at all.
    named = _answer(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    local = _answer(root, "for-each-ref", "--format=%(refname:short)", "refs/heads/main", "refs/heads/master")
    current = _answer(root, "symbolic-ref", "--short", "HEAD")
    found = named or local.partition("\n")[0] or current
    # It goes into workflows and settings, so it is nothing that could end a line there.
    return found if _BRANCH.fullmatch(found) else "main"


def _owner(root: Path) -> str:
    name = _answer(root, "config", "github.user")
    for found in (f"@{name}", _answer(root, "config", "user.email")):
        if _OWNER.fullmatch(found):
            return found
    return ""


def _answer(root: Path, *words: str) -> str:
    try:
        return git.run(root, *words).decode(errors="replace").strip()
    except GitError:  # what is asked for is not set
        return ""

"""actions/checkout: a fresh clone with the job's token, fetched as narrowly as by the real one.

The token is checked as over HTTP, and then Git reads the repository's folder: HTTP took most of the time of a
checkout. What a step itself fetches and pushes goes over HTTP.
"""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

from workflows.runner.githttp import refusal
from workflows.runner.problems import StepFailed
from workflows.runner.repository import clean_environment
from workflows.runner.using import ACTIONS, Action, Use

_PULL = re.compile(r"refs/pull/[0-9]+/(?:head|merge)")


def checkout(use: Use) -> None:
    """Fetch and check out; refuses the code of a fork where the token is the base repository's."""
    event = use.job.event
    name = use["repository"] or use.job.github.full_name
    ref, sha = use["ref"], ""
    if not ref and name == use.job.github.full_name:
        ref, sha = event.ref, event.sha
    elif re.fullmatch(r"[0-9a-fA-F]{40}", ref):
        ref, sha = "", ref
    ref = ref or ("" if sha else f"refs/heads/{use.job.github.default_branch}")
    _refuse_fork(use, name, ref, sha)
    folder = use.job.machine.workspace / use["path"]
    folder.mkdir(parents=True, exist_ok=True)
    git = _Git(folder, use, name)
    git("init", "-q", "--template=", ".")
    git("remote", "add", "origin", f"{use.job.github.url}/{name}")
    depth = int(use["fetch-depth"])
    words = ["--no-tags", f"--depth={depth}"] if depth > 0 else []
    git.may_read()
    git("fetch", "-q", *words, "origin", *(_wanted(ref, sha) if depth > 0 else _everything(ref, sha)))
    _switch(git, ref, sha)
    if use.flag("persist-credentials"):
        git("config", f"http.{use.job.github.url}/.extraheader", git.header)
    use.result.outputs.update(ref=ref, commit=git("rev-parse", "HEAD"))
    use.log(f"HEAD is now at {use.result.outputs['commit']}")


_QUICK = ("fetch.unpackLimit=1", "maintenance.auto=false")
"""One file of objects, and nothing tidied up afterwards."""


class _Git:
    def __init__(self, folder: Path, use: Use, name: str) -> None:
        token = use["token"] or use.job.token.value
        self.credentials = f"basic {base64.b64encode(f'x-access-token:{token}'.encode()).decode()}"
        self.header = f"AUTHORIZATION: {self.credentials}"
        self.folder, self.name, self.github = folder, name, use.job.github

    def may_read(self) -> None:
        if refused := refusal(self.github, self.name, {"authorization": self.credentials}):
            raise StepFailed(f"git fetch of {self.name}: {refused.status} {refused.body!r}")

    def __call__(self, *words: str) -> str:
        read = f"url.{self.github.repository.folder}.insteadOf={self.github.url}/{self.name}"
        settings = [word for setting in (read, *_QUICK) for word in ("-c", setting)]
        done = subprocess.run(
            ["git", *settings, *words],
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StepFailed(f"git {words[0]} of {self.name}: {done.stderr.strip()}")
        return done.stdout.strip()


def _wanted(ref: str, sha: str) -> list[str]:
    if not ref:
        return [sha]
    if ref.startswith("refs/heads/"):
        return [f"+{sha or ref}:refs/remotes/origin/{ref.removeprefix('refs/heads/')}"]
    if ref.startswith("refs/pull/"):
        return [f"+{sha or ref}:refs/remotes/{ref.removeprefix('refs/')}"]
    if ref.startswith("refs/"):
        return [f"+{sha or ref}:{ref}"]
    return [f"+refs/heads/{ref}*:refs/remotes/origin/{ref}*", f"+refs/tags/{ref}*:refs/tags/{ref}*"]


def _everything(ref: str, sha: str) -> list[str]:
    found = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    if ref.startswith("refs/pull/"):
        found.append(f"+{sha or ref}:refs/remotes/{ref.removeprefix('refs/')}")
    elif not ref:
        found.append(sha)
    return found


def _switch(git: _Git, ref: str, sha: str) -> None:
    if not ref:
        git("checkout", "-q", "--force", sha)
    elif ref.startswith("refs/pull/"):
        git("checkout", "-q", "--force", f"refs/remotes/{ref.removeprefix('refs/')}")
    elif ref.startswith("refs/tags/"):
        git("checkout", "-q", "--force", ref)
    else:
        branch = ref.removeprefix("refs/heads/")
        git("checkout", "-q", "--force", "-B", branch, f"refs/remotes/origin/{branch}")


def _refuse_fork(use: Use, name: str, ref: str, sha: str) -> None:
    """What the real action refuses since its version 7."""
    event = use.job.event
    if event.name != "workflow_run" or use.flag("allow-unsafe-pr-checkout"):
        return
    run = event.payload["workflow_run"]
    fork = run["head_repository"]["full_name"]
    if not run["event"].startswith("pull_request") or fork == use.job.github.full_name:
        return
    if name == fork or _PULL.fullmatch(ref) or sha == run["head_sha"]:
        raise StepFailed("Refusing to check out fork pull request code from a 'workflow_run' workflow.")


ACTIONS["actions/checkout"] = Action(
    {
        "repository": "",
        "ref": "",
        "token": "",
        "path": "",
        "fetch-depth": "1",
        "fetch-tags": "false",
        "persist-credentials": "true",
        "allow-unsafe-pr-checkout": "false",
        "clean": "true",
        "lfs": "false",
        "submodules": "false",
    },
    checkout,
)

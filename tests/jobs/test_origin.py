from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, git, write
from cuebook.gate.plan import plan_record
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.origin import made_by, run_id
from cuebook.jobs.workspace import Workspace
from cuebook.publish.data_branch import path_of
from cuebook.publish.local_verdicts import moved

ACTIONS = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_RUN_ID": "7",
    "GITHUB_ACTOR": "ada",
}


@pytest.fixture
def in_actions(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ACTIONS.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_outside_a_workflow_nothing_is_said(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(registry)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert made_by(registry) is None


@pytest.mark.usefixtures("in_actions")
def test_a_verdict_says_which_run_made_it_and_depends_on_nothing_of_that(registry: Path) -> None:
    sha = commit(registry)
    workspace = Workspace(registry)
    (first, _) = judge_all(workspace, plan_record(workspace.registry).comparisons)
    ran = first.verdict.ran
    assert ran
    assert (ran.commit, ran.by, ran.pull_request) == (sha, "ada", None)
    assert ran.run_url == "https://github.com/o/r/actions/runs/7"
    other = first.verdict.model_copy(update={"ran": None})
    assert moved(other.digests, first.verdict.digests) == []
    assert path_of(other) == path_of(first.verdict)


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({}, ""),
        ({"GITHUB_RUN_ID": "7"}, ""),
        ({"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "CI_PIPELINE_ID": "8"}, "7"),
        ({"GITLAB_CI": "true", "CI_PIPELINE_ID": "8"}, "8"),
    ],
)
def test_a_run_is_called_as_its_system_calls_it(
    told: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert run_id() == named


def test_the_gate_of_a_pull_request_is_of_the_commit_proposed(
    registry: Path, in_actions: pytest.MonkeyPatch
) -> None:
    commit(registry)
    git(registry, "checkout", "-q", "-b", "change")
    write(registry, {"prompts/qa/meta.yml": "title: Other\n"})
    proposed = commit(registry)
    git(registry, "checkout", "-q", "-")
    git(registry, "merge", "-q", "--no-ff", "-m", "Merge", "change")
    in_actions.setenv("GITHUB_REF", "refs/pull/12/merge")
    found = made_by(registry)
    assert found
    assert (found.commit, found.pull_request) == (proposed, 12)


def test_what_no_account_is_called_says_nothing(registry: Path, in_actions: pytest.MonkeyPatch) -> None:
    commit(registry)
    in_actions.setenv("GITHUB_ACTOR", "<script>")
    assert made_by(registry) is None

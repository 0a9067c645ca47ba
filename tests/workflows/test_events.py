"""What each event starts, on which commit, as whom, and with which rights."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.problems import InvalidWorkflow
from workflows.runner.results import Result
from workflows.runner.runs import begin
from workflows.small import CI, workflow

ENV = "    env: {FACTS: '${{ toJSON(github) }}'}\n"


def on(trigger: str, top: str = "permissions: {contents: write}") -> str:
    return workflow("$ python3 -c 'import os; print(os.environ[\"FACTS\"])'", trigger, ENV, top)


def facts(result: Result) -> dict[str, Any]:
    assert result.conclusion == "success", result.explain()
    found: dict[str, Any] = json.loads(result.job("a").log)
    return found


@pytest.fixture
def hub(new_github: Any) -> GitHub:
    """A GitHub with one workflow for every event and a pull request from a branch."""
    triggers = {
        "ci": "[push, pull_request, merge_group, workflow_dispatch, issue_comment]",
        "after": "{workflow_run: {workflows: [ci], types: [completed, in_progress]}}",
        "form": "{issues: {types: [labeled]}}",
        "night": "{schedule: [{cron: '0 3 * * *'}]}",
    }
    files = {f".github/workflows/{name}.yml": on(trigger) for name, trigger in triggers.items()}
    github: GitHub = new_github(files)
    github.commit({"x": "y"}, "idea")
    github.open_pull_request("idea", by="bob")
    github.commit({"z": "y"}, message="Move on")
    return github


def test_a_pull_request_runs_on_its_merge(hub: GitHub, run_workflow: Any) -> None:
    (pull,) = hub.pull_requests()
    found = facts(run_workflow("ci.yml", events.pull_request(hub, pull)))
    assert (found["sha"], found["ref"]) == (pull.merge_sha, "refs/pull/1/merge")
    assert (found["head_ref"], found["base_ref"], found["actor"]) == ("idea", "main", "bob")
    assert found["event"]["pull_request"]["head"]["sha"] == pull.head_sha != found["sha"]
    assert hub.repository.read(found["sha"], "z") == b"y"


def test_a_conflict_runs_nothing(hub: GitHub) -> None:
    hub.commit({"x": "other"})
    with pytest.raises(ValueError, match="conflict"):
        events.pull_request(hub, hub.pull_requests()[0])


def test_the_workflow_of_a_pull_request_is_its_own(hub: GitHub, run_workflow: Any) -> None:
    changed = on("pull_request").replace("print", "assert 0; print")
    hub.commit({CI: changed}, "idea")
    (pull,) = hub.pull_requests()
    own = run_workflow("ci.yml", events.pull_request(hub, pull, "synchronize"))
    assert own.conclusion == "failure"
    assert run_workflow("ci.yml", events.merge_group(hub, pull)).conclusion == "not triggered"
    assert facts(run_workflow("after.yml", events.workflow_run(hub, own)))["ref"] == "refs/heads/main"


def test_the_merge_queue_runs_on_a_branch_of_its_own(hub: GitHub, run_workflow: Any) -> None:
    (pull,) = hub.pull_requests()
    base = hub.repository.resolve("main")
    result = run_workflow("ci.yml", events.merge_group(hub, pull))
    found = facts(result)
    assert found["ref"] == f"refs/heads/gh-readonly-queue/main/pr-1-{base}"
    assert found["event"]["merge_group"]["base_sha"] == base
    assert result.job("a").permissions == {"contents": "write"}


def test_a_dispatch(hub: GitHub, run_workflow: Any) -> None:
    found = facts(run_workflow("ci.yml", events.workflow_dispatch(hub, ref="idea", by="bob")))
    assert (found["ref"], found["sha"]) == ("refs/heads/idea", hub.repository.resolve("idea"))
    with pytest.raises(PermissionError, match="write access"):
        events.workflow_dispatch(hub, by="eve")


def test_runs_on_the_default_branch(hub: GitHub, run_workflow: Any) -> None:
    main = hub.repository.resolve("main")
    issue = hub.open_issue("Help", by="eve")
    comment = hub.comment(1, "hello", by="eve")
    started = {
        "form.yml": events.issues(hub, issue, "labeled", label="prompt"),
        "night.yml": events.schedule(hub),
        "ci.yml": events.issue_comment(hub, comment),
    }
    for path, event in started.items():
        found = facts(run_workflow(path, event))
        assert (found["sha"], found["ref"]) == (main, "refs/heads/main")
    assert found["event"]["comment"]["author_association"] == "NONE"
    assert run_workflow("form.yml", events.issues(hub, issue)).conclusion == "not triggered"


def test_a_run_that_has_begun(hub: GitHub, run_workflow: Any) -> None:
    event = events.pull_request(hub, hub.pull_requests()[0])
    run = begin("ci.yml", event)
    early = facts(run_workflow("after.yml", events.workflow_run(hub, run, "in_progress")))
    assert early["event"]["workflow_run"]["conclusion"] is None
    done = run_workflow("ci.yml", event, run=run)
    late = facts(run_workflow("after.yml", events.workflow_run(hub, done)))["event"]["workflow_run"]
    assert (late["id"], late["conclusion"]) == (run.id, "success")
    assert [pull["number"] for pull in late["pull_requests"]] == [1]


def test_a_fork_and_dependabot_are_restricted(hub: GitHub, run_workflow: Any) -> None:
    hub.commit_to_fork({"n": "y"})
    fork = hub.open_pull_request("idea", by="eve", fork=True)
    hub.commit({"d": "y"}, "bump", by="dependabot[bot]")
    bump = hub.open_pull_request("bump", by="dependabot[bot]")
    for pull in (fork, bump):
        result = run_workflow("ci.yml", events.pull_request(hub, pull))
        assert result.job("a").permissions == {"contents": "read"}
    queued = run_workflow("ci.yml", events.merge_group(hub, fork))
    assert queued.job("a").permissions == {"contents": "write"}
    after = events.workflow_run(hub, run_workflow("ci.yml", events.pull_request(hub, fork)))
    assert after.payload["workflow_run"]["pull_requests"] == []
    assert run_workflow("after.yml", after).job("a").permissions == {"contents": "write"}


INPUTS = """{workflow_dispatch: {inputs: {
  prompt: {required: true}, version: {type: number, default: 1}, sure: {type: boolean},
  alias: {type: choice, options: [production, next]}}}}""".replace("\n", "")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"prompt": "qa", "alias": "next", "sure": "true"}, None),
        ({"alias": "next"}, "'prompt' not provided"),
        ({"prompt": "qa", "alias": "other"}, "not one of"),
        ({"prompt": "qa", "version": "x"}, "must be a number"),
        ({"prompt": "qa", "sure": "maybe"}, "true or false"),
        ({"prompt": "qa", "extra": "x"}, "Unexpected inputs"),
    ],
)
def test_inputs_of_a_dispatch(
    new_github: Any, run_workflow: Any, given: dict[str, str], problem: str | None
) -> None:
    text = on(INPUTS).replace("toJSON(github)", "toJSON(inputs)")
    event = events.workflow_dispatch(new_github({CI: text}), given)
    if problem:
        with pytest.raises(InvalidWorkflow, match=problem):
            run_workflow("ci.yml", event)
        return
    assert facts(run_workflow("ci.yml", event)) == {**given, "version": 1, "sure": True}
    assert event.payload["inputs"] == {**given, "version": "1"}


@pytest.mark.parametrize(
    ("trigger", "starts"),
    [
        ("{push: {branches: [main]}}", True),
        ("{push: {branches: ['release/**']}}", False),
        ("{push: {branches-ignore: [main]}}", False),
        ("{push: {paths: ['prompts/**']}}", False),
        ("{push: {paths: ['.github/**']}}", False),
        ("{push: {paths: [new]}}", True),
        ("{push: {tags: [v*]}}", False),
        ("pull_request", False),
    ],
)
def test_filters_of_a_push(new_github: Any, run_workflow: Any, trigger: str, starts: bool) -> None:
    github = new_github({CI: on(trigger)})
    github.commit({"new": "x"})
    result = run_workflow("ci.yml", events.push(github))
    assert (result.conclusion == "success") is starts
    assert bool(github.runs) is starts

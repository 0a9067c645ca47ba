"""promote.yml from event to end: a pull request with evidence in it, or what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.changes import WRONG
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.results import unused_permissions

PATH = "prompts/qa/aliases.yml"


def press(github: GitHub, run_workflow: Any, version: str = "2", **inputs: str) -> Any:
    given = {"prompt": "qa", "version": version, "alias": "production", **inputs}
    return run_workflow("promote.yml", events.workflow_dispatch(github, given))


def published(github: GitHub, run_workflow: Any) -> None:
    result = run_workflow("publish.yml", events.push(github))
    assert result.job("keep").conclusion == "success", result.explain()


def test_a_pull_request_is_opened_with_the_evidence(github: GitHub, run_workflow: Any) -> None:
    published(github, run_workflow)
    result = press(github, run_workflow)
    assert result.conclusion == "success", result.explain()
    (pull,) = github.pull_requests()
    assert pull.title == "qa: production to version 2"
    assert "**Because:** pass on qa" in pull.body
    assert github.repository.changed("main", f"refs/heads/{pull.head_branch}") == [("M", PATH)]
    assert github.repository.read(f"refs/heads/{pull.head_branch}", PATH) == b"production: 2\n"
    again = press(github, run_workflow)
    assert again.conclusion == "success"
    assert len(github.pull_requests()) == 1
    assert unused_permissions(result, again) == {}
    gate = run_workflow("gate.yml", events.pull_request(github, pull))
    assert gate.conclusion == "success", gate.explain()


def test_without_evidence_nothing_is_opened_and_what_is_missing_is_said(
    github: GitHub, run_workflow: Any
) -> None:
    result = press(github, run_workflow)
    assert result.conclusion == "failure"
    assert "no valid verdict on qa/2" in result.log
    assert github.pull_requests() == []


def test_a_version_that_failed_is_not_promoted(github: GitHub, run_workflow: Any) -> None:
    github.commit(WRONG)
    published(github, run_workflow)
    result = press(github, run_workflow, "3")
    assert (result.conclusion, "qa/3 on qa: fail" in result.log) == ("failure", True)


def test_a_rollback_needs_no_evidence(github: GitHub, run_workflow: Any) -> None:
    github.commit({**WRONG, PATH: "production: 3\n"})
    result = press(github, run_workflow, "1")
    assert result.conclusion == "success", result.explain()
    assert "which was live before" in github.pull_requests()[0].body


@pytest.mark.parametrize(
    "inputs",
    [
        {"prompt": "--help"},
        {"prompt": "$(touch pwned)"},
        {"prompt": "../../etc"},
        {"version": "2; id"},
        {"version": "-1"},
        {"alias": "--root=/"},
        {"alias": "x\nGITHUB_TOKEN=1"},
    ],
)
def test_hostile_inputs_are_words_and_nothing_else(
    github: GitHub, run_workflow: Any, inputs: dict[str, str]
) -> None:
    result = press(github, run_workflow, **inputs)
    assert result.conclusion == "failure"
    assert "uid=" not in result.log
    assert github.pull_requests() == []


def test_only_the_default_branch_has_the_button(github: GitHub, run_workflow: Any) -> None:
    github.commit({"x": "y"}, "idea")
    event = events.workflow_dispatch(
        github, {"prompt": "qa", "version": "2", "alias": "production"}, ref="idea"
    )
    assert run_workflow("promote.yml", event).conclusion == "skipped"

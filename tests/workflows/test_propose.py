"""propose.yml from event to end: a form becomes a pull request with the next version, or an answer."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.results import unused_permissions

NEW = "prompts/qa/v3.prompt.yml"


def body(**fields: str) -> str:
    given = {"Prompt": "qa", "Why": "Say it in a word", "Instructions": "Answer from the context in a word."}
    return "".join(f"### {name}\n\n{text}\n\n" for name, text in (given | fields).items())


def fill_in(github: GitHub, text: str, labels: Any = ("propose-prompt",)) -> Any:
    return github.open_issue('x"; echo INJECTED $(id) #', text, by="eve", labels=labels)


def test_a_form_becomes_a_pull_request_that_can_be_gated(github: GitHub, run_workflow: Any) -> None:
    issue = fill_in(github, body())
    result = run_workflow("propose.yml", events.issues(github, issue))
    assert result.conclusion == "success", result.explain()
    (pull,) = github.pull_requests()
    assert github.repository.changed("main", f"refs/heads/{pull.head_branch}") == [("A", NEW)]
    assert [comment.number for comment in github.comments.values()] == [issue.number]
    assert unused_permissions(result) == {}
    assert "INJECTED" not in result.log
    gate = run_workflow("gate.yml", events.pull_request(github, pull))
    assert gate.conclusion == "success", gate.explain()
    issue.body = body(Instructions="Answer from the context in two words.")
    again = run_workflow("propose.yml", events.issues(github, issue, "edited"))
    assert again.conclusion == "success", again.explain()
    assert len(github.pull_requests()) == 1
    assert b"two words" in (github.repository.read(f"refs/heads/{pull.head_branch}", NEW) or b"")


@pytest.mark.parametrize(
    "fields", [{"Prompt": "../../.github/workflows"}, {"Instructions": "{{ evil() }}"}, {"Prompt": "$(id)"}]
)
def test_a_hostile_form_is_answered_and_opens_nothing(
    github: GitHub, run_workflow: Any, fields: dict[str, str]
) -> None:
    issue = fill_in(github, body(**fields))
    result = run_workflow("propose.yml", events.issues(github, issue))
    assert result.conclusion == "failure"
    assert github.pull_requests() == []
    assert len(github.comments) == 1
    assert "uid=" not in result.log


@pytest.mark.parametrize(("by", "conclusion"), [("eve", "success"), ("bob", "failure")])
def test_a_stranger_does_not_set_off_what_costs_money(
    github: GitHub, run_workflow: Any, by: str, conclusion: str
) -> None:
    """The App's token, on whose pull requests the gate starts by itself, is one that nobody knows here."""
    github.environment("pull-requests", secrets={"PULL_REQUEST_TOKEN": "unknown"})
    issue = github.open_issue("Propose", body(), by=by, labels=("propose-prompt",))
    result = run_workflow("propose.yml", events.issues(github, issue))
    assert result.conclusion == conclusion, result.explain()
    assert {item.runs for item in github.triggered} <= {"no", "after approval"}


def test_other_issues_are_left_alone(github: GitHub, run_workflow: Any) -> None:
    issue = fill_in(github, body(), labels=("bug",))
    assert run_workflow("propose.yml", events.issues(github, issue)).conclusion == "skipped"

"""check.yml from event to end: everyone's pull requests and the merge queue, without secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workflows.changes import BETTER, EDITED, UNRELATED, WRONG, propose, unpacked
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.repository import Content, link
from workflows.runner.results import unused_permissions

V3 = "prompts/qa/v3.prompt.yml"
REPORTS = {"gate.json", "gate.md", "gate.xml", "claim.json"}


@pytest.mark.pages
def test_a_good_version_passes(github: GitHub, run_workflow: Any) -> None:
    result = run_workflow("check.yml", events.pull_request(github, propose(github, BETTER)))
    assert result.conclusion == "success", result.explain()
    assert "qa/3 on qa: pass" in result.job("registry").step("Check").log
    assert result.job("house").log.endswith("every check and test test\n")
    assert "qa/3 on qa" in result.summary
    found = unpacked(result, "check")
    assert set(found) >= REPORTS
    assert [item["outcome"] for item in json.loads(found["gate.json"])] == ["pass"]
    assert result.concurrency == {"group": "check-1", "cancel-in-progress": True}
    assert unused_permissions(result) == {}
    assert result.requests == []


def test_a_published_version_cannot_be_edited(github: GitHub, run_workflow: Any) -> None:
    result = run_workflow("check.yml", events.pull_request(github, propose(github, EDITED)))
    assert (result.conclusion, result.job("registry").conclusion) == ("failure", "failure")
    (found,) = [item for item in result.annotations if item.level == "error"]
    assert (found.file, found.line) == ("prompts/qa/v1.prompt.yml", 4)
    assert "a published version was edited" in found.message
    assert "a published version was edited" in result.summary
    assert json.loads(unpacked(result, "check")["claim.json"])["exit_code"] == 1


def test_a_fork_is_told_there_is_nothing_to_evaluate(github: GitHub, run_workflow: Any) -> None:
    github.secrets["KEY"] = "k3y"
    github.commit_to_fork(UNRELATED)
    pull = github.open_pull_request("idea", by="eve", fork=True)
    result = run_workflow("check.yml", events.pull_request(github, pull))
    assert result.conclusion == "success", result.explain()
    assert "Nothing to evaluate" in result.job("registry").step("Check").log
    assert "Nothing to evaluate" in result.summary
    assert result.job("registry").permissions == {"contents": "read"}


def test_the_merge_queue_refuses_a_worse_version(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, WRONG)
    result = run_workflow("check.yml", events.merge_group(github, pull))
    assert result.job("registry").conclusion == "failure"
    assert "qa/3 on qa: fail, so it cannot be merged" in result.job("registry").step("Check").log
    assert set(unpacked(result, "check")) >= REPORTS


def test_failing_tests_fail_the_house(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, {"quickstart.py": "raise SystemExit(1)\n", **EDITED})
    result = run_workflow("check.yml", events.pull_request(github, pull, "synchronize"))
    assert result.job("house").conclusion == "failure"


def with_schema(schema: str) -> str:
    """A version that asks for JSON by this schema."""
    return f"{BETTER[V3]}responseFormat: json_schema\njsonSchema: {{name: a, schema: {schema}}}\n"


HOSTILE: dict[str, tuple[Content, str]] = {
    "symlink to a secret": (link("/proc/self/environ"), "symbolic link"),
    "link that climbs out": (link("../../../../../../etc/passwd"), "symbolic link"),
    "a file of 100 MB": (b"#" * (100 << 20), "104,857,600 bytes"),
    "api_base in a version": (
        f"{BETTER[V3]}modelParameters: {{api_base: 'https://evil.example'}}\n",
        "api_base",
    ),
    "a pattern that backtracks for ever": (
        with_schema("{type: string, pattern: '(?=a)(a+)+$'}"),
        "RE2 cannot",
    ),
    "a schema on another server": (with_schema("{$ref: 'http://169.254.169.254/'}"), "does not hold"),
    "a template that says two things": (
        f"{BETTER[V3]}templateFormat: jinja2\n".replace("{{question}}", "{{ [question]|random }}"),
        "writes a different text each time",
    ),
    "a template too long to compile": (
        f"{BETTER[V3]}templateFormat: jinja2\n".replace("{{question}}", "{{question}}" + "{{1}}" * 30_000),
        "more than 50,000",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_version_is_refused_without_being_read(
    github: GitHub, run_workflow: Any, name: str
) -> None:
    content, said = HOSTILE[name]
    github.commit_to_fork({V3: content, "quickstart.py": "print()\n"})
    pull = github.open_pull_request("idea", by="eve", fork=True, title='x"; $(touch pwned) `touch pwned` #')
    result = run_workflow("check.yml", events.pull_request(github, pull))
    assert (result.conclusion, said in result.job("registry").log) == ("failure", True), result.explain()
    claim = unpacked(result, "check")["claim.json"].decode()
    assert ("root:x:" in claim, "GITHUB_TOKEN" in claim, "pwned" in claim + result.log) == (False,) * 3


def test_other_activities_start_nothing(github: GitHub, run_workflow: Any) -> None:
    pull = propose(github, UNRELATED)
    result = run_workflow("check.yml", events.pull_request(github, pull, "labeled"))
    assert result.conclusion == "not triggered"

"""nightly.yml from event to end: what goes wrong by itself becomes an issue, and goes away with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import QA
from workflows.conftest import project
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.results import unused_permissions

BROKEN = {"prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"].replace("offline/rules", "local/gone")}


def test_a_quiet_night_leaves_a_record_and_no_issue(github: GitHub, run_workflow: Any) -> None:
    result = run_workflow("nightly.yml", events.schedule(github, "17 3 * * *"))
    assert result.conclusion == "success", result.explain()
    assert github.issues == {}
    (path,) = [
        path for _, _, _, path in github.repository.tree("refs/heads/cuebook-data") if path.endswith(".json")
    ]
    record = json.loads(github.repository.read("refs/heads/cuebook-data", path) or b"")
    assert [run["outcome"] for run in record["runs"]] == ["pass"]
    assert "issues" in unused_permissions(result).get("tell", {}), "nothing was written"


def test_a_problem_is_one_issue_while_it_lasts(new_github: Any, run_workflow: Any) -> None:
    settings = "timeout = 1.0\n[endpoints.local]\nbase_url = 'http://127.0.0.1:9/v1'\n"
    github = new_github({**project(), **BROKEN, "cuebook.toml": settings})
    first = run_workflow("nightly.yml", events.schedule(github, "17 3 * * *"))
    assert first.conclusion == "success", first.explain()
    (issue,) = github.issues.values()
    assert (issue.title, issue.labels) == ("qa: the nightly run could not be finished", ["cuebook-nightly"])
    second = run_workflow("nightly.yml", events.schedule(github, "17 3 * * *"))
    assert len(github.issues) == 1
    github.commit({"prompts/qa/v1.prompt.yml": QA["prompts/qa/v1.prompt.yml"]})
    third = run_workflow("nightly.yml", events.schedule(github, "17 3 * * *"))
    assert third.conclusion == "success", third.explain()
    assert issue.state == "closed"
    assert unused_permissions(first, second, third) == {}


@pytest.mark.parametrize(("ref", "conclusion"), [("main", "success"), ("idea", "skipped")])
def test_the_button_works_on_the_default_branch_only(
    github: GitHub, run_workflow: Any, ref: str, conclusion: str
) -> None:
    github.commit({"x": "y"}, "idea")
    result = run_workflow("nightly.yml", events.workflow_dispatch(github, ref=ref))
    assert result.conclusion == conclusion, result.explain()

"""gate.yml from event to end: this repository's pull requests and the merge queue, with configured models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import QA
from workflows.changes import BETTER, UNRELATED, WRONG, project, propose, unpacked
from workflows.runner import events
from workflows.runner.github import GitHub
from workflows.runner.results import unused_permissions


@pytest.mark.parametrize(
    ("files", "conclusion", "said", "outcomes"),
    [
        (BETTER, "success", "qa/3 on qa: pass", ["pass"]),
        (WRONG, "failure", "qa/3 on qa: fail, so it cannot be merged", ["fail"]),
        ({"prompts/qa/aliases.yml": "production: 2\n"}, "success", "qa/2 on qa: pass", ["pass"]),
        (UNRELATED, "success", "Nothing to evaluate", []),
    ],
)
def test_a_pull_request_of_this_repository(
    github: GitHub, run_workflow: Any, files: Any, conclusion: str, said: str, outcomes: list[str]
) -> None:
    result = run_workflow("gate.yml", events.pull_request(github, propose(github, files)))
    assert result.conclusion == conclusion, result.explain()
    assert said in result.job("gate").step("Gate").log
    assert said.partition(":")[0] in result.summary
    verdicts = json.loads(unpacked(result, "gate")["gate.json"])
    assert [item["outcome"] for item in verdicts] == outcomes
    assert unused_permissions(result) == {}


def test_a_fork_gets_no_key_and_no_run(github: GitHub, run_workflow: Any) -> None:
    github.commit_to_fork(BETTER)
    pull = github.open_pull_request("idea", by="eve", fork=True)
    result = run_workflow("gate.yml", events.pull_request(github, pull))
    assert (result.conclusion, result.job("gate").conclusion) == ("skipped", "skipped")
    assert github.deployments == []


def test_the_merge_queue_waits_for_a_person_where_the_environment_asks_for_one(
    github: GitHub, run_workflow: Any
) -> None:
    github.environment("prompt-eval", secrets={"OPENAI_API_KEY": "sk-1"}, reviewers=("ada",))
    result = run_workflow("gate.yml", events.merge_group(github, propose(github, WRONG)))
    assert (result.conclusion, result.waiting) == ("waiting", ["prompt-eval"])
    assert result.job("gate").steps == []
    result.approve("prompt-eval", by="ada")
    assert result.job("gate").conclusion == "failure"
    assert "sk-1" not in result.log


def test_a_large_gate_is_shared_among_machines(new_github: Any, run_workflow: Any) -> None:
    files = project()
    alone = new_github(files)
    shared = new_github({**files, "pyproject.toml": f"{files['pyproject.toml']}shard_calls = 10\n"})
    one = run_workflow("gate.yml", events.pull_request(alone, propose(alone, BETTER)))
    assert one.job("shard").conclusion == "skipped"
    many = run_workflow("gate.yml", events.pull_request(shared, propose(shared, BETTER)))
    assert many.conclusion == "success", many.explain()
    legs = many.legs("shard")
    assert len(legs) > 1
    assert all("calls made" in leg.step("Collect replies").log for leg in legs)
    assert many.job("gate").step("Gate").log.count("new replies") == len(legs)
    found, expected = (json.loads(unpacked(result, "gate")["gate.json"]) for result in (many, one))
    assert found == expected
    assert unused_permissions(one, many) == {}


def test_a_plan_that_fails_is_no_skipped_gate(github: GitHub, run_workflow: Any) -> None:
    result = run_workflow(
        "gate.yml", events.pull_request(github, propose(github, {"prompts/qa/v3.prompt.yml": "x"}))
    )
    assert (result.job("plan").conclusion, result.job("gate").conclusion) == ("failure", "failure")


def test_a_cancelled_run_leaves_what_it_was_about_to_ask_alone(github: GitHub, run_workflow: Any) -> None:
    event = events.pull_request(github, propose(github, BETTER))
    result = run_workflow("gate.yml", event, cancel_before="Gate")
    assert result.conclusion == "cancelled"
    assert list(result.artifacts) == ["plan"]
    assert json.loads(unpacked(result, "plan")["claim.json"])["questions"]


def test_a_lowered_threshold_does_not_count_in_the_move_that_lowers_it(
    github: GitHub, run_workflow: Any
) -> None:
    suite = QA["evals/qa/suite.yml"].replace("margin: 0.1, floor: 0.5", "margin: 1.0, floor: 0.0")
    pull = propose(github, {**WRONG, "evals/qa/suite.yml": suite})
    result = run_workflow("gate.yml", events.pull_request(github, pull))
    assert "qa/3 on qa: fail, so it cannot be merged" in result.job("gate").step("Gate").log


def test_the_same_words_on_a_second_branch_are_judged_at_half_the_error(
    github: GitHub, run_workflow: Any
) -> None:
    run_workflow("gate.yml", events.pull_request(github, propose(github, WRONG, "first-try")))
    result = run_workflow("gate.yml", events.pull_request(github, propose(github, WRONG, "second-try")))
    (verdict,) = json.loads(unpacked(result, "gate")["gate.json"])
    assert verdict["attempt"] == 1
    assert "second look at the same question, each at half the error" in result.summary


@pytest.mark.parametrize("name", ["venv.py", "pip.py"])
def test_a_file_of_the_change_does_not_stand_in_for_a_module(
    github: GitHub, run_workflow: Any, name: str
) -> None:
    """It would run beside the keys without a changed workflow, and could write whatever verdict it likes."""
    result = run_workflow("gate.yml", events.pull_request(github, propose(github, {name: "print('OWNED')"})))
    assert result.conclusion == "success", result.explain()
    assert "OWNED" not in result.log

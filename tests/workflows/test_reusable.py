"""What other repositories use in workflows of their own: action.yml and reusable.yml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from workflows.changes import BETTER, EDITED, UNRELATED, WRONG, project, propose, unpacked
from workflows.runner import events
from workflows.runner.documents import load, read_workflow
from workflows.runner.github import GitHub
from workflows.runner.hygiene import house_rules, untrusted_interpolation
from workflows.runner.problems import InvalidWorkflow

ROOT = Path(__file__).parents[2]
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
HOSTILE = "--base HEAD; touch pwned; $(touch pwned) `touch pwned` *"
PINNED = f"cuebook[all]==0.1.0 --hash=sha256:{'0' * 64}\n"

CALLER = """
name: prompts
on: [pull_request, merge_group]
permissions: {{}}
jobs:
  prompts:
    permissions: {{contents: read}}
    uses: ./.github/workflows/reusable.yml
    with: {inputs}
"""
USER = """
name: prompts
on: pull_request
permissions: {{}}
jobs:
  prompts:
    runs-on: ubuntu-24.04
    permissions: {{contents: read}}
    steps:
      - uses: {checkout}
        with: {{fetch-depth: 0, persist-credentials: false}}
      - uses: ./
        with: {inputs}
"""


def calling(new_github: Any, inputs: str = "{}", text: str = CALLER) -> GitHub:
    """A repository with a workflow that calls ours."""
    files = project()
    files[".github/cuebook-requirements.txt"] = PINNED
    files[".github/workflows/prompts.yml"] = text.format(inputs=inputs, checkout=CHECKOUT)
    github: GitHub = new_github(files)
    github.environment("prompt-eval", secrets={"OPENAI_API_KEY": "sk-own"})
    return github


@pytest.mark.pages
def test_a_called_check_and_gate_pass(new_github: Any, run_workflow: Any) -> None:
    github = calling(new_github)
    result = run_workflow("prompts.yml", events.pull_request(github, propose(github, BETTER)))
    assert result.conclusion == "success", result.explain()
    for step in ("check", "gate"):
        assert "claim.json" in unpacked(result, step)
    assert [job.permissions for job in result.jobs] == [{"contents": "read"}] * 2
    assert [job.environment for job in result.jobs] == ["", "prompt-eval"]


def test_a_called_check_refuses_an_edit_and_the_queue_a_worse_version(
    new_github: Any, run_workflow: Any
) -> None:
    github = calling(new_github, "{gate: false}")
    edited = run_workflow("prompts.yml", events.pull_request(github, propose(github, EDITED)))
    assert edited.conclusion == "failure"
    assert "a published version was edited" in edited.log
    worse = run_workflow("prompts.yml", events.merge_group(github, propose(github, WRONG, "worse")))
    assert worse.conclusion == "failure"
    assert "fail, so it cannot be merged" in worse.log


def test_a_fork_calls_the_check_alone_and_sees_no_key(new_github: Any, run_workflow: Any) -> None:
    github = calling(new_github)
    github.commit_to_fork(UNRELATED)
    pull = github.open_pull_request("idea", by="eve", fork=True)
    result = run_workflow("prompts.yml", events.pull_request(github, pull))
    assert result.conclusion == "success", result.explain()
    assert [job.conclusion for job in result.jobs] == ["success", "skipped"]


@pytest.mark.parametrize(
    ("inputs", "ran"),
    [("{gate: false}", ["success", "skipped"]), ("{check: false}", ["skipped", "success"])],
)
def test_jobs_are_chosen(new_github: Any, run_workflow: Any, inputs: str, ran: list[str]) -> None:
    github = calling(new_github, inputs)
    result = run_workflow("prompts.yml", events.pull_request(github, propose(github, UNRELATED)))
    assert [job.conclusion for job in result.jobs] == ran


@pytest.mark.parametrize("inputs", ["{gate: sure}", "{models: all}"])
def test_wrong_inputs_are_refused(new_github: Any, run_workflow: Any, inputs: str) -> None:
    github = calling(new_github, inputs)
    with pytest.raises(InvalidWorkflow):
        run_workflow("prompts.yml", events.pull_request(github, propose(github, UNRELATED)))


def test_an_input_stays_text(new_github: Any, run_workflow: Any) -> None:
    github = calling(new_github, "{gate: false, requirements: 'x; touch pwned'}")
    result = run_workflow("prompts.yml", events.pull_request(github, propose(github, UNRELATED)))
    assert result.conclusion == "failure"
    assert "Could not open requirements file: x; touch pwned" in result.log


def _on_one_machine(steps: list[Any]) -> list[Any]:
    """The deciding job's steps where no machine bought anything before it."""
    alone = []
    for step in steps:
        if "shard-" not in str(step.get("with")):
            env = {name: value for name, value in step.get("env", {}).items() if name != "SHARDS"}
            run = step.get("run", "").replace(' --shards "$SHARDS"', "")
            alone.append(step | ({"env": env} if env else {}) | ({"run": run} if run else {}))
    return alone


def test_the_called_jobs_are_those_of_check_and_gate() -> None:
    called = load((ROOT / ".github/workflows/reusable.yml").read_text("utf-8"))["jobs"]
    templates = ROOT / "tools/cuebook/templates/workflows"
    gate = load((templates / "gate.yml").read_text("utf-8"))["jobs"]
    ours = {
        "check": load((templates / "check.yml").read_text("utf-8"))["jobs"]["registry"],
        "gate": gate["gate"] | {"steps": _on_one_machine(gate["gate"]["steps"])},
    }
    assert set(called) == set(ours)
    for name, job in called.items():
        # A called job has no right that its caller lacks, so it counts earlier runs by the records alone.
        assert job["permissions"] == {"contents": "read"}
        assert [_plain(step) for step in job["steps"]] == [_plain(step) for step in ours[name]["steps"]]
    condition = called["gate"]["if"].removeprefix("inputs.gate && ")
    assert condition == f"({gate['plan']['if']})"
    text = (ROOT / ".github/workflows/reusable.yml").read_text("utf-8")
    assert house_rules(read_workflow("reusable.yml", text)) == []


def _plain(step: dict[str, Any]) -> dict[str, Any]:
    """A step without what the inputs choose."""
    if "setup-python" in step.get("uses", ""):
        return {**step, "with": {}}
    if "install" in step.get("run", ""):
        script = re.sub(r'-r ("\$REQUIREMENTS"|\S+)', "-r LOCK", step["run"])
        return {"name": step["name"], "run": script}
    given = {name: text for name, text in step.get("env", {}).items() if name != "GITHUB_TOKEN"}
    return {**step, "env": given} if given else step


@pytest.mark.parametrize(
    ("inputs", "conclusion", "said"),
    [
        ("{}", "success", "check: 0 errors"),
        ("{command: gate}", "success", "qa/3 on qa: pass"),
        ("{args: --base origin/main}", "success", "qa/3 on qa: pass"),
        ("{requirements: .github/cuebook-requirements.txt}", "success", "check: 0 errors"),
        ("{command: chekc}", "failure", "No such command 'chekc'"),
        ("{requirements: loose.txt}", "failure", "without version and hash: ['cuebook']"),
        (f"{{args: '{HOSTILE}'}}", "failure", "unexpected extra argument"),
    ],
)
def test_the_action(new_github: Any, run_workflow: Any, inputs: str, conclusion: str, said: str) -> None:
    github = calling(new_github, inputs, USER)
    github.commit({"loose.txt": "cuebook\n"})
    result = run_workflow("prompts.yml", events.pull_request(github, propose(github, BETTER)))
    assert result.conclusion == conclusion, result.explain()
    assert said in result.log


def test_the_action_keeps_text_out_of_scripts() -> None:
    assert untrusted_interpolation(load((ROOT / "action.yml").read_text("utf-8"))) == []

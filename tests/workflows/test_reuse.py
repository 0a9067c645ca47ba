"""Composite actions, called workflows, environments, and the stand-in of pip."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.runner import events
from workflows.runner.problems import InvalidWorkflow
from workflows.small import CHECKOUT, CI, workflow

COMPOSITE = """
name: greet
description: Say hello
inputs: {who: {description: x, default: you}}
outputs: {said: {description: x, value: '${{ steps.s.outputs.said }}'}}
runs:
  using: composite
  steps:
    - id: s
      shell: bash
      run: echo "said=hello $WHO" >> "$GITHUB_OUTPUT"; ls "$GITHUB_ACTION_PATH"
      env: {WHO: '${{ inputs.who }}'}
"""


def test_a_composite_action(new_github: Any, run_workflow: Any) -> None:
    greet = "- {id: g, uses: ./greet, with: {who: ada}}\n$ echo ${{ steps.g.outputs.said }}"
    steps = f"- uses: {CHECKOUT}\n{greet}"
    github = new_github({CI: workflow(steps), "greet/action.yml": COMPOSITE})
    result = run_workflow("ci.yml", events.push(github))
    assert result.log.endswith("action.yml\nhello ada\n")
    sha = github.repository.resolve("main")
    remote = steps.replace("./greet", f"acme/prompts/greet@{sha}").replace("with: {who: ada}", "env: {A: b}")
    github.commit({CI: workflow(remote)})
    assert run_workflow("ci.yml", events.push(github)).log.endswith("hello you\n")
    github.commit({CI: workflow(steps.replace(f"- uses: {CHECKOUT}\n", ""))})
    assert "Did you forget to run actions/checkout?" in run_workflow("ci.yml", events.push(github)).log


CALLED = """
name: called
on:
  workflow_call:
    inputs: {depth: {type: number, default: 2}, ask: {type: boolean}}
    secrets: {KEY: {required: false}}
    outputs: {said: {value: '${{ jobs.x.outputs.said }}'}}
permissions: {}
jobs:
  x:
    runs-on: ubuntu-24.04
    permissions: {contents: read}
    outputs: {said: '${{ steps.s.outputs.said }}'}
    steps:
      - id: s
        run: echo "said=${{ inputs.depth + 0 }}" >> $GITHUB_OUTPUT
""".replace("inputs.depth + 0", "inputs.depth == 3 && inputs.ask && 'yes'")


def test_a_called_workflow(new_github: Any, run_workflow: Any) -> None:
    caller = (
        "name: ci\non: push\npermissions: {}\njobs:\n  call:\n    permissions: {contents: read}\n"
        "    uses: ./.github/workflows/called.yml\n    with: {depth: 3, ask: true}\n"
        "  after:\n    needs: call\n    runs-on: ubuntu-24.04\n    permissions: {}\n"
        "    steps: [{run: 'echo ${{ needs.call.outputs.said }}'}]\n"
    )
    github = new_github({CI: caller, ".github/workflows/called.yml": CALLED})
    result = run_workflow("ci.yml", events.push(github))
    assert [job.name for job in result.jobs] == ["call / x", "after"]
    assert result.job("after").log == "yes\n"
    github.commit({CI: caller.replace("    permissions: {contents: read}\n", "")})
    with pytest.raises(InvalidWorkflow, match="is only allowed 'contents: none'"):
        run_workflow("ci.yml", events.push(github))


def test_an_environment_waits_and_keeps_its_secrets(new_github: Any, run_workflow: Any) -> None:
    step = "- {run: 'test -n \"$KEY\" && echo got $KEY', env: {KEY: '${{ secrets.KEY }}'}}"
    open_job = workflow(step)
    held = workflow(step, job="    environment: paid\n")
    github = new_github({CI: held, ".github/workflows/open.yml": open_job})
    github.environment("paid", secrets={"KEY": "k3y"}, reviewers=("ada", "bob"), prevent_self_review=True)
    result = run_workflow("ci.yml", events.push(github, by="bob"))
    assert (result.conclusion, result.waiting, result.log) == ("waiting", ["paid"], "")
    with pytest.raises(PermissionError, match="started the run"):
        result.approve("paid", by="bob")
    with pytest.raises(PermissionError, match="not a reviewer"):
        result.approve("paid", by="eve")
    assert result.approve("paid", by="ada").conclusion == "success"
    assert result.log == "got ***\n"
    assert run_workflow("open.yml", events.push(github)).conclusion == "failure"


LOCKED = "pip install --require-hashes -r lock.txt"
GOOD = "example==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (f"{LOCKED}\npip install --no-deps --no-build-isolation .\ncuebook --version", ""),
        ("python -m pip install -q --require-hashes -r lock.txt", ""),
        ("python -m venv $RUNNER_TEMP/v\n$RUNNER_TEMP/v/bin/pip install --require-hashes -r lock.txt", ""),
        ("pip install requests", "by lock file"),
        ("pip install -r lock.txt", "--require-hashes"),
        ("pip install --require-hashes -r none.txt", "Could not open requirements file"),
        ("pip install --require-hashes -r loose.txt", "without version and hash: ['example']"),
        ("pip install --no-deps --no-build-isolation .", "after its lock file"),
        ("cuebook --version", "cuebook: command not found"),
        ("gh api x", "gh has no stand-in"),
    ],
)
def test_installing(new_github: Any, run_workflow: Any, lines: str, said: str) -> None:
    script = "".join(f"$ {line}\n" for line in lines.split("\n"))
    steps = f"- uses: {CHECKOUT}\n- uses: actions/setup-python@v7\n{script}"
    files = {"lock.txt": GOOD, "loose.txt": "example\n", "pyproject.toml": "[project]\n"}
    result = run_workflow("ci.yml", events.push(new_github({CI: workflow(steps), **files})))
    assert result.conclusion == ("failure" if said else "success"), result.explain()
    assert said in result.log


def test_the_images_own_python_takes_no_packages(new_github: Any, run_workflow: Any) -> None:
    result = run_workflow("ci.yml", events.push(new_github({CI: workflow("$ python3 -m pip install x")})))
    assert "externally-managed-environment" in result.log

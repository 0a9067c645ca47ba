"""The checks that need no run: strangers' text in scripts, pins, permissions, timeouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workflows.runner import events
from workflows.runner.documents import load, read_workflow
from workflows.runner.hygiene import (
    assert_no_untrusted_interpolation,
    house_rules,
    untrusted_interpolation,
)
from workflows.small import CI, workflow

WORKFLOWS = sorted((Path(__file__).parents[2] / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted(Path(__file__).parents[2].glob("action.y*ml"))
HOSTILE = """x"; echo INJECTED $(id) `id` # ' ${{ github.token }}\n::error::no"""


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_this_projects_workflows_follow_its_rules(path: Path) -> None:
    assert house_rules(read_workflow(path.name, path.read_text(encoding="utf-8"))) == []


def test_this_projects_actions_keep_text_out_of_scripts() -> None:
    for path in ACTIONS:
        assert_no_untrusted_interpolation(load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo ${{ github.event.pull_request.title }}", "github.event.pull_request.title"),
        ("echo ${{ format('{0}', github.head_ref) }}", "github.head_ref"),
        ("echo ${{ inputs.version || 'x' }}", "inputs.version"),
        ("echo ${{ steps.a.outputs.b }}", "steps.a.outputs.b"),
        ("echo ${{ github.event[inputs.x] }}", "inputs.x"),
        ("echo ${{ env.TITLE }}", "env.TITLE"),
        ("echo ${{ github.run_id }} ${{ runner.temp }} ${{ github.sha }}", None),
        ('echo "$TITLE"', None),
    ],
)
def test_strangers_text_in_a_script_is_found(script: str, found: str | None) -> None:
    document = read_workflow("ci.yml", workflow(f"$ {script}", "{workflow_dispatch: {inputs: {x: {}}}}"))
    problems = untrusted_interpolation(document)
    assert bool(problems) is (found is not None)
    assert found is None or any(found in sentence for sentence in problems)
    if found:
        with pytest.raises(AssertionError, match="pass it through env"):
            assert_no_untrusted_interpolation(document)


@pytest.mark.parametrize("through_env", [True, False])
def test_a_hostile_title(new_github: Any, run_workflow: Any, through_env: bool) -> None:
    place = '"$TITLE"' if through_env else '"${{ github.event.pull_request.title }}"'
    steps = f"$ echo {place}" + (" | sed 's/^::/ ::/'" if through_env else "")
    job = "    env: {TITLE: '${{ github.event.pull_request.title }}'}\n"
    text = workflow(steps, "pull_request", job)
    github = new_github({CI: text})
    github.commit({"x": "y"}, "idea")
    pull = github.open_pull_request("idea", title=HOSTILE)
    result = run_workflow("ci.yml", events.pull_request(github, pull))
    assert bool(untrusted_interpolation(read_workflow(CI, text))) is not through_env
    assert (f"{HOSTILE.partition(chr(10))[0]}\n" in result.log) is through_env
    assert ("uid=" in result.log) is not through_env


CLEAN = """
name: ci
on: pull_request
permissions: {}
concurrency: {group: x, cancel-in-progress: true}
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment: paid
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {persist-credentials: false}
      - run: test -n "$KEY"
        env: {KEY: "${{ secrets.KEY }}"}
"""


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("", "", []),
        ("permissions: {}", "permissions: read-all", ["own permissions are not {}"]),
        ("    permissions: {contents: read}\n", "", ["does not say its permissions"]),
        ("    timeout-minutes: 5\n", "", ["no timeout-minutes"]),
        ("concurrency: {group: x, cancel-in-progress: true}\n", "", ["no concurrency"]),
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", ["not pinned to a commit"]),
        (" # v7.0.1", "", ["does not say its version"]),
        ("persist-credentials: false", "fetch-depth: 0", ["leaves the token"]),
        ("    environment: paid\n", "", ["['secrets.KEY'] outside an environment"]),
        ("on: pull_request", "on: pull_request_target", ["pull_request_target"]),
        ("on: pull_request", "on: {pull_request: {paths: [x]}}", ["path filter"]),
    ],
)
def test_house_rules(before: str, after: str, found: list[str]) -> None:
    problems = house_rules(read_workflow("ci.yml", CLEAN.replace(before, after) if before else CLEAN))
    assert len(problems) == len(found)
    assert all(part in sentence for part, sentence in zip(found, problems, strict=True))

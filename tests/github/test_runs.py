"""Fetching is played in tests/cli/steps and tests/workflows; here, what a run is taken for."""

from __future__ import annotations

import pytest

from cuebook.github.run_report import STEPS
from cuebook.github.runs import step_of


@pytest.mark.parametrize(
    "path", ["", ".github/workflows/other.yml", "gate.yml", ".github/workflows/../gate.yml"]
)
def test_a_run_of_another_workflow_is_no_step(path: str) -> None:
    assert step_of({"path": path}) is None


@pytest.mark.parametrize("step", STEPS)
def test_a_run_is_known_by_the_file_of_its_workflow(step: str) -> None:
    assert step_of({"path": f".github/workflows/{step}.yml"}) == step

from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook.core.errors import InvalidFiles
from cuebook.gate.plan import plan_record
from cuebook.jobs import run_all
from cuebook.jobs.evaluate import judge_all
from cuebook.jobs.workspace import Workspace


def test_errors_stop_and_warnings_are_returned(registry: Path) -> None:
    workspace = Workspace(registry)
    assert run_all.checked(workspace) == []
    (registry / "prompts/qa/meta.yml").unlink()
    assert [item.severity for item in run_all.checked(Workspace(registry))] == ["warning"]
    write(registry, {"prompts/qa/aliases.yml": "production: 5\n"})
    with pytest.raises(InvalidFiles):
        run_all.checked(Workspace(registry))


def test_verdicts_are_published_with_the_prompts(registry: Path) -> None:
    workspace = Workspace(registry)
    judged = judge_all(workspace, plan_record(workspace.registry).comparisons)
    summary = run_all.publish_all(workspace)
    assert "api/v1/evaluations/qa/2/qa.json" in summary.written
    assert [item.verdict.candidate.version for item in run_all.live_first(judged)] == [2, 1]

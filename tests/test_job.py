from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from cuebook import job
from cuebook.errors import InvalidFiles
from cuebook.evaluation import judge_all
from cuebook.plan import plan_record
from cuebook.workspace import Workspace


def test_errors_stop_and_warnings_are_returned(registry: Path) -> None:
    workspace = Workspace(registry)
    assert job.checked(workspace) == []
    (registry / "prompts/qa/meta.yml").unlink()
    assert [item.severity for item in job.checked(Workspace(registry))] == ["warning"]
    write(registry, {"prompts/qa/aliases.yml": "production: 5\n"})
    with pytest.raises(InvalidFiles):
        job.checked(Workspace(registry))


def test_verdicts_are_published_with_the_prompts(registry: Path) -> None:
    workspace = Workspace(registry)
    judged = judge_all(workspace, plan_record(workspace.registry).comparisons)
    summary = job.publish_all(workspace)
    assert "api/v1/evaluations/qa/2/qa.json" in summary.written
    assert [item.verdict.candidate.version for item in job.live_first(judged)] == [2, 1]

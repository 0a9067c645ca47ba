from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from build import write
from conftest import QA
from cuebook.core.errors import InvalidFiles
from cuebook.gate.change_plan import plan_change
from cuebook.gate.plan import plan_record
from cuebook.jobs import run_all
from cuebook.jobs.evaluate import judge_all, valid_verdict
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


WRONG = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"
ONE = '{"id": "one", "inputs": {"context": "c", "question": "q"}, "expectations": {"answer": "c"}}\n'
RULES = "the suite's scorers or gate rules"
CHANGES = [
    ({"cuebook.toml": 'model = "toy/answers"\n'}, ["the models"]),
    ({"evals/qa/dataset.jsonl": ONE}, ["the dataset"]),
    ({"evals/qa/suite.yml": QA["evals/qa/suite.yml"].replace("0.1", "0.2")}, [RULES]),
    ({"prompts/qa/aliases.yml": "production: 2\n"}, []),
    ({"prompts/qa/meta.yml": "title: Another\n"}, []),
]


@pytest.mark.parametrize(("files", "expected"), CHANGES)
def test_published_evidence_is_out_of_date_when_the_gate_would_not_use_it(
    registry: Path, files: dict[str, str], expected: list[str]
) -> None:
    workspace = Workspace(registry)
    judge_all(workspace, plan_record(workspace.registry).comparisons)
    write(registry, files)
    now = Workspace(registry)
    run_all.publish_all(now)
    index = json.loads((now.api / "api/v1/prompts/qa/index.json").read_bytes())
    told = {entry["version"]: entry["stale"] for entry in index["evaluations"]}
    assert told[2] == expected
    for item in plan_record(now.registry, lives=now.lives).comparisons:
        assert (valid_verdict(now, item) is None) == bool(told[item.candidate.number])


@pytest.mark.parametrize(("version", "state"), [(2, "pass"), (3, "stale")])
def test_a_suite_that_decided_after_it_was_removed_makes_no_pass_out_of_date(
    registry: Path, tmp_path: Path, version: int, state: str
) -> None:
    write(registry, {"prompts/qa/v3.prompt.yml": WRONG})
    before = Workspace(shutil.copytree(registry, tmp_path / "before")).registry
    (registry / "evals/qa").rename(registry / "evals/other")
    write(
        registry,
        {
            "prompts/qa/aliases.yml": f"production: {version}\n",
            "evals/other/suite.yml": QA["evals/qa/suite.yml"].replace("0.1", "1.0"),
        },
    )
    workspace = Workspace(registry)
    gated = judge_all(workspace, plan_change(before, workspace.registry, ["production"], {}).comparisons)
    assert [item.verdict.suite for item in gated] == ["qa", "other"]
    judge_all(workspace, plan_record(workspace.registry, lives=workspace.lives).comparisons)
    run_all.publish_all(workspace)
    index = json.loads((workspace.api / "api/v1/prompts/qa/index.json").read_bytes())
    states = {entry["suite"]: entry["state"] for entry in index["evaluations"] if entry["version"] == version}
    assert states == {"qa": state, "other": "pass"}
    assert index["states"]["production"]["state"] == state

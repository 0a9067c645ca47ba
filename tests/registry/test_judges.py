"""Which prompts judge: what is published, planned and found wrong goes by one rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build import write
from conftest import QA
from cuebook.check.tree import check
from cuebook.core.files import Folder
from cuebook.gate.plan import plan_record
from cuebook.publish.artifacts import plan_files
from cuebook.publish.history import read_history
from cuebook.registry.judges import judges
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings

GRADER = "message: m\nmodel: offline/judge\ntemplate: 'Grade {{answer}}'\n"
LABEL = '{"id": "a", "inputs": {"answer": "green"}, "label": 5}\n'
PINNING = (
    "prompt: qa\nscorers:\n  - judge: {prompt: grader/1}\n  - contains: {}\n"
    "gate: {metrics: {contains: {margin: 0.1}}}\n"
)


@pytest.mark.parametrize(
    ("more", "expected", "told"),
    [
        ({"evals/qa/suite.yml": PINNING}, {"grader": ["qa"]}, "this judge has no labels"),
        ({"evals/grader/labels.jsonl": LABEL}, {"grader": []}, "no suite uses this judge"),
        ({"evals/qa/suite.yml": PINNING, "evals/grader/labels.jsonl": LABEL}, {"grader": ["qa"]}, ""),
        ({}, {}, "no suite evaluates this prompt"),
    ],
)
def test_all_who_tell_judges_from_prompts_agree(
    tmp_path: Path, more: dict[str, str], expected: dict[str, list[str]], told: str
) -> None:
    root = write(tmp_path, {**QA, "prompts/grader/v1.prompt.yml": GRADER, **more})
    registry = Registry(Folder(root))
    assert judges(registry) == expected
    files = plan_files(registry, read_history(root), [], Settings())
    index = {item["name"]: item for item in json.loads(files["api/v1/index.json"])["prompts"]}
    assert index["grader"]["kind"] == ("judge" if expected else "prompt")
    assert index["grader"]["used_by"] == expected.get("grader", [])
    nothing = [item.prompt for item in plan_record(registry).nothing]
    assert nothing == ([] if expected else ["grader"])
    said = [item.message for item in check(registry.tree) if item.file == "prompts/grader"]
    assert len(said) == bool(told)
    assert all(message.startswith(told) for message in said)

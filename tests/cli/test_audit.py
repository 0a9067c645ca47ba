from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.jobs.workspace import Workspace
from cuebook.judging.draw import drawn
from judged import JUDGED

Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("audit") / "judged", JUDGED)


def test_pairs_are_drawn_graded_and_read_back(cli: Cli, gated: Path) -> None:
    assert "no verdict compares qa/2 with another version" in cli(gated, "audit", "qa/2", "--pairs", "30").err
    cli(gated, "gate", "qa/2")
    ended = cli(gated, "audit", "qa/2", "--pairs", "30")
    assert ended.code == 0, ended.err
    assert "then: cuebook audit qa/2 audit.jsonl" in ended.out
    path = gated / "audit.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert {tuple(line) for line in lines} == {("id", "inputs", "label")}
    assert "audit.jsonl already exists" in cli(gated, "audit", "qa/2", "--pairs", "30").err
    assert "fewer than 20 pairs" in cli(gated, "audit", "qa/2", "audit.jsonl").err
    path.write_text("".join(json.dumps(line | {"label": 4}) + "\n" for line in lines), "utf-8")
    ended = cli(gated, "audit", "qa/2", "audit.jsonl")
    assert ended.code == 0, ended.err
    told = ended.out.splitlines()
    assert told[0].startswith("grader/1, 2 against 1: ")
    assert "graded by 1 person" in told[0]
    assert told[2].startswith("  people would say   0.0 [")
    assert "It decides nothing" in ended.out
    path.write_text(path.read_text("utf-8").replace('"label": 4', '"label": 9', 1), "utf-8")
    assert (
        "audit.jsonl:1: expected a label from 1 to 5, or null"
        in cli(gated, "audit", "qa/2", "audit.jsonl").err
    )


def test_a_file_that_cannot_be_written_and_a_first_version(cli: Cli, gated: Path) -> None:
    (gated / "afile").write_text("x")
    cli(gated, "gate", "qa/2")
    ended = cli(gated, "audit", "qa/2", "--pairs", "30", "--out", "afile/x.jsonl")
    assert (ended.code, "afile/x.jsonl cannot be written: " in ended.err) == (2, True)
    cli(gated, "gate", "qa/1")
    assert "gated with nothing to compare with" in cli(gated, "audit", "qa/1", "--pairs", "30").err


def test_what_is_missing_is_said(cli: Cli, registry: Path) -> None:
    cli(registry, "gate", "qa/2")
    assert "no judge of qa grades answers" in cli(registry, "audit", "qa/2", "--pairs", "30").err


def test_labels_of_people_are_taken_where_no_file_is_named(cli: Cli, gated: Path) -> None:
    cli(gated, "gate", "qa/2")
    assert "nobody has labelled answers of qa/2 on qa" in cli(gated, "audit", "qa/2").err
    verdict = Workspace(gated).evidence.load("qa", 2, "qa")
    assert verdict
    lines = [
        {"id": f"{one.id}-ada", "label": 4, "by": "ada", "of": one.of(verdict)}
        | {"inputs": {"reference": one.case.expectations["reference"], "answer": one.answer.said}}
        for one in drawn(verdict, "grader/1")
    ]
    write(gated, {"evals/grader/labels/ada.jsonl": "".join(json.dumps(line) + "\n" for line in lines)})
    ended = cli(gated, "audit", "qa/2")
    (gated / "evals/grader/labels/ada.jsonl").unlink()
    assert ended.code == 0, ended.err
    assert "graded by 1 person" in ended.out.splitlines()[0]
    assert "people would say   0.0 [" in ended.out

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import write
from conftest import QA

Cli = Callable[..., Any]


def test_every_case_is_run_and_the_code_is_0(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "eval", "qa/2", "--json")
    assert ended.code == 0
    (verdict,) = json.loads(ended.out)
    assert verdict["coverage"]["used"] == 60
    assert len(verdict["cases"]) == 60


def test_versions_stand_side_by_side_and_nothing_is_kept(cli: Cli, registry: Path) -> None:
    wrong = QA["prompts/qa/v2.prompt.yml"].replace("<context>\\n{{context}}\\n</context>\\n", "")
    write(registry, {"prompts/qa/v3.prompt.yml": wrong})
    ended = cli(registry, "eval", "qa/1", "qa/2", "qa/3")
    assert ended.code == 0
    assert ended.out.splitlines()[1].split() == ["mean", "score", "v1", "v2", "v3"]
    assert "They differ on 60 of 60 cases" in ended.out
    found = json.loads(cli(registry, "eval", "qa/1", "qa/3", "--json").out)
    assert [(item["baseline"]["version"], item["candidate"]["version"]) for item in found] == [(1, 3)]
    assert not list((registry / ".cuebook").rglob("*.json"))


def test_the_answers_of_a_version_are_written_to_a_file(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "eval", "qa/2", "--answers", "out.jsonl", "--json")
    assert (ended.code, "wrote 60 answers of qa/2 to out.jsonl" in ended.err) == (0, True)
    lines = [json.loads(line) for line in (registry / "out.jsonl").read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [f"q{n}" for n in range(60)]
    assert {line["version"] for line in lines} == {"qa/2"}
    (verdict,) = json.loads(ended.out)
    assert {line["id"]: line["output"] for line in lines} == {
        item["id"]: item["candidate"]["text"] for item in verdict["cases"]
    }


def test_a_file_holds_the_answers_of_one_version(cli: Cli, registry: Path) -> None:
    for words in (("qa/1", "qa/2"), (), ("qa/2", "--shard", "1/2")):
        ended = cli(registry, "eval", *words, "--answers", "out.jsonl")
        assert (ended.code, "--answers" in ended.err) == (2, True), words
    assert not (registry / "out.jsonl").exists()


def test_each_of_several_models_gets_a_file_that_can_be_scored(cli: Cli, registry: Path) -> None:
    suite = registry / "evals/qa/suite.yml"
    suite.write_text(suite.read_text().replace("scorers:", "models: [offline/rules, toy/answers]\nscorers:"))
    ended = cli(registry, "eval", "qa/2", "--answers", "out.jsonl")
    assert ended.code == 0, ended.err
    names = [f"out.{name}.jsonl" for name in ("offline-rules", "toy-answers")]
    for name, model in zip(names, ("offline/rules", "toy/answers"), strict=True):
        assert f"wrote 60 answers of qa/2 on {model} to {name}" in ended.err
    assert not (registry / "out.jsonl").exists()
    assert cli(registry, "score", names[0], "--against", names[1], "--suite", "qa").code in {0, 1, 3}

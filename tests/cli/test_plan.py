from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import commit, write
from conftest import QA
from judged import JUDGED

Cli = Callable[..., Any]


def test_plan_says_cases_calls_and_what_they_can_decide(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "plan", "qa/2")
    assert "qa/2 against v1 on qa" in ended.out
    assert "60 cases, at most 120 calls" in ended.out
    assert "contains: 60 cases support a margin of 0." in ended.out
    assert "(sd 0.50 assumed: right or wrong)" in ended.out
    assert (
        "in evals/qa/suite.yml accept a loss that they can rule out, contains: {margin: 0.21}, or"
        in ended.out
    )
    (row,) = json.loads(cli(registry, "plan", "qa/2", "--json").out)["comparisons"]
    assert row["margins"] == {"contains": 0.21}


def test_a_program_gets_codes_and_figures_and_the_sentences_that_people_read(
    cli: Cli, registry: Path
) -> None:
    said = json.loads(cli(registry, "plan", "qa/2", "--json").out)
    (row,) = said["comparisons"]
    (metric,) = row["metrics"]
    assert (metric["label"], metric["cases"], metric["margin"], metric["kind"]) == (
        "contains",
        60,
        0.1,
        "binary",
    )
    assert (metric["enough"], metric["proposed"], metric["needed"]) == (False, 0.21, row["needed"])
    assert (row["alarm"], row["protected"], row["doubts"], row["advisory"]) == (None, "", {}, [])
    shown = cli(registry, "plan", "qa/2").out
    assert all(sentence in shown for sentence in (*row["power"], row["proposal"]))
    write(registry, {"cuebook.toml": 'model = "openai/gpt-6-luna"\n'})
    said = json.loads(cli(registry, "plan", "qa/2", "--json").out)
    assert said["needs"] == [{"code": "no_key", "model": "openai/gpt-6-luna", "key": "OPENAI_API_KEY"}]
    assert said["notes"][0].endswith("OPENAI_API_KEY is not set: export OPENAI_API_KEY=... before you gate")


def test_a_plan_says_how_many_cases_are_left_of_those_that_the_text_repeats(cli: Cli, registry: Path) -> None:
    listed = "".join(f"What colour is the lamp in room {room}? Green. " for room in range(50))
    text = QA["prompts/qa/v2.prompt.yml"].replace("short sentence.", f"short sentence. {listed}")
    assert json.loads(cli(registry, "plan", "qa/2", "--json").out)["comparisons"][0]["alone"] is None
    write(registry, {"prompts/qa/v2.prompt.yml": text})
    assert (
        "it also has to pass on 10 of 60 cases alone, as it was made from"
        in cli(registry, "plan", "qa/2").out
    )
    assert json.loads(cli(registry, "plan", "qa/2", "--json").out)["comparisons"][0]["alone"] == 10


def test_doubts_and_false_alarms_are_figures_too(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path, {path: text for path, text in JUDGED.items() if "labels" not in path})
    (row,) = json.loads(cli(tmp_path, "plan", "qa/2", "--json").out)["comparisons"]
    (doubt,) = row["doubts"].values()
    assert (doubt["code"], doubt["judge"]) == ("no_labels", "grader")
    (line,) = row["advisory"]
    assert line in cli(tmp_path, "plan", "qa/2").out


def test_plan_says_that_a_first_version_needs_a_floor(cli: Cli, registry: Path) -> None:
    assert "contains: " in cli(registry, "plan", "qa/1").out
    suite = QA["evals/qa/suite.yml"].replace(", floor: 0.5", "")
    write(registry, {"evals/qa/suite.yml": suite})
    ended = cli(registry, "plan", "qa/1")
    assert "First version, and the suite sets no floor: nothing can be decided." in ended.out
    assert "contains: " not in ended.out


def test_spread_is_measured_once_there_was_a_run(cli: Cli, registry: Path) -> None:
    cli(registry, "gate", "qa/2")
    assert (
        "contains: 60 cases are enough for a margin of 0.1 (sd 0.17 measured)"
        in cli(registry, "plan", "qa/2").out
    )


def test_a_spread_seen_on_a_few_cases_counts_beside_the_usual_one(cli: Cli, registry: Path) -> None:
    few = "".join(QA["evals/qa/dataset.jsonl"].splitlines(keepends=True)[:12])
    write(registry, {"evals/qa/dataset.jsonl": few})
    cli(registry, "gate", "qa/2")
    assert "(sd 0.28 measured)" in cli(registry, "plan", "qa/2").out, "12 equal answers, and 5 cases of 0.5"


def test_a_change_and_no_change(cli: Cli, tmp_path: Path) -> None:
    root = write(tmp_path, {name: text for name, text in QA.items() if "v2" not in name})
    commit(root)
    nothing = json.loads(cli(root, "plan", "--base", "main", "--json").out)
    assert nothing["comparisons"] == []
    assert nothing["nothing"] == [{"code": "no_change"}]
    assert nothing["notes"][0].startswith("Nothing to evaluate: ")
    write(root, {"prompts/qa/v2.prompt.yml": QA["prompts/qa/v2.prompt.yml"]})
    (row,) = json.loads(cli(root, "plan", "--base", "main", "--json").out)["comparisons"]
    assert (row["candidate"], row["baseline"], row["reason"]) == (2, 1, "new version")


def test_a_live_version_with_another_model_is_no_reason_not_to_gate_the_one_that_replaces_it(
    cli: Cli, registry: Path
) -> None:
    (registry / "cuebook.toml").write_text('model = "ollama_chat/m"\njudge_model = "ollama_chat/m"\n')
    assert cli(registry, "check").code == 1
    assert cli(registry, "plan", "qa/2").code == 0

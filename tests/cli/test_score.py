from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write
from conftest import QA

Cli = Callable[..., Any]
WRONG = QA["prompts/qa/v2.prompt.yml"].replace("<context>\\n{{context}}\\n</context>\\n", "")
"""A version that forgot the context."""


def answers(registry: Path, name: str, right: int, *, of: int = 60, start: int = 0) -> str:
    """A file with answers to the cases from ``start``, the first ``right`` of them right."""
    rows = [
        {"id": f"q{n}", "output": "It is green." if n < start + right else "It is red."}
        for n in range(start, start + of)
    ]
    write(registry, {name: "".join(json.dumps(row) + "\n" for row in rows)})
    return name


def verdict(ended: Any) -> dict[str, Any]:
    (found,) = json.loads(ended.out)
    return dict(found)


@pytest.mark.parametrize(("right", "code"), [(60, 0), (10, 1), (30, 3)])
def test_floors_decide_on_one_file(cli: Cli, registry: Path, right: int, code: int) -> None:
    ended = cli(registry, "score", answers(registry, "new.jsonl", right), "--suite", "qa", "--json")
    found = verdict(ended)
    assert (ended.code, found["coverage"]["used"]) == (code, 60)
    (summary,) = found["summaries"]
    assert summary["candidate"] == pytest.approx(right / 60)
    assert "promote nothing" in found["headline"]


def test_of_answers_without_a_model_or_a_price_neither_is_asked(cli: Cli, registry: Path) -> None:
    said = cli(registry, "score", answers(registry, "new.jsonl", 60), "--suite", "qa").out
    assert "PASS new.jsonl" in said
    assert "Models:" not in said
    assert "price" not in said


@pytest.mark.parametrize(("right", "code"), [(60, 0), (30, 1)])
def test_two_files_are_compared_as_the_gate_compares(cli: Cli, registry: Path, right: int, code: int) -> None:
    old = answers(registry, "old.jsonl", 60)
    new = answers(registry, "new.jsonl", right)
    ended = cli(registry, "score", new, "--against", old, "--suite", "qa", "--json")
    found = verdict(ended)
    assert ended.code == code
    assert found["coverage"]["used"] < 60
    assert (found["candidate"]["file"], found["baseline"]["file"]) == ("new.jsonl", "old.jsonl")


def test_the_same_file_twice_is_no_difference(cli: Cli, registry: Path) -> None:
    old = answers(registry, "old.jsonl", 40)
    found = verdict(cli(registry, "score", old, "--against", old, "--suite", "qa", "--json"))
    (difference, _) = found["metrics"]
    assert (difference["mean"], difference["kind"]) == (0.0, "difference")


@pytest.mark.parametrize("text", [QA["prompts/qa/v2.prompt.yml"], WRONG])
def test_recorded_answers_get_the_verdict_of_the_versions(cli: Cli, registry: Path, text: str) -> None:
    suite = QA["evals/qa/suite.yml"].replace("gate:\n", "gate:\n  protected: critical\n")
    cases = QA["evals/qa/dataset.jsonl"].replace('"q7",', '"q7", "tags": ["critical"],')
    write(
        registry,
        {"prompts/qa/v2.prompt.yml": text, "evals/qa/suite.yml": suite, "evals/qa/dataset.jsonl": cases},
    )
    live = verdict(cli(registry, "gate", "qa/2", "--against", "1", "--format", "json"))
    for number in (1, 2):
        cli(registry, "eval", f"qa/{number}", "--answers", f"{number}.jsonl")
    recorded = verdict(cli(registry, "score", "2.jsonl", "--against", "1.jsonl", "--suite", "qa", "--json"))
    named = {"candidate", "baseline", "live_version", "headline", "details", "next"}
    digests = {"suite"}
    for found in (live, recorded):
        found["digests"] = {key: value for key, value in found["digests"].items() if key not in digests}
    assert {key: value for key, value in recorded.items() if key not in named} == {
        key: value for key, value in live.items() if key not in named
    }


def test_a_case_without_an_answer_is_lost_or_left_out(cli: Cli, registry: Path) -> None:
    old, new = answers(registry, "old.jsonl", 60), answers(registry, "new.jsonl", 45, of=45)
    whole = cli(registry, "score", new, "--against", old, "--suite", "qa", "--json")
    found = verdict(whole)
    assert (found["candidate"]["unanswered"], found["baseline"]["unanswered"]) == (15, 0)
    assert "15 cases have no answer in new.jsonl: each scores 0." in found["details"]
    common = cli(registry, "score", new, "--against", old, "--suite", "qa", "--only-given", "--json")
    assert verdict(common)["coverage"]["cases"] == 45
    assert "on 45 of 60 cases" in common.err
    assert whole.code != 0 == common.code


def test_what_a_file_expects_does_not_count_and_that_is_said(cli: Cli, registry: Path) -> None:
    rows = [{"id": f"q{n}", "output": "green", "expectations": {"must_mention": ["red"]}} for n in range(60)]
    write(registry, {"new.json": json.dumps(rows)})
    ended = cli(registry, "score", "new.json", "--suite", "qa")
    assert ended.code == 0
    assert "new.json: 60 cases with other expectations than in the suite" in ended.err


def test_files_with_nothing_in_common_are_refused(cli: Cli, registry: Path) -> None:
    old, new = answers(registry, "old.jsonl", 9, of=9), answers(registry, "new.jsonl", 9, of=9, start=20)
    ended = cli(registry, "score", new, "--against", old, "--suite", "qa", "--only-given")
    assert (ended.code, "answer no case in common" in ended.err) == (2, True)


def test_an_answer_that_the_provider_failed_to_give_is_unknown_and_stops_nothing(
    cli: Cli, registry: Path
) -> None:
    rows = [{"id": f"q{n}", "error": "busy", "retry": True} for n in range(60)]
    write(registry, {"new.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    ended = cli(registry, "score", "new.jsonl", "--suite", "qa", "--json")
    assert ended.code == 3
    assert "did not answer 60 of 60 questions" in verdict(ended)["headline"]


def test_a_verdict_on_given_answers_is_no_evidence(cli: Cli, registry: Path) -> None:
    for number in (1, 2):
        cli(registry, "eval", f"qa/{number}", "--answers", f"{number}.jsonl")
    ended = cli(registry, "score", "2.jsonl", "--against", "1.jsonl", "--suite", "qa")
    assert ended.code == 0
    assert "kept in" in ended.err
    assert (registry / "build/score/qa.json").is_file()
    assert not (registry / ".cuebook/evaluations").exists()
    refused = cli(registry, "promote", "qa/2")
    assert refused.code == 3
    assert "it was not evaluated yet" in refused.err


def test_what_is_wrong_of_a_file_is_told_and_nothing_is_scored(cli: Cli, registry: Path) -> None:
    write(registry, {"new.jsonl": '{"id": "q1", "output": "x"}\n{"id": "q1", "output": "y"}\n{"id": "p2"}\n'})
    ended = cli(registry, "score", "new.jsonl", "--suite", "qa")
    assert ended.code == 2
    assert "new.jsonl:2" in ended.err
    assert "new.jsonl:3" in ended.err
    assert not (registry / "build").exists()

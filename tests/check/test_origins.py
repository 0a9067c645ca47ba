from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from checked import FILES, GOOD, SUITE, found
from cuebook import check
from cuebook.core.files import Folder

ORIGIN = "origin: {kind: optimize, suite: qa, split: cuebook-split/1, train: 0.3, choose: 0.2}\n"
MADE = {"prompts/qa/v2.prompt.yml": GOOD.replace("briefly", "in brief") + ORIGIN}
TRAIL = "evals/qa/trails/qa-v2.json"
CONTENT = """
{"schema": "cuebook/trail/1", "prompt": "qa", "suite": "qa", "start": 1, "start_digest": "x", "baseline": 1,
"dataset": "x", "clusters": {"train": 1, "choose": 1, "held_out": 1}, "gepa": "0", "seed": 1, "models": [],
"reflected_with": "toy/a", "answers": 1, "reflections": 1, "cost_usd": 0, "ended": "done", "winner": 0,
"candidates": [], "tried": []}
"""
Files = dict[str, str | bytes | None]


def said(tmp_path: Path, more: Files) -> list[tuple[str, int, str, str]]:
    files: Files = {**MADE, TRAIL: CONTENT, **more}
    mine = {item.file for item in found(tmp_path / "without", {})}
    problems = [item for item in found(tmp_path / "with", files) if item.file not in mine]
    return [(item.file, item.line, item.severity, f"{item.message}: {item.hint}") for item in problems]


def test_a_version_with_its_trail_is_in_order(tmp_path: Path) -> None:
    assert said(tmp_path, {}) == []


V2 = "prompts/qa/v2.prompt.yml"
UNKNOWN = '"tried": [{"parent": 0, "component": "x", "became": "half accepted"}]'
NOTES, THREE = "evals/qa/trails/notes.txt", "evals/qa/trails/qa-v3.json"


@pytest.mark.parametrize(
    ("more", "file", "line", "severity", "words"),
    [
        ({V2: MADE[V2].replace(ORIGIN, "")}, TRAIL, 0, "error", "no origin that says so: write"),
        ({V2: MADE[V2].replace("suite: qa", "suite: other")}, V2, 6, "error", "that it was made on: qa"),
        ({V2: MADE[V2].replace("0.3", "0.1")}, V2, 6, "error", "says train: 0.1, choose: 0.2, and"),
        ({TRAIL: None}, V2, 6, "warning", "its trail evals/qa/trails/qa-v2.json is missing"),
        (
            {TRAIL: "{\n"},
            TRAIL,
            1,
            "error",
            "the trail is not JSON: a key in double quotes is missing at line 1,",
        ),
        ({TRAIL: "{}"}, TRAIL, 0, "error", "it is not a trail: 'prompt' is missing: take the file that"),
        (
            {TRAIL: CONTENT.replace("trail/1", "trail/9")},
            TRAIL,
            0,
            "warning",
            "a newer Cuebook wrote this trail",
        ),
        ({TRAIL: CONTENT.replace('"tried": []', UNKNOWN)}, TRAIL, 0, "warning", "looked at: pip install"),
        ({TRAIL: "[]"}, TRAIL, 0, "error", "it is not a trail"),
        ({NOTES: "x"}, NOTES, 0, "error", "not a trail of a version"),
        ({THREE: "{}"}, THREE, 0, "error", "there is no prompts/qa/v3"),
        (
            {V2: None, "prompts/qa/meta.yml": "title: Q\nerased: [2]\n"},
            TRAIL,
            0,
            "error",
            "qa/2 was erased, and its words are in this trail: delete it",
        ),
    ],
)
def test_what_is_wrong(tmp_path: Path, more: Files, file: str, line: int, severity: str, words: str) -> None:
    told = [item for item in said(tmp_path, more) if item[0] == file]
    assert [item[:3] for item in told if words in item[3]] == [(file, line, severity)], told


def renamed(trail: str) -> Files:
    """The prompt qa and its suite, called ask."""
    files = {**MADE, TRAIL: CONTENT}
    gone: Files = dict.fromkeys([*FILES, *files])
    there = {**FILES, **files}
    called = {path.replace("/qa/", "/ask/"): data for path, data in there.items() if "/qa/" in path}
    called |= {"evals/ask/suite.yml": SUITE.replace("prompt: qa", "prompt: ask")}
    moved = {path: data for path, data in called.items() if "trails" not in path}
    return {**gone, **moved, trail: CONTENT, "prompts/ask/meta.yml": "title: A\nformerly: [qa]\n"}


@pytest.mark.parametrize(
    ("trail", "told"),
    [
        ("evals/ask/trails/ask-v2.json", []),
        ("evals/ask/trails/qa-v2.json", ["rename it to evals/ask/trails/ask-v2.json"]),
    ],
)
def test_an_origin_goes_on_under_the_names_of_today(tmp_path: Path, trail: str, told: list[str]) -> None:
    problems = [item for item in found(tmp_path, renamed(trail)) if item.severity == "error"]
    assert [item.hint for item in problems] == told


def test_shares_that_the_suite_lowers_later_refuse_no_version_that_is_published(tmp_path: Path) -> None:
    lowered = FILES | MADE | {TRAIL: CONTENT, "evals/qa/suite.yml": SUITE + "optimize: {train: 0.1}\n"}
    tree = Folder(write(tmp_path, lowered))
    assert [item.severity for item in check.check(tree, tree) if item.file == V2] == ["warning"]
    assert [item.severity for item in check.check(tree) if item.file == V2] == ["error"]


def test_an_origin_that_is_published_stays(tmp_path: Path) -> None:
    base = Folder(write(tmp_path / "a", FILES | MADE))
    head = Folder(write(tmp_path / "b", FILES | {V2: MADE[V2].replace(ORIGIN, "")}))
    (problem,) = check.check_change(base, head)
    assert (problem.file, problem.line, problem.message) == (
        V2,
        6,
        "a published version was edited; versions never change",
    )

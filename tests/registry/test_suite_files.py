from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.core.files import Folder
from cuebook.registry.suite_files import read_cases, read_suite, scorer_spec
from cuebook.shapes.run import Case
from cuebook.shapes.split import Shares


@pytest.mark.parametrize(
    ("item", "spec"),
    [
        ("exact", ("exact", "exact", {})),
        ({"contains": {"expectation": "x"}}, ("contains", "contains", {"expectation": "x"})),
        ({"judge": {"prompt": "judge-a/2"}}, ("judge", "judge-a/2", {"prompt": "judge-a/2"})),
        ({"exact": {"as": "strict"}}, ("exact", "strict", {})),
        ({"judge": {"prompt": "judge-a/2", "as": "j"}}, ("judge", "j", {"prompt": "judge-a/2"})),
        ({"a": {}, "b": {}}, None),
        ({"a": 3}, None),
        ({}, None),
    ],
)
def test_scorers_as_a_suite_writes_them(item: Any, spec: Any) -> None:
    found = scorer_spec(item)
    assert (found and (found.name, found.label, dict(found.parameters))) == spec


@pytest.mark.parametrize(
    ("lines", "ids", "says"),
    [
        (['{"id": "a", "inputs": {}}', "", '{"id": "b", "inputs": {"x": 1}}'], ["a", "b"], []),
        ([], [], ["no case"]),
        (['{"id": "a", "inputs": {}}', '{"id": "a", "inputs": {}}'], ["a", "a"], ["already used on line 1"]),
        (["[]", '{"id": "a", "inputs": {}}'], ["a"], ["a JSON object"]),
        (["{,"], [], ["not JSON"]),
        (['{"id": "a"}', '{"inputs": {}}'], [], ["'inputs' is missing", "'id' is missing"]),
        (['{"id": "a", "inputs": {}, "expected": 1}'], [], ["unknown key 'expected'"]),
        (['{"id": "a", "inputs": {"x": "\\ud800"}}'], [], ["not JSON"]),
        (['{"id": "a", "inputs": {"x": 1e999}}'], [], ["not JSON"]),
    ],
)
def test_cases(tmp_path: Path, lines: list[str], ids: list[str], says: list[str]) -> None:
    tree = Folder(write(tmp_path, {"evals/s/dataset.jsonl": "\n".join(lines)}))
    cases, problems = read_cases(tree, "evals/s/dataset.jsonl")
    assert [case.id for case in cases] == ids
    assert [said in problem.message for said, problem in zip(says, problems, strict=True)] == [True] * len(
        says
    )


def test_a_dialogue_is_read_as_it_is_written_and_other_cases_keep_their_digest(tmp_path: Path) -> None:
    turns = [{"user": "Hello"}, {"inputs": {"q": 1}, "expectations": {"answer": "x"}}]
    tools = {"look": [{"arguments": {"id": None}, "result": None}, {"error": "no"}]}
    lines = [{"id": "a", "inputs": {}}, {"id": "b", "inputs": {}, "turns": turns, "tools": tools}]
    tree = Folder(write(tmp_path, {"evals/s/dataset.jsonl": "\n".join(map(json.dumps, lines))}))
    (plain, talk), problems = read_cases(tree, "evals/s/dataset.jsonl")
    assert (list(talk.turns), talk.tools, problems) == (turns, tools, [])
    assert (talk.asked, talk.opening, talk.expected) == ([0, 1], {}, {"answer"})
    assert talk.values_at(1) == {"q": 1}
    assert plain.digest == Case("a", {}).digest
    assert (
        len({plain.digest, talk.digest, replace(talk, tools={}).digest, replace(talk, turns=()).digest}) == 4
    )


@pytest.mark.parametrize(
    ("turns", "asked"),
    [
        ([{"user": "a"}, {"user": "b"}], [0, 1]),
        ([{"assistant": "a"}, {"user": "b"}, {"assistant": "c"}, {"assistant": "d"}, {"user": "e"}], [4]),
        ([], []),
    ],
)
def test_turns_are_asked_unless_fixed_words_answer_them(turns: list[Any], asked: list[int]) -> None:
    assert Case("a", {}, turns=tuple(turns)).asked == asked


def test_labels_may_be_the_cases_as_in_the_first_release(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "inputs": {"answer": "x"}, "label": 5, "note": "right", "tags": ["qa"]},
        {"id": "b", "inputs": {"answer": "y"}, "label": None},
    ]
    path = "evals/grader/labels.jsonl"
    cases, problems = read_cases(Folder(write(tmp_path, {path: "\n".join(map(json.dumps, lines))})), path)
    assert problems == []
    (case,) = cases
    assert (case.id, case.expectations, case.tags, case.note) == ("a", {"label": 5}, ("qa",), "right")


def test_a_missing_dataset(tmp_path: Path) -> None:
    assert "missing" in read_cases(Folder(tmp_path), "evals/s/dataset.jsonl")[1][0].message


SUITE = "prompt: qa\nscorers:\n  - exact\n  - contains: {expectation: x}\ngate:\n  metrics:\n    exact: {}\n"


def test_a_suite_with_its_files(registry: Path) -> None:
    write(registry, {"evals/qa/shop.sql": "create", "evals/qa/labels.jsonl": "x", "evals/qa/deep/file": "x"})
    suite, problems = read_suite(Folder(registry), "qa")
    assert problems == []
    assert suite
    assert (suite.prompt, len(suite.cases), suite.path) == ("qa", 60, "evals/qa")
    assert suite.files == {"shop.sql": b"create"}
    assert suite.gate.metrics["contains"].floor == 0.5


def test_the_same_files_are_the_same_suite(registry: Path) -> None:
    """What is found out of hundreds of cases is then found out once, whoever reads the suite."""
    first, _ = read_suite(Folder(registry), "qa")
    assert read_suite(Folder(registry), "qa")[0] is first
    write(registry, {"evals/qa/shop.sql": "create"})
    assert read_suite(Folder(registry), "qa")[0] is not first


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (SUITE.replace("    exact: {}", "    exat: {}"), 7, "'exat', but no scorer"),
        (SUITE.replace("  - exact\n", "  - exact\n  - exact\n"), 4, "two scorers are called 'exact'"),
        (SUITE.replace("  - exact\n", "  - {a: {}, b: {}}\n"), 3, "a scorer is a name"),
        (SUITE + "repeets: 2\n", 8, "unknown key 'repeets'"),
        (SUITE.replace("{}\n", "{margn: 0.1}\n"), 7, "unknown key 'gate.metrics.exact.margn'"),
        (SUITE + "dataset: other.jsonl\n", 0, "the dataset is missing"),
        ("[", 1, "not YAML"),
    ],
)
def test_suites_that_are_refused(registry: Path, text: str, line: int, says: str) -> None:
    write(registry, {"evals/qa/suite.yml": text})
    suite, problems = read_suite(Folder(registry), "qa")
    assert suite is None
    found = next(problem for problem in problems if says in problem.message)
    assert found.line == line or says == "not YAML"


def test_the_shares_of_an_optimiser_may_only_be_lowered(registry: Path) -> None:
    write(registry, {"evals/qa/suite.yml": SUITE + "optimize: {train: 0.2}\n"})
    suite, problems = read_suite(Folder(registry), "qa")
    assert (suite and suite.optimize, problems) == (Shares(0.2, 0.2), [])
    write(registry, {"evals/qa/suite.yml": SUITE + "optimize: {train: 0.4, choose: 0}\n"})
    suite, problems = read_suite(Folder(registry), "qa")
    assert suite is None
    assert sorted(item.key for item in problems) == ["optimize.choose", "optimize.train"]


def test_a_key_written_wrong_hides_no_other_fault(registry: Path) -> None:
    text = "promt: qa\nscorers:\n  - contains: 3\n  - exact\ngate: {metrics: {exactt: {margin: 0.1}}}\n"
    (registry / "evals/qa/suite.yml").write_text(text)
    found = [problem.message for problem in read_suite(Folder(registry), "qa")[1]]
    assert found == ["unknown key 'promt'", "a scorer is a name, or one name with settings"]
    (registry / "evals/qa/suite.yml").write_text(text.replace("  - contains: 3\n", ""))
    (_, second) = read_suite(Folder(registry), "qa")[1]
    assert second.message == "the gate decides on 'exactt', but no scorer is called that"


def test_where_a_scorer_is_written_wrong_the_metric_of_the_right_name_is_no_second_fault(
    registry: Path,
) -> None:
    text = "prompt: qa\nscorers: [exakt]\ngate: {metrics: {exact: {margin: 0.1}}}\n"
    write(registry, {"evals/qa/suite.yml": text})
    suite, (told,) = read_suite(Folder(registry), "qa")
    assert (suite, told.line, told.message) == (None, 2, "no scorer is called 'exakt'")
    assert told.hint == "did you mean 'exact'?"
    own = {"cuebook.toml": 'scorers = ["evals/_scorers/exakt.py"]\n', "evals/_scorers/exakt.py": ""}
    write(registry, own)
    (told,) = read_suite(Folder(registry), "qa")[1]
    assert (told.message, told.hint) == (
        "the gate decides on 'exact', but no scorer is called that",
        "did you mean 'exakt'?",
    )

"""One wrong word in a registry that ``cuebook init`` writes is told once, wherever it has consequences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from build import commit

Cli = Callable[..., Any]

SUITE = "evals/example/suite.yml"
CASES = "evals/example/dataset.jsonl"
VERSION = "prompts/example/v2.prompt.yml"
ALIASES = "prompts/example/aliases.yml"
SETTINGS = "cuebook.toml"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"": tmp_path_factory.mktemp("started")}


@pytest.fixture
def registry(cli: Cli, started: dict[str, Path], tmp_path: Path) -> Path:
    first = started[""]
    if not (first / SETTINGS).exists():
        assert cli(first, "init").code == 0
        commit(first)
    return Path(copytree(first, tmp_path / "registry"))


# The file, what is written there, what in its place, the near word that the one message names, the times.
SLIPS = {
    "scorer": (SUITE, "- contains:", "- contanis:", "did you mean 'contains'?", 1),
    "scorer that nobody has": (SUITE, "- length:", "- bleu:", "known: contains, cost", 1),
    "parameter": (SUITE, "max_words", "max_wrds", "did you mean 'max_words'?", 1),
    "expectation of a scorer": (SUITE, "must_mention", "mustmention", "did you mean 'must_mention'?", 1),
    "prompt": (SUITE, "prompt: example", "prompt: exmple", "did you mean 'example'?", 1),
    "judge": (SUITE, "judge-example/1", "judge-exmple/1", "did you mean 'judge-example'?", 1),
    "version of a judge": (SUITE, "judge-example/1", "judge-example", "write judge-example/1", 1),
    "spelling of a judge": (SUITE, "judge-example/1", "judge-example\\/1", "write judge-example/1", 1),
    "input of a judge": (SUITE, "inputs.question", "inputs.qestion", "did you mean 'inputs.question'?", 1),
    "expectation of a judge": (
        SUITE,
        "expectations.answer",
        "expectations.anwser",
        "did you mean 'expectations.answer'?",
        1,
    ),
    "key of a suite": (SUITE, "scorers:", "scorrs:", "did you mean 'scorers'?", 1),
    "key of a rule": (SUITE, "margin", "margn", "did you mean 'margin'?", 1),
    "metric": (
        SUITE,
        "    contains:\n      margin",
        "    contans:\n      margin",
        "did you mean 'contains'?",
        1,
    ),
    "baseline": (SUITE, "baseline: production", "baseline: prodution", "did you mean 'production'?", 1),
    "input of one case": (CASES, '"question"', '"qestion"', "write 'question' in place of 'qestion'", 1),
    "input of all cases": (CASES, '"question"', '"qestion"', "did you mean 'qestion'?", -1),
    "expectation of all cases": (CASES, "must_mention", "mustmention", "did you mean 'mustmention'?", -1),
    "key of a case": (CASES, '"inputs"', '"input"', "did you mean 'inputs'?", 1),
    "variable": (VERSION, "{{question}}", "{{quetsion}}", "did you mean 'question'?", 1),
    "key of a version": (VERSION, "messages:", "mesages:", "did you mean 'messages'?", 1),
    "protected alias": (SETTINGS, '["production"]', '["prodution"]', "did you mean 'production'?", 1),
    "alias beside a protected one": (
        ALIASES,
        "production: 1",
        "production: 1\nprodution: 1",
        "did you mean 'production'?",
        1,
    ),
    "setting": (SETTINGS, "default_branch", "defualt_branch", "did you mean 'default_branch'?", 1),
}


def _told(cli: Cli, registry: Path, *options: str) -> list[dict[str, Any]]:
    found = cli(registry, "check", "--json", *options)
    written = cli(registry, "check", *options).out
    problems: list[dict[str, Any]] = json.loads(found.out)
    assert sum(written.count(f": {severity}: ") for severity in ("error", "warning")) == len(problems)
    return problems


@pytest.mark.parametrize(("path", "right", "wrong", "near", "times"), SLIPS.values(), ids=list(SLIPS))
def test_one_wrong_word_gives_one_message_that_names_the_right_one(
    cli: Cli, registry: Path, path: str, right: str, wrong: str, near: str, times: int
) -> None:
    file = registry / path
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, times), "utf-8")
    (problem,) = _told(cli, registry)
    assert near in problem["hint"]
    assert problem["line"]


@pytest.mark.parametrize(
    ("path", "right", "wrong", "near", "times"),
    [slip for slip in SLIPS.values() if slip[0] in {SUITE, CASES}],
    ids=[name for name, slip in SLIPS.items() if slip[0] in {SUITE, CASES}],
)
def test_a_slip_in_a_change_is_no_loosening(
    cli: Cli, registry: Path, path: str, right: str, wrong: str, near: str, times: int
) -> None:
    file = registry / path
    file.write_text(file.read_text("utf-8").replace(right, wrong, times), "utf-8")
    (problem,) = _told(cli, registry, "--base", "main")
    assert near in problem["hint"]


@pytest.mark.parametrize(
    ("path", "right", "wrong", "message", "cure"),
    [
        (SETTINGS, '["production"]', "[]", "production is no longer protected", "list it again"),
        (SETTINGS, '["production"]', '["prodution"]', "production is no longer protected", "list it again"),
        (ALIASES, "production: 1", "{}", "production is protected, and is removed", "put the line back"),
        (ALIASES, "production", "prodution", "is removed", "write 'production' in place of 'prodution'"),
    ],
)
def test_protection_that_is_lost_is_told_once(
    cli: Cli, registry: Path, path: str, right: str, wrong: str, message: str, cure: str
) -> None:
    file = registry / path
    file.write_text(file.read_text("utf-8").replace(right, wrong), "utf-8")
    (problem,) = _told(cli, registry, "--base", "main")
    assert (problem["file"], problem["severity"]) == (path, "error")
    assert message in problem["message"]
    assert cure in problem["hint"]

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write

Cli = Callable[..., Any]
OLD = """\
name: Ticket triage
model: openai/gpt-4o-mini
messages: [{role: user, content: "{{input}}"}]
testData: [{input: My invoice is wrong, expected: billing}]
evaluators: [{name: right, string: {contains: "{{expected}}"}}]
"""


def test_what_is_imported_is_accepted_by_check(cli: Cli, registry: Path) -> None:
    write(registry, {"old/Ticket Triage.prompt.yml": OLD})
    ended = cli(registry, "import", "old/Ticket Triage.prompt.yml")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "wrote prompts/ticket-triage/v1.prompt.yml",
        "wrote prompts/ticket-triage/meta.yml",
        "wrote evals/ticket-triage/dataset.jsonl",
        "wrote evals/ticket-triage/suite.yml",
        "next: cuebook check && cuebook gate ticket-triage/1",
    ]
    assert "old/Ticket Triage.prompt.yml:2: warning: GitHub Models is retired" in ended.err
    assert cli(registry, "check").code == 0


def test_an_imported_prompt_can_be_gated(cli: Cli, registry: Path) -> None:
    rows = "".join(
        f"  - {{input: 'Text: the lamp is red. Question: what colour is lamp {n}?', expected: red}}\n"
        for n in range(80)
    )
    text = OLD.replace(
        "testData: [{input: My invoice is wrong, expected: billing}]\n", f"testData:\n{rows}"
    ).replace(
        "{{input}}", "Answer the question from the context.\\nContext: {{input}}\\nQuestion: lamp colour?"
    )
    write(registry, {"old.prompt.yml": text})
    assert cli(registry, "import", "old.prompt.yml", "--name", "lamps", "--model", "offline/rules").code == 0
    (verdict,) = json.loads(cli(registry, "gate", "lamps/1", "--format", "json").out)
    assert verdict["coverage"]["used"] > 0
    assert verdict["metrics"][0]["kind"] == "floor"


def test_a_dry_run_writes_nothing(cli: Cli, registry: Path) -> None:
    write(registry, {"old.prompt.yml": OLD})
    ended = cli(registry, "import", "old.prompt.yml", "--dry-run", "--name", "triage")
    assert "would write prompts/triage/v1.prompt.yml" in ended.out
    assert not (registry / "prompts/triage").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["old.prompt.yml", "--name", "qa"], "evals/qa, prompts/qa is there already"),
        (["old.prompt.yml", "--name", "Bad Name"], "try --name bad-name"),
        (["old.prompt.yml", "--format", "nonsense"], "Invalid value for '--format'"),
        (["nowhere.yml"], "does not exist"),
        (["notes.txt"], "no importer knows this file"),
        (["broken.prompt.yml", "--name", "x"], "broken.prompt.yml:1: error: messages"),
    ],
)
def test_wrong_words_and_files(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    write(registry, {"old.prompt.yml": OLD, "notes.txt": "hello", "broken.prompt.yml": "messages: 3\n"})
    ended = cli(registry, "import", *words)
    assert ended.code == 2
    assert said in ended.err


def test_nothing_of_an_existing_prompt_is_touched(cli: Cli, registry: Path) -> None:
    write(registry, {"old.prompt.yml": OLD})
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}
    cli(registry, "import", "old.prompt.yml", "--name", "qa")
    assert {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()} == before


def test_without_a_suite_it_is_said_what_to_write_before_the_gate(cli: Cli, registry: Path) -> None:
    bare = "name: Bare\nmodel: openai/gpt-4o\nmessages:\n- {role: user, content: 'Say {{word}}'}\n"
    (registry / "bare.prompt.yml").write_text(bare)
    said = cli(registry, "import", "bare.prompt.yml").out
    assert "next: write evals/bare/suite.yml and its dataset: nothing is gated without" in said

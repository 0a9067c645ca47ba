from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.github.run_report import Claim

Cli = Callable[..., Any]
V3 = {
    "prompts/qa/v3.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("one short sentence", "one sentence")
}


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "outputs.txt"
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    return path


@pytest.mark.parametrize(
    ("settings", "files", "shards", "count", "said"),
    [
        ("", V3, "[]", "0", "calls, on 1 machine\n"),
        ("shard_calls = 20\n", V3, '["1/', "", "machines\n"),
        ("shard_calls = 1\n", {"README.md": "hello"}, "[]", "0", "Nothing to evaluate"),
    ],
)
def test_how_many_machines(
    cli: Cli,
    registry: Path,
    outputs: Path,
    settings: str,
    files: dict[str, str],
    shards: str,
    count: str,
    said: str,
) -> None:
    write(registry, {"cuebook.toml": settings})
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    commit(write(registry, files))
    ended = cli(registry, "ci", "plan", "--base", "main")
    assert (ended.code, said in ended.out) == (0, True), ended.out + ended.err
    lines = outputs.read_text().splitlines()
    assert lines[0].startswith(f"shards={shards}")
    assert lines[1].startswith(f"count={count}")


def test_a_verdict_that_stands_takes_no_machine(cli: Cli, registry: Path, outputs: Path) -> None:
    write(registry, {"cuebook.toml": "shard_calls = 1\n"})
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    commit(write(registry, V3))
    cli(registry, "ci", "gate", "--base", "main")
    assert "at most 0 calls" in cli(registry, "ci", "plan", "--base", "main").out
    assert outputs.read_text() == "shards=[]\ncount=0\n"


def test_what_the_gate_is_about_to_ask_is_left_behind(cli: Cli, registry: Path, outputs: Path) -> None:
    """Of a run that is cut off nothing else remains, and what it drew is gone."""
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    commit(write(registry, V3))
    cli(registry, "ci", "plan", "--base", "main")
    claim = Claim.model_validate_json((registry / "build/plan/claim.json").read_bytes())
    cli(registry, "ci", "gate", "--base", "main")
    (verdict,) = json.loads((registry / "build/gate/gate.json").read_text())
    (asked,) = claim.questions
    assert (asked.suite, asked.baseline) == ("qa", verdict["digests"]["baseline"])
    assert asked.asked.model_dump() == verdict["question"]
    assert len(asked.asked.words) == 60


def test_it_must_know_what_the_change_is_held_against(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "ci", "plan")
    assert (ended.code, "cuebook ci plan --base origin/main" in ended.err) == (2, True)

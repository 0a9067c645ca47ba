from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.jobs import readable_states

SUITE = "evals/qa/suite.yml"


@pytest.mark.parametrize("command", ["check", "plan", "eval", "gate"])
def test_a_base_that_nobody_can_read_is_told_of_and_looked_for_once(
    cli: Callable[..., Any], registry: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    before = commit(registry)
    write(registry, {SUITE: "prompt: qa\nscorers: [contains\n"})
    commit(registry)
    git(registry, "checkout", "-q", "-b", "repair")
    write(registry, {SUITE: QA[SUITE]})
    commit(registry)
    looked: list[str] = []
    real = readable_states.newest_readable
    monkeypatch.setattr(
        readable_states, "newest_readable", lambda *words: looked.append(words[1]) or real(*words)
    )
    ended = cli(registry, command, "--base", "main")
    assert (ended.code, ended.err.count(f"compared with {before[:12]}")) == (0, 1), ended
    assert len(looked) == 1

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.calls.reply_store import ReplyStore

Cli = Callable[..., Any]
V3 = {
    "prompts/qa/v3.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("one short sentence", "one sentence")
}


@pytest.fixture
def change(registry: Path) -> Path:
    commit(registry)
    git(registry, "switch", "-q", "-c", "change")
    commit(write(registry, V3))
    return registry


def test_all_parts_together_buy_everything_once(cli: Cli, change: Path) -> None:
    total = 0
    with ReplyStore(change / "all.sqlite") as everything:
        for part in ("1/2", "2/2"):
            ended = cli(change, "ci", "buy", "--shard", part, "--base", "main")
            assert f"shard {part[0]} of 2: " in ended.out
            (change / ".cuebook/replies.sqlite").unlink()
            with ReplyStore(change / "build/shard/replies.sqlite") as mine:
                total += mine.count()
                everything.merge(mine)
            (change / "build/shard/replies.sqlite").unlink()
        assert everything.count() == total > 0
    assert not (change / ".cuebook/evaluations").exists()


@pytest.mark.parametrize("part", ["3/2", "0/2", "x", "1/2; id"])
def test_a_part_that_is_none(cli: Cli, change: Path, part: str) -> None:
    ended = cli(change, "ci", "buy", "--shard", part, "--base", "main")
    assert (ended.code, "is not a shard" in ended.err) == (2, True)

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]


def test_two_shards_give_the_gate_everything_it_needs(cli: Cli, registry: Path, tmp_path: Path) -> None:
    stores = []
    for index in (1, 2):
        copy = tmp_path / f"shard-{index}"
        shutil.copytree(registry, copy)
        assert f"shard {index} of 2" in cli(copy, "eval", "qa/2", "--shard", f"{index}/2").out
        stores.append(str(copy / ".cuebook/replies.sqlite"))
    assert cli(registry, "merge", *stores).out.count("60 new replies") == 2
    assert cli(registry, "merge", *stores).out.count(" 0 new replies") == 2


def test_a_shard_that_cannot_be(cli: Cli, registry: Path) -> None:
    for part in ("0/2", "3/2", "x", "1"):
        ended = cli(registry, "eval", "qa/2", "--shard", part)
        assert ended.code == 2
        assert "is not a shard" in ended.err

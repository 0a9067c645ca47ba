from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]


def test_words_that_differ_are_marked(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "diff", "qa/1", "qa/2")
    assert ended.out.startswith("qa/1 -> qa/2  Short answers\n")
    assert "{+" in ended.out
    assert "one short sentence" in ended.out


def test_one_ref_means_against_the_version_before(cli: Cli, registry: Path) -> None:
    assert cli(registry, "diff", "qa").out == cli(registry, "diff", "qa/1", "qa/2").out


def test_the_first_version_has_nothing_before_it(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "diff", "qa/1")
    assert ended.code == 2
    assert "is the first version" in ended.err


def test_json_and_no_change(cli: Cli, registry: Path) -> None:
    assert json.loads(cli(registry, "diff", "qa/1", "qa/1", "--json").out) == []
    assert [item["kind"] for item in json.loads(cli(registry, "diff", "qa", "--json").out)] == ["text"]

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_list(cli: Cli, registry: Path) -> None:
    assert cli(registry, "list").out == "qa  latest 2  production: 1  Questions\n"


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--tag", "support"], 1),
        (["--tag", "x"], 0),
        (["--owner", "@ada"], 1),
        (["--alias", "production"], 1),
        (["--alias", "staging"], 0),
    ],
)
def test_filters(cli: Cli, registry: Path, words: list[str], count: int) -> None:
    assert len(json.loads(cli(registry, "list", "--json", *words).out)) == count


def test_nothing_matches_is_said(cli: Cli, registry: Path) -> None:
    assert cli(registry, "list", "--tag", "x").out == "no prompt matches\n"

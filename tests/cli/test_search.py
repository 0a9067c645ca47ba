from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["SHORT", "sentence"], ["text"]),
        (["questions"], ["title"]),
        (["@ada"], ["owners"]),
        (["support"], ["tags"]),
        (["First"], ["message"]),
        (["unicorn"], []),
    ],
)
def test_search(cli: Cli, registry: Path, words: list[str], places: list[str]) -> None:
    assert [hit["place"] for hit in json.loads(cli(registry, "search", "--json", *words).out)] == places


def test_nothing_found_is_said(cli: Cli, registry: Path) -> None:
    assert "nothing found" in cli(registry, "search", "unicorn").out

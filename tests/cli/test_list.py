from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook.wording.moves import ENDED

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


def test_versions_that_are_retired_are_marked(cli: Cli, registry: Path) -> None:
    (registry / "prompts/qa/meta.yml").write_text("title: Questions\nretired: [2]\n")
    assert cli(registry, "list").out == "qa  latest 2  production: 1  retired: 2  Questions\n"
    assert json.loads(cli(registry, "list", "--json").out)[0]["retired"] == [2]
    assert cli(registry, "show", "qa/2").out.startswith(f"qa/2  {ENDED['retired']}\n")
    assert "retired" not in cli(registry, "show", "qa/1").out


def test_scorers_are_listed_with_where_each_is_from(cli: Cli, registry: Path) -> None:
    write(
        registry,
        {"cuebook.toml": 'scorers = ["evals/_scorers/polite.py"]\n', "evals/_scorers/polite.py": "x"},
    )
    found = {row["name"]: row["from"] for row in json.loads(cli(registry, "list", "--scorers", "--json").out)}
    assert found["exact"] == "Cuebook"
    assert found["polite"].startswith("evals/_scorers/polite.py sha256:")
    assert "exact " in cli(registry, "list", "--scorers").out

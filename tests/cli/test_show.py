from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, write

Cli = Callable[..., Any]


def test_show_means_production(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "show", "qa")
    assert ended.out.startswith("qa/1  @production\n  First\n")
    assert "Answer the question from the context." in ended.out


def test_the_author_comes_from_the_commit(cli: Cli, registry: Path) -> None:
    commit(registry)
    shown = json.loads(cli(registry, "show", "qa/2", "--json").out)
    assert (shown["author"], shown["version"], shown["schema"]) == ("Ada Tester", 2, "cuebook/version/1")


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("qaa", "did you mean 'qa'?"),
        ("qa/7", "nearest: qa/2"),
        ("qa@prodction", "did you mean 'production'?"),
        ("qa/01", "without leading zeros"),
        ("prompts:/QA/1", "is not a ref"),
    ],
)
def test_wrong_refs_name_the_nearest_thing(cli: Cli, registry: Path, ref: str, said: str) -> None:
    ended = cli(registry, "show", ref)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_tools_are_shown(cli: Cli, registry: Path) -> None:
    tool = "{name: find, parameters: {type: object, properties: {a: {}, b: {}}, required: [a]}}"
    text = (
        "message: m\nmodel: toy/answers\nmessages: [{role: user, content: x}]\n"
        f"tools: [{tool}, {{name: stop}}]\ntoolChoice: {{name: find}}\n"
    )
    write(registry, {"prompts/desk/v1.prompt.yml": text})
    ended = cli(registry, "show", "desk/1")
    assert "  tool find: a, b?\n  tool stop: no parameters\n" in ended.out
    assert '  toolChoice {"name": "find"}\n' in ended.out

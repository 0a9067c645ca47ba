from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_the_next_version_is_a_copy_that_check_wants_edited(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "new", "qa", "-m", "Cite: the passage")
    assert ended.out.startswith("wrote prompts/qa/v3.prompt.yml\n")
    path = registry / "prompts/qa/v3.prompt.yml"
    assert path.read_text().startswith(
        "# yaml-language-server: $schema=../../schemas/prompt-version.json\nmessage: 'Cite: the passage'\n"
    )
    assert "says the same as version 2" in cli(registry, "check").out
    path.write_text(path.read_text().replace("short sentence", "clear sentence"))
    assert cli(registry, "check").code == 0


def test_a_new_prompt_from_nothing_is_accepted_by_check(cli: Cli, registry: Path) -> None:
    assert cli(registry, "new", "greeter", "-m", "First").code == 0
    assert "title: Greeter" in (registry / "prompts/greeter/meta.yml").read_text()
    assert cli(registry, "check").code == 0


def test_from_another_version(cli: Cli, registry: Path) -> None:
    cli(registry, "new", "qa", "-m", "Back to the first", "--from", "qa/1")
    assert "short" not in (registry / "prompts/qa/v3.prompt.yml").read_text()
    assert cli(registry, "check").code == 0, "an older version may be restored on purpose"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Bad Name", "-m", "x"], "try 'bad-name'"),
        (["qa", "-m", " "], "one line"),
        (["qa"], "Missing option"),
    ],
)
def test_wrong_words(cli: Cli, registry: Path, words: list[str], said: str) -> None:
    ended = cli(registry, "new", *words)
    assert ended.code == 2
    assert said in ended.err

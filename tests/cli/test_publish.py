from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import commit, git, write

Cli = Callable[..., Any]


def test_publishing_twice_writes_nothing_the_second_time(cli: Cli, registry: Path) -> None:
    assert cli(registry, "publish").code == 0
    assert (registry / "build/published/api/v1/prompts/qa/versions/1.json").is_file()
    assert "JSON 0 written" in cli(registry, "publish").out


def test_a_published_version_that_would_change_is_refused(cli: Cli, registry: Path) -> None:
    commit(registry)
    git(registry, "switch", "-q", "-c", "draft")
    cli(registry, "publish")
    path = registry / "prompts/qa/v1.prompt.yml"
    path.write_text(path.read_text().replace("Answer", "Reply to"))
    before = (registry / "build/published/api/v1/prompts/qa/versions/1.json").read_bytes()
    ended = cli(registry, "publish")
    assert ended.code == 2
    assert "a published version was edited" in ended.err
    assert (registry / "build/published/api/v1/prompts/qa/versions/1.json").read_bytes() == before


def test_an_alias_that_was_moved_by_hand_without_a_pass_is_told(cli: Cli, registry: Path) -> None:
    wrong = "message: Leave the context out\nmodel: offline/rules\ntemplate: 'Question: {{question}}'\n"
    commit(registry)
    write(registry, {"prompts/qa/v3.prompt.yml": wrong})
    assert cli(registry, "gate", "qa/3").code == 1
    write(registry, {"prompts/qa/aliases.yml": "production: 3\n"})
    ended = cli(registry, "publish")
    assert ended.code == 0
    assert "beware: qa: production 1 -> 3: qa/3 on qa: fail" in ended.err
    assert "'cuebook ci publish' refuses" in ended.err
    write(registry, {"prompts/qa/aliases.yml": "production: 1\n"})
    assert "beware" not in cli(registry, "publish").err

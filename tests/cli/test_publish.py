from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import commit, git

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

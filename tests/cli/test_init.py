from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import write

Cli = Callable[..., Any]


def test_what_init_writes_is_checked_and_gated(cli: Cli, tmp_path: Path) -> None:
    assert cli(tmp_path, "init").code == 0
    checked = cli(tmp_path, "check", "--strict")
    assert checked.code == 0, checked.out
    gated = cli(tmp_path, "gate", "example", "--format", "json")
    assert gated.code == 0, gated.out[:500]


def test_dry_run_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    ended = cli(tmp_path, "init", "--dry-run")
    assert "would write prompts/example/v1.prompt.yml" in ended.out
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_and_prompts_are_left_alone(cli: Cli, registry: Path) -> None:
    write(registry, {"cuebook.toml": 'site_url = "https://mine.example"\n'})
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}
    ended = cli(registry, "init")
    assert "kept  cuebook.toml" in ended.out
    assert {path: path.read_bytes() for path in before} == before
    assert not (registry / "prompts/example").exists()

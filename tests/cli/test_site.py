from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]


def test_build_says_what_to_open(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "site", "build")
    assert ended.code == 0, ended.err
    assert (registry / "build/site/index.html").as_uri() in ended.out


def test_serve_wants_a_site_first(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "site", "serve")
    assert ended.code == 2
    assert "cuebook site build" in ended.err

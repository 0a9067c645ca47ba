from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, write
from rest import TOKEN, Rest

Cli = Callable[..., Any]


def test_issues(cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(registry)
    assert cli(registry, "ci", "issues").code == 2
    cli(registry, "ci", "nightly")
    with Rest() as rest:
        monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_API_URL", rest.url)
        rest.on("GET", "issues", [])
        ended = cli(registry, "ci", "issues")
        assert (ended.code, ended.out) == (0, "no issue to change\n")
    write(registry, {"build/nightly/night.json": "{}"})
    assert cli(registry, "ci", "issues").code == 2

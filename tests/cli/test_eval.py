from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]


def test_every_case_is_run_and_the_code_is_0(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "eval", "qa/2", "--json")
    assert ended.code == 0
    (verdict,) = json.loads(ended.out)
    assert verdict["coverage"]["used"] == 60
    assert len(verdict["cases"]) == 60

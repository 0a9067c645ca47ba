from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from build import commit

Cli = Callable[..., Any]


def test_nightly(cli: Cli, registry: Path) -> None:
    commit(registry)
    ended = cli(registry, "ci", "nightly")
    assert (ended.code, ended.out) == (0, "qa/1 against itself on qa: pass\nno problem\n")
    night = json.loads((registry / "build/nightly/night.json").read_text())
    assert night["troubles"] == []
    (staged,) = (registry / "build/ledger/nightly").iterdir()
    assert json.loads(staged.read_text()) == night["record"]
    assert not (registry / ".cuebook/evaluations").exists()

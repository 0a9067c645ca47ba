from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., Any]


def test_run_answers_and_says_which_model_did(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "run", "qa/2", "--case", "qa/q1")
    assert ended.code == 0
    assert "green" in ended.out
    assert "offline/rules" in ended.err


def test_json(cli: Cli, registry: Path) -> None:
    shown = json.loads(cli(registry, "run", "qa", "--case", "qa/q1", "--json").out)
    assert set(shown) == {"text", "model", "input_tokens", "output_tokens", "cost_usd", "seconds"}


def test_an_unknown_model_is_refused_by_the_allow_list_or_by_name(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "run", "qa", "--case", "qa/q1", "--model", "offline/nobody")
    assert ended.code == 4
    assert "no stand-in is called 'offline/nobody'" in ended.err

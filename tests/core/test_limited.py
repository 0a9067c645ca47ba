from __future__ import annotations

import os
from pathlib import Path

import pytest

from cuebook.core.limited import OverBudget, call_limited


def test_a_call_gives_what_the_function_gives() -> None:
    assert call_limited("cuebook.core.escape:shorten", text="abcdef", limit=3) == "ab\u2026"


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("time:sleep", {"secs": "never"}),
        ("builtins:eval", {"source": "[0] * 10**9"}),
        ("builtins:pow", {"base": 7, "exp": 10**9}),
    ],
)
def test_a_call_that_fails_or_asks_too_much_is_stopped(function: str, arguments: dict[str, object]) -> None:
    with pytest.raises(OverBudget):
        call_limited(function, **arguments)


def test_the_child_knows_no_key_and_no_module_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert "OPENAI_API_KEY" in os.environ
    assert call_limited("os:getenv", key="OPENAI_API_KEY") is None

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cuebook.core.limited import TRIES, OverBudget, call_limited, patience


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


def test_what_was_over_its_budget_often_is_tried_no_more() -> None:
    for _ in range(TRIES):
        with pytest.raises(OverBudget, match="too long"), patience("a program of this test"):
            raise OverBudget("too long")
    with pytest.raises(OverBudget, match="not tried"), patience("a program of this test"):
        pytest.fail("it was tried")
    with patience("another program of this test"):
        pass


def test_the_child_knows_no_key_and_no_module_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert "OPENAI_API_KEY" in os.environ
    assert call_limited("os:getenv", key="OPENAI_API_KEY") is None

"""The bad days of a gate, from real runs against a server on 127.0.0.1: what is said, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from conftest import QA
from cuebook.calls import engine
from loopback import Loopback, Request, error

Cli = Callable[..., Any]
KEY = "LOCAL_KEY"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0.0)
    monkeypatch.setenv(KEY, "right")
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY", "OPENAI_API_KEY", "GITHUB_EVENT_NAME"):
        monkeypatch.delenv(name, raising=False)


def answer(request: Request) -> str:
    """What the lamp's colour is, whatever is asked: both versions are right."""
    return "It is green."


def opened(root: Path, url: str, model: str = "local/m", **files: str) -> Path:
    settings = (
        f'model = "{model}"\ntimeout = 2\n[endpoints.local]\nbase_url = "{url}"\napi_key_env = "{KEY}"\n'
    )
    return write(root, QA | {"cuebook.toml": settings} | files)


def test_without_a_key_nothing_is_asked(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY)
    with Loopback(answer) as server:
        root = opened(tmp_path, server.url)
        assert f"local/m needs a key, and {KEY} is not set" in cli(root, "plan", "qa/2").out
        ended = cli(root, "gate", "qa/2")
        assert ended.code == 4
        assert f"local/m needs a key, and {KEY} is not set. No call was made." in ended.err
        assert f"export {KEY}=..." in ended.err
        assert server.calls == 0
        assert cli(opened(tmp_path, server.url, "openai/gpt-4o-mini"), "gate", "qa/2").code == 4
    monkeypatch.setenv(KEY, "right")


@pytest.mark.parametrize(
    ("fault", "said", "cure"),
    [
        (error(401, "invalid_api_key", "this key is unknown to us"), "this key is unknown to us", KEY),
        (error(402, "", "please pay the last bill"), "please pay the last bill", "no credit left"),
        (error(429, "insufficient_quota", "you spent it all"), "you spent it all", "no credit left"),
        (error(404, "model_not_found", "no model m here"), "no model m here", "check the model's name"),
        (error(400, "", "temperature is not supported"), "temperature is not supported", "parameters"),
    ],
)
def test_what_the_provider_refuses_is_said_in_its_words(
    tmp_path: Path, cli: Cli, fault: Any, said: str, cure: str
) -> None:
    with Loopback(answer, trouble=lambda request, tries: fault) as server:
        ended = cli(opened(tmp_path, server.url), "gate", "qa/2")
    assert ended.code == 4
    first, hint = ended.err.splitlines()
    assert first.startswith("cuebook: qa/2 on qa: the provider ")
    assert said in first
    assert "; 0 of " in first
    assert cure in hint


def test_an_endpoint_that_is_down_is_named(tmp_path: Path, cli: Cli) -> None:
    with Loopback(answer) as server:
        root = opened(tmp_path, server.url)
    ended = cli(root, "gate", "qa/2")
    assert ended.code == 4
    assert "gave 'local' up" in ended.err
    assert f"cannot connect to 127.0.0.1:{server.port}" in ended.err


def test_a_key_that_is_taken_away_on_the_way_loses_nothing(tmp_path: Path, cli: Cli) -> None:
    asked: list[Request] = []

    def trouble(request: Request, tries: int) -> Any:
        asked.append(request)
        return error(401) if len(asked) > 30 else None

    with Loopback(answer, trouble=trouble) as server:
        root = opened(tmp_path, server.url)
        ended = cli(root, "gate", "qa/2")
        assert ended.code == 4
        assert "; 30 of " in ended.err
        server.trouble = None
        before = server.calls
        again = cli(root, "gate", "qa/2")
    assert again.code == 0
    assert server.calls - before <= 2 * 60 - 30


def test_a_gate_of_a_change_is_red_and_tells_why(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY)
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    root = opened(tmp_path / "root", "http://127.0.0.1:9/v1")
    commit(root)
    git(root, "switch", "-q", "-c", "change")
    write(root, {"prompts/qa/v3.prompt.yml": QA["prompts/qa/v2.prompt.yml"].replace("short", "brief")})
    commit(root)
    ended = cli(root, "ci", "gate", "--base", "main")
    assert ended.code == 4
    assert "::error title=Not evaluated::" in ended.out
    assert KEY in ended.out
    assert "local/m needs a key" in summary.read_text()
    assert (root / "build/gate/claim.json").is_file()

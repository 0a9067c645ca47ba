from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from rest import Rest, Says

Cli = Callable[..., Any]
HERE = 'repo_url = "https://github.com/o/r"\n'


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_API_URL", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)


def test_problems_come_with_a_cure_and_end_with_1(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "doctor")
    assert ended.code == 1
    assert "  ✗ problem  not a Git repository: there is no history\n             → git init\n" in ended.out
    assert "  ✓ ok       check finds nothing wrong\n" in ended.out
    assert "the settings name no repository on https://github.com" in ended.out
    assert ended.err == ""


def test_where_nothing_is_a_problem_it_ends_with_0(cli: Cli, registry: Path) -> None:
    flow = "on: pull_request\npermissions: {}\njobs: {a: {steps: []}}\n"
    files = {f".github/workflows/{name}.yml": flow for name in ("check", "gate", "publish")}
    write(registry, files | {".github/CODEOWNERS": "* @ada\n"})
    commit(registry)
    ended = cli(registry, "doctor")
    assert ended.code == 0
    assert "! warning" in ended.out


def test_json(cli: Cli, registry: Path) -> None:
    ended = cli(registry, "doctor", "--json")
    found = json.loads(ended.out)
    assert ended.code == 1
    assert {tuple(item) for item in found} == {("area", "code", "state", "what", "cure")}
    assert {"ok", "problem", "unknown"} <= {item["state"] for item in found}


def test_outside_a_registry_that_is_what_it_finds(cli: Cli, tmp_path: Path) -> None:
    ended = cli(tmp_path, "doctor")
    assert ended.code == 1
    assert "→ cuebook init" in ended.out
    assert cli(tmp_path, "doctor", "--root", str(tmp_path)).out == ended.out


def test_without_a_token_github_is_not_asked(cli: Cli, registry: Path) -> None:
    write(registry, {"cuebook.toml": HERE})
    ended = cli(registry, "doctor")
    assert "? unknown  settings on GitHub were not looked at: there is no token" in ended.out
    assert "set GITHUB_TOKEN: a token that may read the settings of o/r" in ended.out


@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "GH_TOKEN"])
def test_with_a_token_github_is_asked(
    cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    write(registry, {"cuebook.toml": HERE})
    with Rest() as rest:
        monkeypatch.setenv(variable, "ghs_visible")
        monkeypatch.setenv("GITHUB_API_URL", rest.url)
        rest.on("GET", "", {"default_branch": "main"})
        rest.on("GET", "pages", {"build_type": "legacy"})
        rest.on("GET", "actions/permissions", Says({"message": "no"}, 403))
        ended = cli(registry, "doctor")
    assert "✗ problem  Pages builds from a branch" in ended.out
    assert "? unknown  which actions may run cannot be seen with this token" in ended.out
    assert {asked.headers["authorization"] for asked in rest.log} == {"Bearer ghs_visible"}
    assert "ghs_visible" not in ended.out


def test_another_github_server(cli: Cli, registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.org")
    write(registry, {"cuebook.toml": HERE})
    assert "the settings name no repository on https://git.example.org" in cli(registry, "doctor").out


def test_a_key_that_the_workflows_of_init_do_not_hand_on_is_named_with_a_cure_that_works(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    assert cli(tmp_path, "init", "--no-workflows").code == 0
    settings = tmp_path / "cuebook.toml"
    start = settings.read_text("utf-8")
    settings.write_text('model = "openai/gpt-6-luna"\n' + start, "utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    assert cli(tmp_path, "init").code == 0
    assert "no workflow hands" not in cli(tmp_path, "doctor").out
    local = '\n[endpoints.mine]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "MY_KEY"\n'
    settings.write_text('model = "mine/m"\n' + start + local, "utf-8")
    told = cli(tmp_path, "doctor").out
    assert "MY_KEY is not set here (mine/m)" in told
    assert "no workflow hands MY_KEY to a job" in told
    gate = tmp_path / ".github/workflows/gate.yml"
    text = gate.read_text("utf-8")
    assert "MY_KEY: ${{ secrets.MY_KEY }}" in told
    line = "OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}"
    gate.write_text(text.replace(line, f"{line}\n          MY_KEY: ${{{{ secrets.MY_KEY }}}}"), "utf-8")
    assert "no workflow hands" not in cli(tmp_path, "doctor").out

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rest import TOKEN, Rest, Says

Cli = Callable[..., Any]
HEAD = "a" * 40


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rest]:
    with Rest() as server:
        monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_API_URL", server.url)
        monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
        monkeypatch.setenv("GITHUB_RUN_ID", "9")
        yield server


@pytest.mark.parametrize(
    ("state", "known"), [("success", "success"), ("failure", "failure"), ("", "error"), ("$(id)", "error")]
)
def test_a_status_on_that_commit_only(cli: Cli, rest: Rest, tmp_path: Path, state: str, known: str) -> None:
    rest.on("POST", f"statuses/{HEAD}", Says({}, 201))
    ended = cli(tmp_path, "ci", "status", "--sha", HEAD, "--state", state, "--description", "x\n" * 200)
    assert ended.code == 0
    (asked,) = rest.log
    assert asked.body["state"] == known
    assert len(asked.body["description"]) <= 140
    assert asked.body["target_url"] == "https://github.com/o/r/actions/runs/9"


def test_without_a_verdict_it_says_so(cli: Cli, rest: Rest, tmp_path: Path) -> None:
    rest.on("POST", f"statuses/{HEAD}", Says({}, 201))
    cli(tmp_path, "ci", "status", "--sha", HEAD, "--state", "")
    assert rest.log[0].body["description"] == "the gate ended without a verdict"


def test_what_is_no_sha_is_refused(cli: Cli, rest: Rest, tmp_path: Path) -> None:
    assert cli(tmp_path, "ci", "status", "--sha", "../x", "--state", "success").code == 2
    assert rest.log == []

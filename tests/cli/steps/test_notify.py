from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from rest import TOKEN, Rest, Says

Cli = Callable[..., Any]
SETTINGS = "site_url = 'https://prompts.example.org/'\n[notify]\nrepositories = ['o/r']\n"


@pytest.fixture
def published(registry: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry whose production moved to 2 in HEAD, with what its publication left to be kept."""
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "CUEBOOK_DISPATCH_TOKEN", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    write(registry, {"cuebook.toml": SETTINGS})
    commit(registry)
    write(registry, {"prompts/qa/aliases.yml": "production: 2\n"})
    sha = commit(registry)
    move = {"schema": "cuebook/move/1", "prompt": "qa", "alias": "production", "version": 2, "commit": sha}
    leave(registry, f"moves/qa/production/{sha}.json", {**move, "digest": DIGEST, "recorded": TIME})
    leave(registry, f"published/{sha}.json", {"schema": "cuebook/published/2", "commit": sha, "time": TIME})
    return registry


DIGEST, TIME = f"sha256:{'0' * 64}", "2026-11-30T12:00:00Z"


def leave(root: Path, path: str, record: dict[str, Any]) -> None:
    write(root, {f"build/ledger/{path}": json.dumps(record)})


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rest]:
    """GitHub, which takes events with the token that is for them."""
    with Rest() as found:
        monkeypatch.setenv("GITHUB_API_URL", found.url)
        monkeypatch.setenv("CUEBOOK_DISPATCH_TOKEN", TOKEN)
        found.on("POST", "dispatches", Says(status=204))
        yield found


def test_what_moved_is_told_as_git_says_it(cli: Cli, published: Path, rest: Rest) -> None:
    ended = cli(published, "ci", "notify")
    assert (ended.code, ended.out) == (0, "told 1 repository of qa@production -> 2, 0 failed\n")
    (asked,) = rest.asked("POST", "dispatches")
    told = asked.body["client_payload"]
    assert (told["prompt"], told["version"], told["previous"]) == ("qa", 2, 1)
    assert told["commit"] == git(published, "rev-parse", "HEAD")
    assert told["digest"] != DIGEST, "the digest is that of the version, whatever a record says"
    assert told["url"] == "https://prompts.example.org/api/v1/prompts/qa/versions/2.json"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"


def test_what_was_not_published_is_not_told(cli: Cli, published: Path, rest: Rest) -> None:
    for path in (published / "build/ledger/published").iterdir():
        path.unlink()
    assert cli(published, "ci", "notify").out == "no alias moved\n"
    assert rest.log == []


def test_a_record_that_git_does_not_know_is_not_told(cli: Cli, published: Path, rest: Rest) -> None:
    for path in (published / "build/ledger/moves/qa/production").iterdir():
        path.write_text(path.read_text().replace(git(published, "rev-parse", "HEAD"), "f" * 40))
    assert cli(published, "ci", "notify").out == "no alias moved\n"
    assert rest.log == []


def test_without_its_token_and_on_a_refusal_it_warns(
    cli: Cli, published: Path, rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest.on("POST", "dispatches", Says({"message": "no"}, 404))
    ended = cli(published, "ci", "notify")
    assert ended.code == 0
    assert (
        "o/r: qa@production was not told: POST o/r/dispatches: GitHub answered 404" in ended.out + ended.err
    )
    monkeypatch.delenv("CUEBOOK_DISPATCH_TOKEN")
    ended = cli(published, "ci", "notify")
    assert ended.code == 0
    assert "CUEBOOK_DISPATCH_TOKEN is not set in the environment 'notify'" in ended.out + ended.err
    assert TOKEN not in ended.out + ended.err


def test_nobody_to_tell(cli: Cli, published: Path) -> None:
    write(published, {"cuebook.toml": ""})
    assert cli(published, "ci", "notify").out == "there is no repository to notify\n"


def test_a_repository_is_an_owner_and_a_name(cli: Cli, published: Path) -> None:
    write(published, {"cuebook.toml": "[notify]\nrepositories = ['https://github.com/o/r']\n"})
    ended = cli(published, "check")
    assert "it is 'https://github.com/o/r', which is not a repository on GitHub" in ended.out
    assert "write it as owner/name, such as example/shop" in ended.out

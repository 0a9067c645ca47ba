from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from build import commit, git, write
from claims import HEAD, a_claim, artifact
from rest import TOKEN, Rest, Says
from world import World, compared

Cli = Callable[..., Any]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    with Rest() as rest:
        for name, value in {
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": rest.url,
            "GITHUB_EVENT_NAME": "workflow_run",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }.items():
            monkeypatch.setenv(name, value)
        yield World(rest)


def event(tmp_path: Path, run: dict[str, Any]) -> None:
    about = {"action": "completed", "repository": {"default_branch": "main"}}
    (tmp_path / "event.json").write_text(json.dumps({**about, "workflow_run": run}))


def test_report(cli: Cli, world: World, tmp_path: Path) -> None:
    world.checked()
    event(tmp_path, world.run("gate", 2, data=artifact(a_claim())))
    ended = cli(tmp_path, "ci", "report")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "qa-assistant/6 on qa-assistant: pass  (aaaaaaaaaaaa, #7)\n"
    assert "pass" in (tmp_path / "summary.md").read_text()
    assert len(world.comments.kept) == 1


def test_a_workflow_of_an_earlier_release_sees_what_merges_that_cross_bring(
    cli: Cli, world: World, tmp_path: Path
) -> None:
    """It checks the newest commit out alone, with which a change cannot be compared."""
    source = write(tmp_path / "source", {"a.txt": "1"})
    first = commit(source)
    write(source, {"a.txt": "2"})
    commit(source)
    git(tmp_path, "clone", "-q", "--depth=1", source.as_uri(), "clone")
    parents = [{"sha": HEAD, "parents": [{"sha": first}]}]
    found = compared(".github/workflows/gate.yml") | {"ahead_by": 1, "commits": parents}
    world.rest.on("GET", "compare/.*", found)
    world.checked()
    event(tmp_path, world.run("gate", 2, data=artifact(a_claim())))
    assert cli(tmp_path / "clone", "ci", "report").code == 0
    (comment,) = world.comments.kept
    assert "changes files that produce the verdict" in comment["body"]


def test_a_failed_comment_only_warns(
    cli: Cli, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    world.checked()
    event(tmp_path, world.run("gate", 2, data=artifact(a_claim())))
    world.rest.on("POST", "issues/7/comments", Says({"message": "no"}, 403))
    ended = cli(tmp_path, "ci", "report")
    assert ended.code == 0
    assert ended.out.startswith(
        "::warning title=the comment could not be written::POST o/r/issues/7/comments"
    )
    assert TOKEN not in ended.out + ended.err


def test_github_that_is_down_ends_with_4(cli: Cli, world: World, tmp_path: Path) -> None:
    event(tmp_path, world.run("gate", 2))
    world.rest.on("GET", "actions/runs", Says({"message": "no"}, 403))
    ended = cli(tmp_path, "ci", "report")
    assert (ended.code, TOKEN in ended.out + ended.err) == (4, False)


def test_another_event_is_refused_and_a_push_is_nothing(
    cli: Cli, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event(tmp_path, world.run("gate", 2, event="push"))
    ended = cli(tmp_path, "ci", "report")
    assert (ended.code, ended.out) == (0, "nothing to report: the run is about no change\n")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert cli(tmp_path, "ci", "report").code == 2

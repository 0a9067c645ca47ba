"""Fetching is played in tests/cli/steps and tests/workflows; here, what a run is taken for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from claims import HEAD
from cuebook.github.run_report import STEPS
from cuebook.github.runs import changed, step_of
from rest import Rest, Says
from world import LINE, Line, World, compared


@pytest.fixture
def world() -> Iterator[World]:
    with Rest() as rest:
        yield World(rest)


@pytest.mark.parametrize(
    "path", ["", ".github/workflows/other.yml", "gate.yml", ".github/workflows/../gate.yml"]
)
def test_a_run_of_another_workflow_is_no_step(path: str) -> None:
    assert step_of({"path": path}) is None


@pytest.mark.parametrize("step", STEPS)
def test_a_run_is_known_by_the_file_of_its_workflow(step: str) -> None:
    assert step_of({"path": f".github/workflows/{step}.yml"}) == step


def test_a_commit_is_compared_with_the_newest_state_of_the_branch_that_it_holds(world: World) -> None:
    """Its parents outside of what it adds are commits of the branch's history, on whatever line."""
    asked: list[Sequence[str]] = []

    class Asked(Line):
        def last_held(self, commits: Sequence[str]) -> str | None:
            asked.append(commits)
            return "e" * 40

    parents = {HEAD: ["d" * 40, "1" * 40], "d" * 40: ["2" * 40]}
    commits = [{"sha": sha, "parents": [{"sha": item} for item in held]} for sha, held in parents.items()]
    world.rest.on("GET", rf"compare/b+\.\.\.{HEAD}", {**compared("shown"), "ahead_by": 2, "commits": commits})
    world.rest.on("GET", rf"compare/e+\.\.\.{HEAD}", compared("hidden"))
    line = Asked(Path(), "b" * 40)
    assert changed(world.rest.client, line, HEAD) == (["hidden", ""], "")
    world.rest.on("GET", r"compare/b+\.\.\..*", compared())
    assert changed(world.rest.client, line, HEAD)[0] == ["hidden", ""]
    assert asked == [["1" * 40, "2" * 40], [HEAD]]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({**compared(), "ahead_by": 251}, "has 250 commits or more"),
        (compared(*["x"] * 300), "changed 300 files or more"),
        (Says({"message": "Not Found"}, 404), "cannot be compared with the default branch any more"),
    ],
)
def test_what_cannot_be_seen_whole_is_said(world: World, answer: Any, said: str) -> None:
    world.rest.on("GET", "compare/.*", answer)
    assert changed(world.rest.client, LINE, HEAD) == ([], said)
    assert changed(world.rest.client, None, HEAD) == ([], "cannot be compared, as this clone is shallow")

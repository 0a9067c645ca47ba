from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from claims import HEAD, a_claim, artifact
from cuebook.github.merged_verdicts import claimed
from rest import Rest, Says
from verdicts import FAIL, PASS
from world import FORK, LINE, World, compared

COMMIT = "c" * 40


@pytest.fixture
def world() -> Iterator[World]:
    with Rest() as rest:
        yield World(rest)


def pull(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "number": 7,
        "merged_at": "2026-01-01T00:00:00Z",
        "base": {"ref": "main", "sha": "b" * 40},
        "head": {"sha": HEAD, "ref": "change", "repo": {"full_name": "o/r"}},
    }
    return made | changes


def look(world: World, *found: dict[str, Any], same_head: Any = (), events: Any = ()) -> tuple[int, str]:
    """How many verdicts are claimed, and the lines."""
    world.rest.on("GET", f"commits/{COMMIT}/pulls", list(found))
    world.rest.on("GET", "pulls", [*found, *same_head])
    world.rest.on("GET", "issues/7/events", [{"event": name} for name in events])
    seen = claimed(world.rest.client, [COMMIT], "main", LINE)
    return len(seen.verdicts), " ".join(seen.lines)


def test_the_gates_claim_on_a_merged_pull_request_is_found(world: World) -> None:
    world.run("gate", 2, data=artifact(a_claim()))
    assert look(world, pull(), events=["merged"]) == (1, "pull request 7: 1 verdict claimed")
    assert claimed(world.rest.client, [COMMIT, COMMIT], "main", LINE).verdicts == (PASS,)


@pytest.mark.parametrize(
    ("changes", "more", "said"),
    [
        ({"head": {"sha": HEAD, "ref": "x", "repo": {"full_name": FORK}}}, {}, "came from a fork"),
        ({"head": {"sha": HEAD, "ref": "x", "repo": None}}, {}, "came from a fork"),
        ({}, {"same_head": [pull(number=8, base={"ref": "evil"})]}, "proposed for another branch"),
        (
            {},
            {"same_head": [pull(base={"ref": "evil"}, head={**pull()["head"], "sha": "e" * 40})]},
            "proposed for another branch",
        ),
        ({}, {"same_head": [pull()] * 30}, "proposed more than 30 times"),
        ({}, {"events": ["base_ref_changed"]}, "moved from one base branch to another"),
        ({}, {"events": ["automatic_base_change_succeeded"]}, "moved from one base branch to another"),
    ],
)
def test_what_the_change_could_have_bent_is_not_believed(
    world: World, changes: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    world.run("gate", 2, data=artifact(a_claim()))
    count, line = look(world, pull(**changes), **more)
    assert (count, said in line) == (0, True)


def test_the_gate_on_another_branch_at_the_same_commit_is_not_that_of_the_pull_request(world: World) -> None:
    """That branch may be proposed for a base whose workflow forges what it likes."""
    world.run("gate", 2, data=artifact(a_claim()))
    world.run("gate", 3, data=artifact(a_claim(verdicts=[FAIL])), head_branch="twin")
    look(world, pull())
    assert claimed(world.rest.client, [COMMIT], "main", LINE).verdicts == (PASS,)


EARLIER = "e" * 40


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["prompts/qa/v3.prompt.yml"], ""),
        ([".github/workflows/gate.yml"], "earlier commit eeeeeeeeeeee touched .github/workflows/gate.yml"),
        (["prompts/x"] * 300, "earlier commit eeeeeeeeeeee changed 300 files or more"),
        (None, "its earlier commit eeeeeeeeeeee cannot be compared with the default branch any more"),
    ],
)
def test_an_earlier_push_may_have_left_forged_replies_in_a_cache(
    world: World, files: list[str] | None, said: str
) -> None:
    world.run("gate", 1, head_sha=EARLIER)
    world.run("gate", 2, data=artifact(a_claim()))
    if files is not None:
        world.rest.on("GET", rf"compare/b{{40}}\.\.\.{EARLIER}", compared(*files))
    else:
        world.rest.on("GET", rf"compare/b{{40}}\.\.\.{EARLIER}", Says({"message": "Not Found"}, 404))
    count, line = look(world, pull())
    assert (count, said in line) == (0 if said else 1, True)
    branches = {item.query["branch"] for item in world.rest.log if "branch" in item.query}
    assert branches == {"change"}


def test_a_push_whose_run_was_deleted_is_looked_at(world: World) -> None:
    """Whoever may push may delete runs, too."""
    world.run("gate", 2, data=artifact(a_claim()))
    world.pushes = ["0" * 40, HEAD, EARLIER]
    world.rest.on("GET", rf"compare/b{{40}}\.\.\.{EARLIER}", compared(".github/workflows/gate.yml"))
    assert f"earlier commit {EARLIER[:12]} touched .github/workflows/gate.yml" in look(world, pull())[1]
    assert {item.query["ref"] for item in world.rest.asked("GET", "activity")} == {"refs/heads/change"}
    world.rest.on("GET", "activity", Says({"message": "Not Found"}, 404))
    assert "does not tell what was pushed" in look(world, pull())[1]


def test_too_many_pushes_are_not_looked_at(world: World) -> None:
    for number in range(60):
        world.run("gate", number, head_sha=f"{number:040x}")
    world.run("gate", 99, data=artifact(a_claim()))
    assert "pushed to more than 50 times" in look(world, pull())[1]


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/gate.yml",
        "requirements/eval.txt",
        "pyproject.toml",
        "tools/yaml.py",
        "hatch.toml",
        "venv.py",
    ],
)
def test_a_change_of_what_makes_verdicts_is_not_believed(world: World, path: str) -> None:
    world.files = ["prompts/qa/v3.prompt.yml", path]
    world.run("gate", 2, data=artifact(a_claim()))
    assert look(world, pull()) == (0, f"pull request 7: its evidence is not taken over: it touches {path}")


@pytest.mark.parametrize("changes", [{"merged_at": None}, {"base": {"ref": "other"}}])
def test_a_pull_request_that_was_not_merged_here_is_nothing(world: World, changes: dict[str, Any]) -> None:
    assert look(world, pull(**changes)) == (0, "")


@pytest.mark.parametrize(
    ("step", "changes", "data"),
    [
        ("check", {}, artifact(a_claim(step="check"))),
        ("gate", {"status": "in_progress", "conclusion": None}, artifact(a_claim())),
        ("gate", {"conclusion": "cancelled"}, artifact(a_claim())),
        ("gate", {"event": "push"}, artifact(a_claim())),
        ("gate", {"head_repository": {"full_name": FORK}}, artifact(a_claim())),
        ("gate", {}, artifact(a_claim(head="b" * 40))),
        ("gate", {}, b"junk"),
        ("gate", {}, None),
    ],
)
def test_only_a_gate_that_ended_and_left_a_true_claim_counts(
    world: World, step: str, changes: dict[str, Any], data: bytes | None
) -> None:
    world.run(step, 2, data=data, **changes)
    assert look(world, pull())[0] == 0

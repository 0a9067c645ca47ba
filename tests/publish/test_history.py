from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import build
from build import commit, write
from cuebook.core.errors import GitError
from cuebook.core.files import Folder
from cuebook.core.git import Commit
from cuebook.publish.history import History, alias_moves, read_history, with_past
from cuebook.registry.reader import Registry
from cuebook.wording.shares import split_change


def moves(*states: dict[str, int]) -> list[tuple[str, int | None, int | None]]:
    commits = [
        (Commit(str(at), "Ada", f"2026-11-{at:02}T00:00:00Z", "s"), state)
        for at, state in enumerate(states, 1)
    ]
    return [(move.alias, move.previous, move.version) for move in alias_moves(commits)]


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ([], []),
        ([{}], []),
        ([{"a": 1}], [("a", None, 1)]),
        ([{"a": 1}, {"a": 1}], [("a", None, 1)]),
        ([{"a": 1}, {"a": 2}], [("a", 1, 2), ("a", None, 1)]),
        ([{"a": 1}, {}], [("a", 1, None), ("a", None, 1)]),
        ([{"a": 1}, {}, {"a": 1}], [("a", None, 1), ("a", 1, None), ("a", None, 1)]),
        ([{"a": 1, "b": 1}, {"a": 2, "b": 2}], [("b", 1, 2), ("a", 1, 2), ("b", None, 1), ("a", None, 1)]),
    ],
)
def test_moves_of_aliases_newest_first(states: list[dict[str, int]], found: list[Any]) -> None:
    assert moves(*states) == found


def test_history_says_who_added_and_who_moved(repo: Path) -> None:
    history = read_history(repo)
    assert {path: found.subject for path, found in history.added.items()} == {
        "prompts/qa/v1.prompt.yml": "First",
        "prompts/qa/v2.prompt.yml": "Second",
    }
    found = [(move.alias, move.previous, move.version, move.subject) for move in history.moves["qa"]]
    assert found == [
        ("staging", None, 2, "Promote 2"),
        ("production", 1, 2, "Promote 2"),
        ("production", None, 1, "First"),
    ]
    assert history.moves["qa"][0].commit == build.git(repo, "rev-parse", "HEAD")
    assert history.moves["qa"][0].author == "Ada Tester"


def test_history_says_what_a_share_of_units_tried(repo: Path) -> None:
    path = "prompts/qa/aliases.yml"
    for target in ("{use: 1, try: {2: 10}}", "{use: 1, try: {2: 50}}", "2"):
        write(repo, {path: f"production: {target}\n"})
        commit(repo, target)
    history = read_history(repo)
    newest = history.moves["qa"][0]
    assert (newest.alias, newest.previous, newest.version) == ("production", 1, 2)
    assert [split_change(change) for change in history.splits["qa"]] == [
        "production: no version is on trial (before: 50% -> 2)",
        "50% of production -> 2 (before: 10% -> 2)",
        "10% of production -> 2",
    ]


def test_history_skips_what_cannot_be_read_and_sees_removal(repo: Path) -> None:
    write(repo, {"prompts/qa/aliases.yml": "production: ["})
    commit(repo, "Broken")
    write(repo, {"prompts/qa/aliases.yml": "production: 1\n"})
    commit(repo, "Mended")
    (repo / "prompts/qa/aliases.yml").unlink()
    commit(repo, "Gone")
    found = [
        (move.alias, move.previous, move.version, move.subject) for move in read_history(repo).moves["qa"]
    ]
    assert found[:3] == [
        ("production", 1, None, "Gone"),
        ("staging", 2, None, "Mended"),
        ("production", 2, 1, "Mended"),
    ]


def test_history_of_a_registry_below_the_root_of_its_repository(tmp_path: Path, repo: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (repo / ".git").rename(tmp_path / "old-git")
    repo.rename(top / "registry")
    commit(top, "All")
    history = read_history(top / "registry")
    assert set(history.added) == {"prompts/qa/v1.prompt.yml", "prompts/qa/v2.prompt.yml"}
    assert {move.alias for move in history.moves["qa"]} == {"production", "staging"}


def test_no_history_outside_a_repository(registry: Path) -> None:
    assert read_history(registry) == History()


def test_a_shallow_clone_is_refused(repo: Path, tmp_path: Path) -> None:
    build.git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), "shallow")
    with pytest.raises(GitError, match="--unshallow"):
        read_history(tmp_path / "shallow")


def test_a_version_of_a_renamed_prompt_is_as_old_as_its_first_commit(repo: Path) -> None:
    build.git(repo, "mv", "prompts/qa", "prompts/ask")
    third = "message: Third\nmodel: offline/rules\ntemplate: z\n"
    meta = "title: Questions\nformerly: [qa]\n"
    write(repo, {"prompts/ask/meta.yml": meta, "prompts/ask/v3.prompt.yml": third})
    commit(repo, "Rename")
    found = with_past(read_history(repo), Registry(Folder(repo)))
    subjects = {path.rpartition("/")[2]: made.subject for path, made in found.added.items() if "ask" in path}
    assert subjects == {"v1.prompt.yml": "First", "v2.prompt.yml": "Second", "v3.prompt.yml": "Rename"}


@pytest.mark.parametrize(
    ("live", "moved"),
    [(2, [(1, 2), (None, 1)]), (1, [(None, 1)]), (None, [(1, None), (None, 1)])],
)
def test_a_rename_is_no_move_unless_it_points_elsewhere(
    registry: Path, live: int | None, moved: list[tuple[int | None, int | None]]
) -> None:
    write(registry, {"prompts/qa/aliases.yml": "production: 1\n"})
    commit(registry, "First")
    build.git(registry, "mv", "prompts/qa", "prompts/ask")
    aliases = "" if live is None else f"production: {live}\n"
    write(
        registry, {"prompts/ask/meta.yml": "title: Q\nformerly: [qa]\n", "prompts/ask/aliases.yml": aliases}
    )
    commit(registry, "Rename")
    found = with_past(read_history(registry), Registry(Folder(registry))).moves["ask"]
    assert [(move.previous, move.version) for move in found] == moved
